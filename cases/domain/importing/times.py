"""Times as foreign logs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class BadTime(ValueError):
    """With a reason fit for a reject file."""


@lru_cache(maxsize=65_536)
def moment(text: str, time_format: str, zone: ZoneInfo) -> datetime:
    """In UTC. Without `time_format`: ISO 8601. Without an offset: in `zone`, see `in_utc`. Raises BadTime."""
    try:
        read = datetime.strptime(text, time_format) if time_format else datetime.fromisoformat(text)  # noqa: DTZ007
        at = in_utc(read, zone) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTime(f"{text[:40]!r} is no time of the form {time_format or 'ISO 8601'}") from None
    if at < EARLIEST:
        raise BadTime(f"{text[:40]!r} lies before 1970")
    return at


def in_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """A time that the clocks skip in spring is the instant of the jump; of two alike in autumn it is the first."""
    first = local.replace(tzinfo=zone, fold=0)
    at = first.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local:
        return at
    before, after = (first.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    # In the gap the offset from before it dates the reading too late by exactly as far as it lies beyond the jump.
    return _jump(at - (after - before), at, zone)


def _jump(earliest: datetime, latest: datetime, zone: ZoneInfo) -> datetime:
    """The instant, to the second, at which the zone's offset changes between the two."""
    offset = earliest.astimezone(zone).utcoffset()
    while latest - earliest > timedelta(seconds=1):
        middle = (earliest + (latest - earliest) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            earliest = middle
        else:
            latest = middle
    return latest
