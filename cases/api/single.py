"""What the views of one case share."""

from typing import ClassVar

from rest_framework.response import Response

from cases.api.outputs import CaseOut, shown_case
from cases.domain import reading
from cases.models import Case
from config.api.references import id_of
from config.api.views import DeskViewSet

READ, WRITE = "cases:read", "cases:write"


class SingleCase(DeskViewSet):
    lookup_field = "ref"
    scopes: ClassVar = {"get": READ, "head": READ, "post": WRITE, "patch": WRITE, "delete": WRITE}

    def case_id(self, ref: str) -> int:
        return id_of(ref, prefix="CASE")

    def seen(self, ref: str) -> Case:
        """The case, if the caller may see it. Raises Absent."""
        return reading.case_header(case_id=self.case_id(ref), actor=self.actor)

    def one(self, case_id: int, *, status: int = 200) -> Response:
        """The case as the caller may see it, with its ETag."""
        return self.answer(reading.case_detail(case_id=case_id, actor=self.actor), status=status)

    def answer(self, case: Case, *, status: int) -> Response:
        resource_ids = [one.pk for one in reading.resources(case)]
        similar = reading.similar(case=case, resource_ids=resource_ids, actor=self.actor, at=self.at)
        shown = shown_case(case, actor=self.actor, at=self.at, similar=similar)
        return self.shown(CaseOut, shown, status=status, version=case.version)
