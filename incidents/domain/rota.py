"""Who has the desk today and who is on call now: the one place that answers, for pages, feeds and the pager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from incidents.models import OnCall, RotaShift
from tenants.models import User
from tenants.models.user import name_of


@dataclass(frozen=True)
class Today:
    day: date
    desk: User | None
    on_call: list[User]
    gaps: list[date]


def on_desk(*, at: datetime) -> User | None:
    """The person who orchestrates today, by the desk's own calendar day; nobody at weekends is by design."""
    shift = RotaShift.objects.select_related("user").filter(day=_desk_day(at)).first()
    return shift.user if shift else None


def name_on_desk(*, at: datetime) -> QuerySet[Any]:
    """The name of `on_desk`, to be read along with something else: a row, or none."""
    return RotaShift.objects.filter(day=_desk_day(at)).order_by().annotate(name=name_of("user")).values("name")


def on_call(*, at: datetime) -> list[User]:
    """People on call at `at`, in the order they are paged."""
    spans = OnCall.objects.select_related("user").filter(starts_at__lte=at, ends_at__gt=at).order_by("step")
    return [span.user for span in spans]


def today(*, at: datetime, days_ahead: int = 7) -> Today:
    """Today's people, and the weekdays of the coming week that nobody has. Two statements."""
    day = _desk_day(at)
    ahead = [day + timedelta(days=n) for n in range(days_ahead)]
    held = {shift.day: shift.user for shift in RotaShift.objects.select_related("user").filter(day__in=ahead)}
    gaps = [one for one in ahead if one.weekday() < 5 and one not in held]
    return Today(day=day, desk=held.get(day), on_call=on_call(at=at), gaps=gaps)


def _desk_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.DESK_TIME_ZONE)).date()
