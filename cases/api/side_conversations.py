"""`/cases/{ref}/side-conversations/`: who is asked beside a case, and what was said there; for a client, nothing."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.inputs import LONG, ColleagueRef
from cases.api.moves import colleague_id
from cases.api.single import SingleCase
from cases.domain.side import partners, reading, talks
from cases.enums import Level, SideKind
from cases.models import SideTalk
from config.api.fields import Choice, Input, Moment, Nothing, Output, Text
from config.api.views import idempotent
from tenants.enums import Right


class SideConversationIn(Input):
    """With one of three: `address`, `people`, `level`."""

    subject = Text(max_length=talks.SUBJECT_LENGTH)
    body = Text(max_length=LONG, trim_whitespace=False, help_text="The first words.")
    address = serializers.EmailField(
        max_length=254, required=False, help_text="Of somebody outside, neither ours nor the client's."
    )
    name = Text(max_length=200, required=False, help_text="Of somebody outside.")
    people = serializers.ListField(
        child=ColleagueRef(),
        min_length=1,
        max_length=partners.AT_MOST,
        required=False,
        help_text="Colleagues, by user name or id.",
    )
    level = Choice(choices=Level.choices, required=False)


class SideMessageIn(Input):
    body = Text(max_length=LONG, trim_whitespace=False)


class SideMessageOut(Output):
    id = serializers.CharField(source="pk")
    at = Moment()
    name = serializers.CharField()
    theirs = serializers.BooleanField(help_text="Said by the other side.")
    body = serializers.CharField()


class SideConversationOut(Output):
    id = serializers.CharField(source="pk")
    case = serializers.SerializerMethodField(help_text="Where it was begun: this case, or one that was merged into it.")
    kind = serializers.ChoiceField(choices=SideKind.choices)
    subject = serializers.CharField()
    address = serializers.CharField(help_text="Empty unless somebody outside.")
    name = serializers.CharField()
    level = serializers.CharField()
    people = serializers.ListField(child=serializers.CharField(), source="names", help_text="Colleagues, by name.")
    messages = serializers.IntegerField(source="said", help_text="How many.")
    opened_at = Moment()
    opened_by = serializers.CharField(source="opened_by.username")
    last_message_at = Moment(source="last_at")
    answered_at = Moment(allow_null=True, help_text="When they answered; null once one of us spoke since.")
    closed_at = Moment(allow_null=True)

    def get_case(self, talk: SideTalk) -> str:
        return f"CASE-{talk.case_id}"


class Aside(SingleCase):
    orderings: ClassVar = {"id": "pk"}
    default_ordering = "id"

    def found(self, ref: str, talk_id: int) -> Any:
        """Raises Absent, to a client always."""
        return reading.talk_of(self.seen(ref), talk_id=talk_id, actor=self.actor)


class SideConversationViewSet(Aside):
    @extend_schema(responses=SideConversationOut(many=True))
    def list(self, request: Request, ref: str) -> Response:
        """Oldest first, with those of cases merged into it; none for a client."""
        return self.listed(SideConversationOut, reading.talks_of(self.seen(ref), actor=self.actor))

    @extend_schema(request=SideConversationIn, responses={201: SideConversationOut})
    @idempotent
    def create(self, request: Request, ref: str) -> Response:
        """Asks somebody outside by mail, or people of ours."""
        values = self.values(SideConversationIn)
        case = self.seen(ref)
        self.actor.require(Right.WORK_CASES, tenant_id=case.tenant_id)  # before a name tells who works here
        values["people"] = [colleague_id(one, field="people") for one in values.get("people", ())]
        talk = talks.start(case_id=case.pk, by=self.actor, at=self.at, **values)
        return self.told(ref, talk.pk, status=201)

    @extend_schema(responses=SideConversationOut)
    def retrieve(self, request: Request, ref: str, talk: int) -> Response:
        return self.told(ref, talk)

    @extend_schema(request=None, responses=SideConversationOut)
    @idempotent
    def close(self, request: Request, ref: str, talk: int) -> Response:
        """Nobody says anything in it any more."""
        self.values(Nothing)
        talks.close(talk_id=self.found(ref, talk).pk, by=self.actor, at=self.at)
        return self.told(ref, talk)

    @extend_schema(request=None, responses=SideConversationOut)
    @idempotent
    def reopen(self, request: Request, ref: str, talk: int) -> Response:
        self.values(Nothing)
        talks.reopen(talk_id=self.found(ref, talk).pk, by=self.actor, at=self.at)
        return self.told(ref, talk)

    def told(self, ref: str, talk_id: int, *, status: int = 200) -> Response:
        return self.shown(SideConversationOut, self.found(ref, talk_id), status=status)


class SideMessageViewSet(Aside):
    @extend_schema(responses=SideMessageOut(many=True))
    def list(self, request: Request, ref: str, talk: int) -> Response:
        """Oldest first."""
        return self.listed(SideMessageOut, reading.words_of(self.found(ref, talk)))

    @extend_schema(request=SideMessageIn, responses={201: SideMessageOut})
    @idempotent
    def create(self, request: Request, ref: str, talk: int) -> Response:
        """Goes on; to somebody outside it is mailed. 409 `closed` in one that is closed."""
        values = self.values(SideMessageIn)
        word = talks.say(talk_id=self.found(ref, talk).pk, by=self.actor, at=self.at, **values)
        return self.shown(SideMessageOut, word, status=201)
