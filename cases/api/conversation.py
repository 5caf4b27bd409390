"""What was said and done on a case, and how it moved."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.inputs import InteractionIn
from cases.api.outputs import InteractionOut, TransitionOut
from cases.api.single import SingleCase
from cases.domain import reading, talking
from cases.domain.references import requester_id_of, tenant_of_case
from cases.enums import InteractionKind
from config.api.views import conditional, idempotent


class InteractionViewSet(SingleCase):
    orderings: ClassVar = {"at": "at"}
    default_ordering = "at"

    @extend_schema(responses=InteractionOut(many=True))
    def list(self, request: Request, ref: str) -> Response:
        """The timeline, oldest first; a client's token sees the public part."""
        return self.listed(InteractionOut, reading.interactions(case=self.seen(ref), actor=self.actor, at=self.at))

    @extend_schema(request=InteractionIn, responses={201: InteractionOut})
    @conditional
    @idempotent
    def create(self, request: Request, ref: str) -> Response:
        """Says or notes something. A client's token speaks as the customer; an automation's word meets no clock."""
        values = self.values(InteractionIn)
        case_id = self.case_id(ref)
        kind = values.setdefault("kind", InteractionKind.MESSAGE.value)
        values.setdefault("public", kind == InteractionKind.MESSAGE)
        speaker = values.get("on_behalf_of")
        if isinstance(speaker, dict):
            tenant_id = tenant_of_case(case_id, by=self.actor)
            values["on_behalf_of"] = requester_id_of(
                speaker["email"], tenant_id=tenant_id, by=self.actor, field="on_behalf_of"
            )
        said = talking.add_interaction(
            case_id=case_id, by=self.actor, at=self.at, expected_version=self.expected_version, **values
        )
        return self.shown(InteractionOut, said, status=201)


class TransitionViewSet(SingleCase):
    orderings: ClassVar = {"at": "at"}
    default_ordering = "at"

    @extend_schema(responses=TransitionOut(many=True))
    def list(self, request: Request, ref: str) -> Response:
        """Every move with what it did to each clock, oldest first."""
        return self.listed(TransitionOut, reading.transitions(case=self.seen(ref)))
