"""`/cases/{ref}/links/`: what a case is tied to among its client's: merged, split off, related."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.inputs import LinkIn
from cases.api.outputs import CaseOut, LinkOut
from cases.api.single import SingleCase
from cases.domain import linking, ties
from config.api.fields import Nothing
from config.api.views import conditional, idempotent


class LinkViewSet(SingleCase):
    orderings: ClassVar = {"id": "pk"}
    default_ordering = "id"

    @extend_schema(responses=LinkOut(many=True))
    def list(self, request: Request, ref: str) -> Response:
        """Those that stand, oldest first; none for a client."""
        case = self.seen(ref)
        return self.listed(
            LinkOut,
            ties.ties_of(case, actor=self.actor),
            prepare=lambda found: [ties.shown(tie, case) for tie in found],
        )

    @extend_schema(request=LinkIn, responses={201: LinkOut})
    @conditional
    @idempotent
    def create(self, request: Request, ref: str) -> Response:
        """Says that two cases are related. Twice changes nothing."""
        case_id = self.case_id(ref)
        tie = linking.relate(
            case_id=case_id,
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
            **self.values(LinkIn),
        )
        return self.shown(LinkOut, ties.shown(tie, self.seen(ref)), status=201)

    @extend_schema(responses={200: CaseOut})
    @conditional
    def destroy(self, request: Request, ref: str, link: int) -> Response:
        """Takes it back: a link at any time, a merge or a split within a day (409 `cannot-take-back` after that)."""
        self.values(Nothing)
        case_id = self.case_id(ref)
        ties.untie(case_id=case_id, tie_id=link, by=self.actor, at=self.at, expected_version=self.expected_version)
        return self.one(case_id)
