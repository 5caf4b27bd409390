"""Which days of a period are kept, and what is left to be read from its cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.postgres.expressions import ArraySubquery

from reporting.domain.facts import Span
from reporting.models import DayMark, Keeping

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Coverage:
    """Kept are the days from `first` (None: all there are) to before `until`, but for the `marked` ones. `rest`: what
    they leave of the time asked for, in order.
    """

    first: date | None
    until: date
    marked: list[date]
    rest: list[Span]


@dataclass(frozen=True)
class Kept:
    """As it is now. A day that changes later is still right as of now; one that is summed anew is right as of then."""

    until: datetime | None
    marked: list[date]

    @classmethod
    def now(cls) -> Kept:
        marks = ArraySubquery(DayMark.objects.order_by("day").values("day").distinct())
        found = Keeping.objects.annotate(marked=marks).values_list("kept_until", "marked").first()
        return cls(*found) if found else cls(None, [])

    def covering(self, start: datetime | None, end: datetime) -> Coverage:
        """The last kept day ends with `self.until`: it is taken as it is by whoever wants what came after, too."""
        first = None if start is None else day_from(start)
        if self.until is None or (first is not None and self.until <= midnight(first)):
            return Coverage(date.max, date.min, [], [Span(start, end)])
        kept_to = self.until if self.until <= end else midnight(day_of(end))
        until = day_from(kept_to)
        if first is not None and until <= first:
            return Coverage(date.max, date.min, [], [Span(start, end)])
        marked = [day for day in self.marked if day < until and (first is None or day >= first)]
        edges = [] if start is None or first is None else [(start, midnight(first))]
        days = [(midnight(day), min(midnight(day + DAY), kept_to)) for day in marked]
        return Coverage(first, until, marked, list(_joined([*edges, *days, (kept_to, end)])))


def midnight(day: date) -> datetime:
    """In UTC, in which days are kept."""
    return datetime.combine(day, time.min, UTC)


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def day_from(moment: datetime) -> date:
    """The first day that begins at it or later."""
    day = day_of(moment)
    return day if midnight(day) == moment else day + DAY


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[Span]:
    """Spans in order, none empty, and one where one ends as the next begins."""
    open_since: datetime | None = None
    open_until: datetime | None = None
    for start, end in spans:
        if start == end:
            continue
        if open_until is not None and start != open_until:
            yield Span(open_since, open_until)
            open_since = None
        open_since, open_until = open_since or start, end
    if open_until is not None:
        yield Span(open_since, open_until)
