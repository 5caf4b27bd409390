"""`/cases/{ref}/time/`: minutes of work, as they were booked and taken back."""

from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.single import SingleCase
from cases.domain import durations, time_spent
from cases.models import TimeEntry
from config.api.fields import Input, Moment, Nothing, Output, Text, Whole
from config.api.views import idempotent


class Day(serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class TimeIn(Input):
    minutes = Whole(min_value=1, max_value=durations.MOST)
    note = Text(max_length=time_spent.NOTE_LENGTH, required=False, allow_blank=True)
    worked_on = Day(required=False, help_text="Today, in the zone of who books, when absent.")


class TimeOut(Output):
    id = serializers.CharField(source="pk")
    person = serializers.CharField(source="user.username")
    minutes = serializers.IntegerField(help_text="Below 0 for one that takes another back: a sum is right as it is.")
    note = serializers.CharField()
    worked_on = serializers.DateField()
    booked_at = Moment()
    retracts = serializers.SerializerMethodField(help_text="The entry that this one takes back.")

    def get_retracts(self, entry: TimeEntry) -> str | None:
        return None if entry.retracts_id is None else str(entry.retracts_id)


class TimeViewSet(SingleCase):
    orderings: ClassVar = {"id": "pk"}
    default_ordering = "id"

    @extend_schema(responses=TimeOut(many=True))
    def list(self, request: Request, ref: str) -> Response:
        """Every entry, oldest first; none for a client."""
        return self.listed(TimeOut, time_spent.entries(self.seen(ref), actor=self.actor))

    @extend_schema(request=TimeIn, responses={201: TimeOut})
    @idempotent
    def create(self, request: Request, ref: str) -> Response:
        """Books time of one's own; an automation has none."""
        values = self.values(TimeIn)
        zone = ZoneInfo(request.user.time_zone)  # type: ignore[union-attr]  # a token is somebody's
        values.setdefault("worked_on", self.at.astimezone(zone).date())
        entry = time_spent.book(case_id=self.case_id(ref), by=self.actor, at=self.at, **values)
        return self.shown(TimeOut, entry, status=201)

    @extend_schema(request=None, responses={201: TimeOut})
    @idempotent
    def retract(self, request: Request, ref: str, entry: int) -> Response:
        """Takes an entry back by one that takes its minutes off."""
        self.values(Nothing)
        taken = time_spent.retract(case_id=self.case_id(ref), entry_id=entry, by=self.actor, at=self.at)
        return self.shown(TimeOut, taken, status=201)
