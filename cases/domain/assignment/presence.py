"""Whether somebody is there: pure, from their week and their absences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.enums import Presence
from sla.domain import business_time
from sla.domain.business_time import Hours

AHEAD = timedelta(days=60)  # who comes back later than that, of whom no hour is told
SHIFTS = 20  # looked at to find the next one behind absences

Span = tuple[datetime, datetime]
Gone = tuple[datetime, datetime | None]  # None: until they say that they are back


@dataclass(frozen=True, slots=True)
class There:
    """`until`: the end of the shift or of the absence, or, off shift, the beginning of the next one; None where nobody
    knows.
    """

    presence: Presence
    until: datetime | None = None

    @property
    def now(self) -> bool:
        return self.presence == Presence.ON


UNKNOWN = There(Presence.UNKNOWN)


def presence(hours: Hours | None, absences: Iterable[Gone], *, at: datetime) -> There:
    """`hours` None: no working time is known. An absence outdoes a shift."""
    gone = sorted(absences, key=lambda one: one[0])
    for starts_at, ends_at in gone:
        if starts_at <= at and (ends_at is None or ends_at > at):
            return There(Presence.AWAY, ends_at)
    if hours is None:
        return UNKNOWN
    found = shifts(hours, gone, start=at, end=at + AHEAD, most=SHIFTS if gone else 1)
    if found and found[0][0] <= at:
        return There(Presence.ON, found[0][1])
    return There(Presence.OFF, found[0][0] if found else None)


def shifts(hours: Hours, absences: Iterable[Gone], *, start: datetime, end: datetime, most: int) -> list[Span]:
    """When they are there from `start` to `end`: their first `most` shifts without what they are away."""
    windows = business_time.windows(hours, start, most)
    found = [(opens, min(closes, end)) for opens, closes in windows if opens < end]
    for since, until in absences:
        found = [rest for shift in found for rest in _without(shift, since, until or end)]
    return found


def _without(shift: Span, since: datetime, until: datetime) -> list[Span]:
    opens, closes = shift
    if until <= opens or closes <= since:
        return [shift]
    return [rest for rest in ((opens, since), (until, closes)) if rest[0] < rest[1]]
