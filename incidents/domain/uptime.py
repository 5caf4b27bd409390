"""Ninety days of each component, from the incidents that touched it.

Partial and major outages count in full as down, degraded service and maintenance as up; the page says so. Overlapping
incidents count once. Days are cut in the page's zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents.enums import ComponentStatus, Severity

DAYS = 90
STATUS_OF_SEVERITY = {
    Severity.SEV1.value: ComponentStatus.MAJOR,
    Severity.SEV2.value: ComponentStatus.PARTIAL,
    Severity.SEV3.value: ComponentStatus.DEGRADED,
    Severity.SEV4.value: ComponentStatus.OPERATIONAL,
}
WORST_FIRST = (
    ComponentStatus.MAJOR,
    ComponentStatus.PARTIAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.MAINTENANCE,
    ComponentStatus.OPERATIONAL,
)


@dataclass(frozen=True)
class Span:
    """One incident on one component; `ends` is None while it lasts."""

    status: ComponentStatus
    starts: datetime
    ends: datetime | None


@dataclass(frozen=True)
class Day:
    day: date
    worst: ComponentStatus


@dataclass(frozen=True)
class History:
    days: list[Day]
    percent: float


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    present = set(statuses)
    return next((status for status in WORST_FIRST if status in present), ComponentStatus.OPERATIONAL)


def history(*, spans: Sequence[Span], at: datetime, zone: ZoneInfo, since: datetime | None = None) -> History:
    """The last 90 days up to `at`, the worst status of each; percent up over the days the component exists."""
    today = at.astimezone(zone).date()
    days = []
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        begins = datetime.combine(day, time.min, zone)
        ends = datetime.combine(day + timedelta(days=1), time.min, zone)
        touching = [s.status for s in spans if s.starts < ends and (s.ends or at) > begins]
        days.append(Day(day=day, worst=worst(touching)))
    window_start = max(datetime.combine(days[0].day, time.min, zone), since or at - timedelta(days=DAYS))
    total = (at - window_start).total_seconds()
    down = _union_seconds([s for s in spans if s.status in WORST_FIRST[:2]], window_start, at)
    return History(days=days, percent=100.0 if total <= 0 else round(100 * (1 - down / total), 3))


def _union_seconds(spans: Sequence[Span], begins: datetime, ends: datetime) -> float:
    seconds, covered_to = 0.0, begins
    for span in sorted(spans, key=lambda one: one.starts):
        start, stop = max(span.starts, covered_to), min(span.ends or ends, ends)
        if stop > start:
            seconds += (stop - start).total_seconds()
            covered_to = stop
    return seconds
