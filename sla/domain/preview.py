"""A calendar's coming months, day by day, as the calendar's own zone sees them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays

from sla.domain.business_time import from_us, to_us
from sla.domain.open_time import Hours


@dataclass(frozen=True, slots=True)
class PreviewDay:
    """`open`: "09:00–17:00" each, an overnight shift on the day it starts on. `note`: the holiday, or special hours."""

    day: date
    open: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class PreviewMonth:
    first: date
    days: tuple[PreviewDay, ...]

    @property
    def blanks(self) -> range:
        """Empty places before the first, in a week that begins on Monday."""
        return range(self.first.weekday())

    @property
    def open_days(self) -> int:
        return sum(bool(day.open) for day in self.days)


def preview(hours: Hours, *, first: date, months: int = 12) -> list[PreviewMonth]:
    """From the month of `first`."""
    ends = [first.replace(day=1)]
    for _month in range(months):
        ends.append((ends[-1] + timedelta(days=31)).replace(day=1))
    zone = ZoneInfo(hours.zone)
    opened = _opened(hours, ends[0], ends[-1], zone)
    return [
        PreviewMonth(
            start,
            tuple(PreviewDay(day, tuple(opened.get(day, ())), note(hours, day)) for day in _days(start, end)),
        )
        for start, end in pairwise(ends)
    ]


def note(hours: Hours, day: date) -> str:
    """Why this date is not like its weekday; '' where it is."""
    ordinal = day.toordinal()
    if ordinal in hours.spec.holidays:
        return "Holiday"
    for country, part in hours.spec.regions:
        if (name := holidays.country_holidays(country, subdiv=part, years=day.year).get(day)) is not None:
            return str(name)
    return "Special hours" if any(ordinal == special for special, _hours in hours.spec.date_hours) else ""


def _days(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days=place) for place in range((end - start).days))


def _opened(hours: Hours, start: date, end: date, zone: ZoneInfo) -> dict[date, list[str]]:
    since, until = (to_us(datetime.combine(day, time(), zone).astimezone(UTC)) for day in (start, end))
    opened: dict[date, list[str]] = defaultdict(list)
    for interval in hours.line(since).intervals(since, until):
        opens, closes = (from_us(moment).astimezone(zone) for moment in (interval.opens, interval.closes))
        opened[opens.date()].append(f"{opens:%H:%M}–{'24:00' if closes.time() == time() else f'{closes:%H:%M}'}")
    return opened
