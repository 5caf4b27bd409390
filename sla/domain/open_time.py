"""`Hours`: a calendar compiled to lines of open time, on which every sum is a look-up.

A `Line` gives each instant a *position*: the open time that lies before it. The open time between two instants is a
difference of positions, a due time is the instant at a position. Instants and positions are integer microseconds;
instants count from 1970 in UTC, positions from anywhere (only differences mean something).

Days are compiled a year at a time when somebody asks for them. Days of the same hours share one `Shape`, so a calendar
of many short intervals costs no more than one of few.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from threading import Lock
from typing import Any, NamedTuple, Protocol

from django.utils.translation import gettext

from sla.domain.calendars_spec import CalendarSpec, Day, read_calendar
from sla.domain.refusals import NeverOpens, TooFar
from sla.domain.zones import DAY, EPOCH_ORDINAL, SECOND, ZoneYear, zone_year

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
WEEK = 7 * DAY
FIRST_YEAR, LAST_YEAR = 2, 9998  # a day and a zone's offset of room at both ends of what datetime can hold
ERA = 100 * 365 * DAY


def year_begins(year: int) -> int:
    return (date(year, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY


class Line(Protocol):
    def position(self, at: int) -> int:
        """The open time before `at`."""

    def earliest(self, position: int, limit: int) -> int:
        """The first instant of this position; `TooFar` or `NeverOpens` where it is not found before `limit`."""

    def latest(self, position: int, limit: int) -> int:
        """The last instant of this position, an opening where one begins there."""

    def intervals(self, since: int, until: int) -> Iterator["Interval"]:
        """Open intervals that end after `since` and begin before `until`, as long as there are any."""


class Interval(NamedTuple):
    opens: int
    closes: int
    overlaps: bool = False  # began, by its own calendar day, before the interval in front of it ended


class RoundTheClock:
    """The line that is always open."""

    def position(self, at: int) -> int:
        return at

    def earliest(self, position: int, limit: int) -> int:
        return position

    def latest(self, position: int, limit: int) -> int:
        return position

    def intervals(self, since: int, until: int) -> Iterator[Interval]:
        if since < until:
            yield Interval(since, until)


class Shape:
    """The open intervals of one day, counted from its first opening; `filled`: the open time before each."""

    __slots__ = ("closes", "filled", "opens", "overlaps", "total")

    def __init__(self, intervals: list[tuple[int, int]], overlaps: bool = False) -> None:
        self.opens = tuple(opens for opens, _ in intervals)
        self.closes = tuple(closes for _, closes in intervals)
        filled, total = [], 0
        for opens, closes in intervals:
            filled.append(total)
            total += closes - opens
        self.filled = tuple(filled)
        self.total = total
        self.overlaps = overlaps


class OpenDay(NamedTuple):
    first: int  # the first opening
    shape: Shape

    @property
    def end(self) -> int:
        return self.first + self.shape.closes[-1]


class PlainDay(NamedTuple):
    """The hours of a day on which no clock is changed."""

    hours: Day
    first: int  # after the local midnight
    shape: Shape


class Hours:
    """An immutable calendar, equal and hashable by what it says; `from_spec` gives one object for the same hours."""

    __slots__ = (
        "_business_day",
        "_clipped",
        "_date_hours",
        "_dates_total",
        "_hash",
        "_lines",
        "_week_total",
        "_weekly",
        "spec",
    )

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self._hash = hash(spec)
        minutes = spec.business_day
        self._business_day = None if minutes is None else timedelta(minutes=minutes)
        plain = {day: _plain_day(day) for day in {*spec.weekly, *(day for _, day in spec.date_hours)}}
        self._weekly = [plain[day] for day in spec.weekly]
        self._date_hours = {ordinal: plain[day] for ordinal, day in spec.date_hours}
        self._week_total = sum(day.shape.total for day in self._weekly if day)
        self._dates_total = sum(day.shape.total for day in self._date_hours.values() if day)
        self._clipped: dict[tuple[Shape, int], OpenDay | None] = {}
        self._lines: dict[int, OpenLine] = {}

    @classmethod
    def from_spec(cls, spec: Any) -> "Hours":
        """Raises `CalendarError`. Reads the JSON each time; the compiled days are kept."""
        return _hours(read_calendar(spec))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Hours) and self.spec == other.spec)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"<Hours {self.spec.timezone}>"

    def __reduce__(self) -> tuple[Callable[[CalendarSpec], "Hours"], tuple[CalendarSpec]]:
        """Copied or pickled it is what it says; the compiled days stay where they are."""
        return _hours, (self.spec,)

    @property
    def zone(self) -> str:
        return self.spec.timezone

    @property
    def business_day(self) -> timedelta | None:
        """The ordinary day's open length by the wall clock; None where the week has no hours."""
        return self._business_day

    @property
    def never_opens(self) -> bool:
        """No weekly hours: dates of its own may open it, but not for long."""
        return not any(self.spec.weekly)

    def line(self, at: int) -> "OpenLine":
        """The line to use for sums that begin at `at` and stay within the engine's 60 years of it."""
        era = at // ERA
        line = self._lines.get(era)
        if line is None:
            year = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).year
            line = self._lines.setdefault(era, OpenLine(self, min(max(year, FIRST_YEAR), LAST_YEAR)))
        return line

    def first_and_last_year(self) -> tuple[int, int] | None:
        """None: opens every week. Else the years outside which it never opens (empty: first above last)."""
        if not self.never_opens:
            return None
        years = [date.fromordinal(ordinal).year for ordinal, day in self.spec.date_hours if day]
        return (min(years), max(years)) if years else (LAST_YEAR, FIRST_YEAR)

    def most_open(self, span: int) -> int:
        """A bound that needs no compiling: no span of this length is open for longer."""
        weeks = span // WEEK + 2
        return min(span, weeks * (self._week_total + HOUR) + self._dates_total)  # an hour: nights of 25 hours

    def days(self, year: int) -> list[OpenDay]:
        """The open days of a local year in order, none overlapping the one before."""
        begin, end = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
        zone = zone_year(self.zone, year)
        uneven = zone.uneven_days()
        closed = self.spec.holidays_in(year) | self.spec.holidays_in(year - 1)
        before = self._day(begin - 1, zone, uneven, closed)
        days: list[OpenDay] = []
        for ordinal in range(begin, end):
            day = self._day(ordinal, zone, uneven, closed)
            if day is not None and before is not None and day.first < before.end:
                day = self._clip(day, before.end)
            if day is not None:
                days.append(day)
                before = day
        return days

    def _day(self, ordinal: int, zone: ZoneYear, uneven: frozenset[int], closed: frozenset[int]) -> OpenDay | None:
        if ordinal in closed:
            return None
        plain = self._date_hours.get(ordinal, self._weekly[(ordinal - 1) % 7])
        if plain is None:
            return None
        midnight = (ordinal - EPOCH_ORDINAL) * DAY
        if ordinal in uneven:
            return _open_day(
                [
                    (zone.to_utc(midnight + opens * MINUTE), zone.to_utc(midnight + closes * MINUTE))
                    for opens, closes in plain.hours
                ]
            )
        return OpenDay(zone.to_utc(midnight + plain.first), plain.shape)

    def _clip(self, day: OpenDay, tail: int) -> OpenDay | None:
        """What is left of the day after `tail`: overlapping time counts once, for the shift that was there first."""
        cut = tail - day.first
        known = (day.shape, cut)
        if known not in self._clipped:
            pieces = zip(day.shape.opens, day.shape.closes, strict=True)
            self._clipped[known] = _open_day([(max(opens, cut), closes) for opens, closes in pieces], overlaps=True)
        rest = self._clipped[known]
        return rest and OpenDay(day.first + rest.first, rest.shape)


@lru_cache(maxsize=256)
def _hours(spec: CalendarSpec) -> Hours:
    return Hours(spec)


def _plain_day(hours: Day) -> PlainDay | None:
    if not hours:
        return None
    first = hours[0][0]
    shape = Shape([((opens - first) * MINUTE, (closes - first) * MINUTE) for opens, closes in hours])
    return PlainDay(hours, first * MINUTE, shape)


def _open_day(intervals: list[tuple[int, int]], overlaps: bool = False) -> OpenDay | None:
    """Drops what is empty, such as hours that a jump of the clock leaps over."""
    real = [(opens, closes) for opens, closes in intervals if opens < closes]
    if not real:
        return None
    first = real[0][0]
    return OpenDay(first, Shape([(opens - first, closes - first) for opens, closes in real], overlaps))


@dataclass(frozen=True, slots=True)
class Table:
    """Compiled years. Never changed, only replaced by a wider one, so that readers need no lock."""

    years: tuple[int, int]
    since: int  # positions are right from here
    until: int  # to here
    firsts: list[int]
    shapes: list[Shape]
    starts: list[int]  # position of each first opening
    start: int  # position before all of it
    end: int  # position after all of it


class OpenLine:
    """A `Line` over the years around the one it was made for; grows as it is asked."""

    __slots__ = ("_bounds", "_hours", "_lock", "_table")

    def __init__(self, hours: Hours, year: int) -> None:
        self._hours = hours
        self._bounds = hours.first_and_last_year()
        self._lock = Lock()
        self._table = _table(hours, year)

    def position(self, at: int) -> int:
        table = self._table
        while not table.since <= at <= table.until:
            table = self._grow(later=at > table.until)
        index = bisect_right(table.firsts, at) - 1
        if index < 0:
            return table.start
        shape = table.shapes[index]
        within = at - table.firsts[index]
        piece = bisect_right(shape.opens, within) - 1
        closes = shape.closes[piece]
        return table.starts[index] + shape.filled[piece] + (within if within < closes else closes) - shape.opens[piece]

    def earliest(self, position: int, limit: int) -> int:
        table = self._table
        while position > table.end:
            table = self._search(position - table.end, limit, later=True)
        while position <= table.start:
            table = self._search(table.start - position, limit, later=False)
        index = bisect_left(table.starts, position) - 1
        shape = table.shapes[index]
        rest = position - table.starts[index]
        piece = bisect_left(shape.filled, rest) - 1
        return table.firsts[index] + shape.opens[piece] + rest - shape.filled[piece]

    def latest(self, position: int, limit: int) -> int:
        table = self._table
        while position >= table.end:
            table = self._search(position - table.end, limit, later=True)
        while position < table.start:
            table = self._search(table.start - position, limit, later=False)
        index = bisect_right(table.starts, position) - 1
        shape = table.shapes[index]
        rest = position - table.starts[index]
        piece = bisect_right(shape.filled, rest) - 1
        return table.firsts[index] + shape.opens[piece] + rest - shape.filled[piece]

    def intervals(self, since: int, until: int) -> Iterator[Interval]:
        self.position(since)
        table, index = self._table, 0
        index = max(bisect_right(table.firsts, since) - 1, 0)
        while True:
            if index == len(table.firsts):
                if table.until >= until or self._is_over(table, later=True):
                    return
                last = table.firsts[-1] if table.firsts else since - 1
                table = self._grow(later=True)
                index = bisect_right(table.firsts, last)
                continue
            first, shape = table.firsts[index], table.shapes[index]
            for piece, (opens, closes) in enumerate(zip(shape.opens, shape.closes, strict=True)):
                if first + opens >= until:
                    return
                if first + closes > since:
                    yield Interval(max(first + opens, since), first + closes, shape.overlaps and piece == 0)
            index += 1

    def _search(self, missing: int, limit: int, *, later: bool) -> Table:
        """A wider table, unless `missing` open time cannot be found before `limit` however wide it gets."""
        table = self._table
        if self._is_over(table, later=later):
            raise NeverOpens(gettext("The calendar does not open for as long as this needs."))
        wall_left = limit - table.until if later else table.since - limit
        if wall_left <= 0 or (self._bounds is None and missing > self._hours.most_open(wall_left)):
            raise TooFar(gettext("That is more than 60 years away."))
        return self._grow(later=later)

    def _is_over(self, table: Table, *, later: bool) -> bool:
        if self._bounds is None:
            return False
        return table.years[1] >= self._bounds[1] if later else table.years[0] <= self._bounds[0]

    def _grow(self, *, later: bool) -> Table:
        with self._lock:
            table = self._table
            year = table.years[1] + 1 if later else table.years[0] - 1
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise TooFar(gettext("That is outside the years a calendar can hold."))
            if later:
                self._table = _joined(table, _table(self._hours, year, start=table.end))
            else:
                self._table = _joined(_table(self._hours, year, end=table.start), table)
            return self._table


def _table(hours: Hours, year: int, *, start: int = 0, end: int | None = None) -> Table:
    """One year, its positions counted from `start`, or up to `end`."""
    days = hours.days(year)
    total = sum(day.shape.total for day in days)
    if end is not None:
        start = end - total
    return Table(
        years=(year, year),
        since=year_begins(year) + 2 * DAY,
        until=year_begins(year + 1) - 2 * DAY,
        firsts=[day.first for day in days],
        shapes=[day.shape for day in days],
        starts=list(accumulate((day.shape.total for day in days), initial=start))[:-1],
        start=start,
        end=start + total,
    )


def _joined(early: Table, late: Table) -> Table:
    return Table(
        years=(early.years[0], late.years[1]),
        since=early.since,
        until=late.until,
        firsts=early.firsts + late.firsts,
        shapes=early.shapes + late.shapes,
        starts=early.starts + late.starts,
        start=early.start,
        end=late.end,
    )
