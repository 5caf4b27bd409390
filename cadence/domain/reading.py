"""What the faces show of the cadence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Q, QuerySet

from cadence.domain.calendar import week_at
from cadence.enums import UpdateStatus
from cadence.models import WeeklyUpdate
from tenants.domain.actors import Actor


def updates(*, actor: Actor) -> QuerySet[WeeklyUpdate]:
    return WeeklyUpdate.objects.visible_to(actor).select_related("tenant", "clock", "sent_by", "edited_by")


def last_ten(*, update: WeeklyUpdate, actor: Actor) -> list[WeeklyUpdate]:
    """The ten latest sent ones before this, to be read side by side."""
    return list(
        updates(actor=actor)
        .filter(tenant_id=update.tenant_id, status="sent", week__lt=update.week)
        .order_by("-week")[:10]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisWeek:
    """Updates of one Friday, as many as there are clients."""

    friday: date
    drafted: int
    sent: int


def this_week(*, actor: Actor, at: datetime) -> ThisWeek:
    """Of the Friday that the zone of `at` is going towards. One statement."""
    friday = week_at(at=at, zone=at.tzinfo or UTC).friday
    ours = WeeklyUpdate.objects.visible_to(actor).filter(week=friday)
    drafted, sent = Count("pk", filter=Q(status=UpdateStatus.DRAFT)), Count("pk", filter=Q(status=UpdateStatus.SENT))
    return ThisWeek(friday=friday, **ours.order_by().aggregate(drafted=drafted, sent=sent))
