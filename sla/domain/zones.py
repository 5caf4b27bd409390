"""Local time to UTC for one zone and year, in microseconds since the epoch, from the zone's own changes of offset."""

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Change(NamedTuple):
    at: int  # UTC
    before: int  # offset of local time from UTC
    after: int


class ZoneYear(NamedTuple):
    offset: int  # in force at the beginning
    changes: tuple[Change, ...]

    def to_utc(self, wall: int) -> int:
        """`wall`: local time as if it were UTC. One that does not exist is the jump; of two the first."""
        offset = self.offset
        for change in self.changes:
            if wall < change.at + change.before:
                break
            if wall < change.at + change.after:
                return change.at
            offset = change.after
        return wall - offset

    def uneven_days(self) -> frozenset[int]:
        """Ordinals of days of which some interval, overnight ones included, may meet a change."""
        return frozenset(
            EPOCH_ORDINAL + day
            for change in self.changes
            for day in range(
                (change.at + min(change.before, change.after)) // DAY - 2,
                (change.at + max(change.before, change.after)) // DAY + 2,
            )
        )


@lru_cache(maxsize=4096)
def zone_year(name: str, year: int) -> ZoneYear:
    """Covers the year's days, the day before and the two after. Offsets are compared day by day, then searched."""
    zone = ZoneInfo(name)
    begin = (date(year, 1, 1).toordinal() - EPOCH_ORDINAL - 3) * 86_400
    end = (date(year + 1, 1, 1).toordinal() - EPOCH_ORDINAL + 4) * 86_400
    first = known = _offset(zone, begin)
    changes: list[Change] = []
    for second in range(begin + 86_400, end, 86_400):
        if (now := _offset(zone, second)) != known:
            at = _change_between(zone, second - 86_400, second)
            changes.append(Change(at * SECOND, known * SECOND, now * SECOND))
            known = now
    return ZoneYear(first * SECOND, tuple(changes))


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None  # noqa: S101  a ZoneInfo always has one
    return offset.days * 86_400 + offset.seconds


def _change_between(zone: ZoneInfo, before: int, after: int) -> int:
    known = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == known:
            before = middle
        else:
            after = middle
    return after
