"""Business time: pure sums over calendars. No database, no clock, no Django; aware datetimes in, aware UTC out.

Each function that takes datetimes stands beside one in microseconds since 1970 (`…_us`) that does the sum on a `Line`
of open time (sla/domain/open_time.py) and with merged pauses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.utils.translation import gettext

from sla.domain.open_time import FIRST_YEAR, LAST_YEAR, Hours, Line, RoundTheClock, year_begins
from sla.domain.refusals import BadPause, BadQuestion, NeverOpens, TooFar
from sla.domain.zones import DAY, SECOND

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HORIZON = (60 * 365 + 15) * DAY  # 60 years
EARLIEST = year_begins(FIRST_YEAR) + 2 * DAY
LATEST = year_begins(LAST_YEAR + 1) - 2 * DAY
FOREVER = 2**63
WALL = RoundTheClock()
LONGEST_WINDOW = 7 * DAY

Pauses = Sequence[tuple[datetime, datetime | None]]  # None: goes on
PausesUs = Sequence[tuple[int, int]]  # merged, sorted; FOREVER: goes on

__all__ = ["WALL", "Hours", "Line", "Target", "before", "due", "elapsed", "is_open", "windows"]


@dataclass(frozen=True, slots=True)
class Target:
    """`unit` is `seconds` or `business_days` of open time, or `wall_seconds` round the clock."""

    amount: int
    unit: str = "seconds"

    @classmethod
    def from_spec(cls, spec: Any) -> Self:
        """Reads `{"seconds": n}`, `{"business_days": n}` or `{"wall_seconds": n}`."""
        if not isinstance(spec, dict) or len(spec) != 1:
            raise BadQuestion(gettext("A target is one of seconds, business_days, wall_seconds."))
        ((unit, amount),) = spec.items()
        if unit not in ("seconds", "business_days", "wall_seconds"):
            raise BadQuestion(gettext("A target is one of seconds, business_days, wall_seconds."))
        if type(amount) is not int or amount < 0:
            raise BadQuestion(gettext("%(unit)s is a whole number, 0 or more.") % {"unit": unit})
        return cls(amount, unit)

    @property
    def by_the_wall_clock(self) -> bool:
        return self.unit == "wall_seconds"

    def in_us(self, hours: Hours | None) -> int:
        """The target in its own time; a business day needs a week with hours."""
        if self.unit != "business_days":
            return self.amount * SECOND
        if hours is None or (business_day := hours.business_day) is None:
            raise NeverOpens(gettext("The week has no hours, so a business day has no length."))
        return self.amount * (business_day // MICROSECOND)

    def open_seconds(self, hours: Hours | None) -> int:
        return self.in_us(hours) // SECOND

    def line(self, hours: Hours | None, at: int) -> Line:
        """The line this target is counted on."""
        if self.by_the_wall_clock:
            return WALL
        if hours is None:
            raise BadQuestion(gettext("A target in open time needs a calendar."))
        return hours.line(at)


def to_us(at: datetime) -> int:
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def from_us(us: int) -> datetime:
    return EPOCH + timedelta(0, us // SECOND, us % SECOND)


def due(hours: Hours | None, start: datetime, target: Target, pauses: Pauses = ()) -> datetime | None:
    """When the target is used up, at a closing if exactly there; None where a pause without end comes first.

    A target of nothing is due at the start if that is open or a closing, else at the next opening.
    """
    begin = to_us(start)
    at = due_us(target.line(hours, begin), begin, target.in_us(hours), merged(pauses))
    return None if at is None else from_us(at)


def due_us(line: Line, start: int, need: int, pauses: PausesUs = ()) -> int | None:
    limit = start + HORIZON if start < LATEST - HORIZON else LATEST
    at = _used_up(line, start, need, pauses, limit) if need else _opening(line, start, pauses, limit)
    if at is not None and at > limit:
        raise TooFar(gettext("That is more than 60 years away."))
    return at


def _used_up(line: Line, start: int, need: int, pauses: PausesUs, limit: int) -> int | None:
    goal = line.position(start) + need
    for since, until in pauses:
        if until <= start:
            continue
        if since >= limit:
            break
        paused_at = line.position(since if since > start else start)
        if goal <= paused_at:
            break
        if until == FOREVER:
            return None
        goal += line.position(until if until < limit else limit) - paused_at
    return line.earliest(goal, limit)


def _opening(line: Line, start: int, pauses: PausesUs, limit: int) -> int | None:
    """`start` if open or a closing, else the next opening; a pause is closed."""
    if line.position(start - 1) < line.position(start) and not any(a < start <= b for a, b in pauses):
        return start
    at = line.latest(line.position(start), limit)
    for since, until in pauses:
        if since <= at < until:
            if until == FOREVER:
                return None
            at = line.latest(line.position(until if until < limit else limit), limit)
    return at


def elapsed(hours: Hours | None, start: datetime, end: datetime, pauses: Pauses = ()) -> timedelta:
    """Open time from start to end, pauses left out; nothing when `end` is before `start`. Without hours: wall time."""
    begin = to_us(start)
    line: Line = WALL if hours is None else hours.line(begin)
    return timedelta(microseconds=elapsed_us(line, begin, to_us(end), merged(pauses)))


def elapsed_us(line: Line, start: int, end: int, pauses: PausesUs = ()) -> int:
    if end <= start:
        return 0
    if end - start > HORIZON:
        raise TooFar(gettext("That is a span of more than 60 years."))
    passed = line.position(end) - line.position(start)
    for since, until in pauses:
        since, until = max(since, start), min(until, end)
        if since < until:
            passed -= line.position(until) - line.position(since)
    return passed


def before(hours: Hours | None, end: datetime, target: Target) -> datetime:
    """The latest moment from which the target fits before `end`: at an opening if exactly there."""
    finish = to_us(end)
    return from_us(before_us(target.line(hours, finish), finish, target.in_us(hours)))


def before_us(line: Line, end: int, need: int) -> int:
    limit = max(end - HORIZON, EARLIEST)
    position = line.position(end)
    if need:
        at = line.latest(position - need, limit)
    elif line.position(end + 1) > position:
        at = end
    else:
        at = line.earliest(position, limit)
    if at < limit:
        raise TooFar(gettext("That is more than 60 years back."))
    return at


def is_open(hours: Hours, at: datetime) -> bool:
    """The start of an interval counts, its end does not."""
    return is_open_us(hours.line(moment := to_us(at)), moment)


def is_open_us(line: Line, at: int) -> bool:
    return line.position(at + 1) > line.position(at)


def windows(hours: Hours, start: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """The next `count` open intervals, the first cut at `start`; fewer if there are no more within 60 years."""
    begin = to_us(start)
    return [(from_us(opens), from_us(closes)) for opens, closes in windows_us(hours.line(begin), begin, count)]


def windows_us(line: Line, start: int, count: int) -> list[tuple[int, int]]:
    """Overlapping intervals are one window, of at most a week: where they never end, the next window touches."""
    found: list[tuple[int, int]] = []
    for opens, closes, overlaps in line.intervals(start, min(start + HORIZON, LATEST)):
        if overlaps and found and found[-1][1] == opens and closes - found[-1][0] <= LONGEST_WINDOW:
            found[-1] = (found[-1][0], closes)
        elif len(found) == count:
            break
        else:
            found.append((opens, closes))
    return found


def counted(
    hours: Hours | None, start: datetime, end: datetime, pauses: Pauses = ()
) -> list[tuple[datetime, datetime]]:
    """The intervals that make up `elapsed`, for showing the sum."""
    begin, finish = to_us(start), to_us(end)
    if finish - begin > HORIZON:
        raise TooFar(gettext("That is a span of more than 60 years."))
    line: Line = WALL if hours is None else hours.line(begin)
    stops = merged(pauses)
    pieces: list[tuple[datetime, datetime]] = []
    for opens, closes, _ in line.intervals(begin, finish):
        at, closes = opens, min(closes, finish)
        for since, until in stops:
            if at < since < closes:
                pieces.append((from_us(at), from_us(since)))
            if since < closes:
                at = max(at, until)
        if at < closes:
            pieces.append((from_us(at), from_us(closes)))
    return pieces


def merged(pauses: Pauses) -> PausesUs:
    if not pauses:
        return ()
    return merged_us([(to_us(since), FOREVER if until is None else to_us(until)) for since, until in pauses])


def merged_us(pauses: list[tuple[int, int]]) -> PausesUs:
    """Sorts them in place; overlapping and touching ones are joined."""
    pauses.sort()
    joined: list[tuple[int, int]] = []
    for since, end in pauses:
        if end < since:
            raise BadPause(gettext("A pause ends before it begins."))
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((since, end))
    return joined
