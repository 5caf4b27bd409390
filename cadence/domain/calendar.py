"""When the week turns, in the tenant's own zone: drafted on Thursday morning, due on Friday before the wrap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

FRIDAY = 4
DRAFT_AT = time(9)
DUE_AT = time(15)
SUMMED_AT = time(12)  # L2's week ends on Friday at noon,
PUBLISHED_AT = time(16)  # and L3 reads it before theirs does


@dataclass(frozen=True)
class UpdateWeek:
    """One Friday: facts from the Friday before it (15:00) on, drafted and due at these UTC moments."""

    friday: date
    facts_from: datetime
    draft_at: datetime
    due_at: datetime


def week_at(*, at: datetime, zone: tzinfo) -> UpdateWeek:
    """The week that `at` falls into; after Friday's deadline the next one begins."""
    local = at.astimezone(zone)
    friday = local.date() + timedelta(days=(FRIDAY - local.weekday()) % 7)
    if local.weekday() == FRIDAY and local >= datetime.combine(friday, DUE_AT, zone):
        friday += timedelta(days=7)
    return UpdateWeek(
        friday=friday,
        facts_from=_utc(friday - timedelta(days=7), DUE_AT, zone),
        draft_at=_utc(friday - timedelta(days=1), DRAFT_AT, zone),
        due_at=_utc(friday, DUE_AT, zone),
    )


@dataclass(frozen=True)
class SummaryWeek:
    """One Friday: what happened in [covers_from, covers_to); published by itself at the latest at `publish_at`."""

    friday: date
    covers_from: datetime
    covers_to: datetime
    publish_at: datetime


def summary_week_at(*, at: datetime, zone: tzinfo) -> SummaryWeek:
    """The last one that is over."""
    friday = at.astimezone(zone).date()
    friday -= timedelta(days=(friday.weekday() - FRIDAY) % 7)
    if at < _utc(friday, SUMMED_AT, zone):
        friday -= timedelta(days=7)
    return SummaryWeek(
        friday=friday,
        covers_from=_utc(friday - timedelta(days=7), SUMMED_AT, zone),
        covers_to=_utc(friday, SUMMED_AT, zone),
        publish_at=_utc(friday, PUBLISHED_AT, zone),
    )


def _utc(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
