"""`/cases/{ref}/participants/`: who takes part beside requester and owner."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.inputs import ColleagueRef
from cases.api.moves import colleague_id
from cases.api.outputs import CaseOut
from cases.api.single import SingleCase
from cases.domain.people import participants
from cases.enums import ParticipantKind
from cases.models import Participant
from config.api.fields import Choice, Flag, Input, Moment, Nothing, Output
from config.api.views import conditional, idempotent
from tenants.enums import Right

DOORS: dict[str, Callable[..., Participant]] = {
    ParticipantKind.CC.value: participants.copy_to,
    ParticipantKind.FOLLOWER.value: participants.follow,
    ParticipantKind.NOTER.value: participants.let_note,
}


class ParticipantIn(Input):
    """`cc` names an `email`, `noter` a `user`; a `follower` without one is oneself."""

    kind = Choice(choices=ParticipantKind.choices)
    email = serializers.EmailField(max_length=254, required=False, help_text="Of somebody at the client's.")
    stranger = Flag(required=False, help_text="It is meant that nobody knows this address yet.")
    user = ColleagueRef(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_copy = attrs["kind"] == ParticipantKind.CC
        for name in ("email", "stranger") if not is_copy else ("user",):
            if name in attrs:
                words = _("Not for %(kind)s.") % {"kind": attrs["kind"]}
                raise serializers.ValidationError({name: words}, code="not-of-this-kind")
        needed = {ParticipantKind.CC: "email", ParticipantKind.NOTER: "user"}.get(ParticipantKind(attrs["kind"]))
        if needed is not None and needed not in attrs:
            raise serializers.ValidationError({needed: self.fields[needed].error_messages["required"]}, code="required")
        return attrs


class ParticipantOut(Output):
    id = serializers.CharField(source="pk")
    kind = serializers.ChoiceField(choices=ParticipantKind.choices)
    name = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField(help_text="Of who gets copies.")
    user = serializers.SerializerMethodField(help_text="The user name of one of us.")
    added_at = Moment()

    def get_name(self, row: Participant) -> str:
        return row.requester.name if row.requester is not None else str(row.user)

    def get_email(self, row: Participant) -> str | None:
        return row.requester.email if row.requester is not None else None

    def get_user(self, row: Participant) -> str | None:
        return row.user.username if row.user is not None else None


class ParticipantViewSet(SingleCase):
    orderings: ClassVar = {"id": "pk"}
    default_ordering = "id"

    @extend_schema(responses=ParticipantOut(many=True))
    def list(self, request: Request, ref: str) -> Response:
        """In the order in which they came; none for a client."""
        return self.listed(ParticipantOut, participants.of_case(self.seen(ref), actor=self.actor))

    @extend_schema(request=ParticipantIn, responses={201: ParticipantOut})
    @idempotent
    def create(self, request: Request, ref: str) -> Response:
        """Adds somebody; who takes part so already is answered as they are."""
        values = self.values(ParticipantIn)
        case = self.seen(ref)
        self.actor.require(Right.SEE_CASES, tenant_id=case.tenant_id)  # before a name tells who works here
        kind = values.pop("kind")
        if "user" in values:
            values["user_id"] = colleague_id(values.pop("user"), field="user")
        row = DOORS[kind](case_id=case.pk, by=self.actor, at=self.at, **values)
        return self.shown(ParticipantOut, participants.of_case(case, actor=self.actor).get(pk=row.pk), status=201)

    @extend_schema(responses={200: CaseOut})
    @conditional
    def destroy(self, request: Request, ref: str, participant: int) -> Response:
        """They take part no more."""
        self.values(Nothing)
        case_id = self.case_id(ref)
        participants.remove(
            case_id=case_id,
            participant_id=participant,
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
        )
        return self.one(case_id)
