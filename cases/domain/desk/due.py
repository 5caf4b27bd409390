"""When the next promise of a case ends, in the hours of the reader's day: pure, of a moment in their zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import Q

DAY_ENDS = 18  # what ends later is tomorrow's worry
LATE = "late"


@dataclass(frozen=True, slots=True)
class Hour:
    """[starts_at, ends_at), named by its beginning on the reader's clocks: "14:00"; LATE for all that is over. Moments,
    or what stands for them.
    """

    name: str
    starts_at: Any
    ends_at: Any

    def holds(self, at: Any) -> Q:
        """What is over by `at` is late, and no hour's."""
        if self.name == LATE:
            return Q(next_due_at__lte=at)
        return Q(next_due_at__gte=self.starts_at, next_due_at__lt=self.ends_at, next_due_at__gt=at)


def hours_left(at: datetime) -> list[Hour]:
    """What is late, then each hour to the end of the day; after it, to the end of the next one."""
    zone, today = _zone(at), at.date()
    end = DAY_ENDS if at < _wall(today, DAY_ENDS, zone) else DAY_ENDS + 24
    return [Hour(LATE, at, at), *(_hour(today, hour, zone) for hour in range(at.hour, end))]


def next_hour(hour: int, at: datetime) -> Hour:
    """The next time that clocks there show this hour; the hour that runs counts."""
    zone, today = _zone(at), at.date()
    found = _hour(today, hour, zone)
    return found if found.ends_at > at else _hour(today, hour + 24, zone)


def end_of_day(at: datetime, hour: int = DAY_ENDS) -> datetime:
    """The next time that clocks there show this full hour."""
    zone, today = _zone(at), at.date()
    found = _wall(today, hour, zone)
    return found if found > at else _wall(today, hour + 24, zone)


def _hour(day: date, hour: int, zone: tzinfo) -> Hour:
    return Hour(f"{hour % 24:02}:00", _wall(day, hour, zone), _wall(day, hour + 1, zone))


def _wall(day: date, hour: int, zone: tzinfo) -> datetime:
    """When clocks show it: hours of a night in which they are put back are as long as people live them."""
    return datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), zone).astimezone(UTC)


def _zone(at: datetime) -> tzinfo:
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at.tzinfo
