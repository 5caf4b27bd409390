"""`/cases/`: the list, opening, one case, editing; the rest of a case's addresses come from the mixins."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.filters import CaseFilter, ClientCaseFilter
from cases.api.inputs import EditIn, OpenIn
from cases.api.moves import Moves, colleague_id
from cases.api.outputs import CaseOut, shown_case, shown_new_case
from cases.domain import intake, reading
from cases.domain.editing import amend_case
from config.api.references import LOOKUP
from config.api.views import conditional, idempotent
from config.errors import Invalid
from tenants.domain.reading import tenant_in_body


class CaseViewSet(Moves):
    lookup_value_regex = LOOKUP
    orderings: ClassVar = {
        "id": "pk",
        "opened_at": "opened_at",
        "resolved_at": "resolved_at",
        "closed_at": "closed_at",
        "next_due_at": "next_due_at",
        "priority": "priority",
    }

    @property
    def filterset_class(self) -> type[CaseFilter]:
        """A client must not learn by filtering what the answer does not show."""
        actor = getattr(self.request, "actor", None)
        return ClientCaseFilter if actor is not None and actor.is_customer else CaseFilter

    @extend_schema(responses=CaseOut(many=True))
    def list(self, request: Request) -> Response:
        """Cases one may see, newest first. `similar` is left empty here."""
        return self.listed(
            CaseOut,
            reading.case_list(actor=self.actor),
            prepare=lambda cases: [shown_case(case, actor=self.actor, at=self.at) for case in cases],
        )

    @extend_schema(request=OpenIn, responses={201: CaseOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Opens a case. First response starts (when `opened_by` is `us`: once the client speaks)."""
        values = self.values(OpenIn)
        tenant_id = tenant_in_body(values.pop("tenant"), actor=self.actor).pk
        if self.actor.is_customer:
            values.setdefault("requester", self.actor.requester_id)
        elif "requester" not in values:
            raise Invalid("Say who asks.", field="requester", code="required")
        opened = intake.open_case(tenant_id=tenant_id, by=self.actor, at=self.at, **values)
        shown = shown_new_case(opened, actor=self.actor, at=self.at)
        return self.shown(CaseOut, shown, status=201, version=opened.case.version)

    @extend_schema(responses=CaseOut)
    def retrieve(self, request: Request, ref: str) -> Response:
        return self.one(self.case_id(ref))

    @extend_schema(request=EditIn, responses=CaseOut)
    @conditional
    def partial_update(self, request: Request, ref: str) -> Response:
        """Changes what is given. The status changes only by moves."""
        values = self.values(EditIn)
        reason = values.pop("reason", "")
        if "owner" in values:
            owner = values.pop("owner")
            values["owner_id"] = None if owner is None else colleague_id(owner, field="owner")
        case_id = self.case_id(ref)
        amend_case(
            case_id=case_id,
            changes=values,
            reason=reason,
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
        )
        return self.one(case_id)
