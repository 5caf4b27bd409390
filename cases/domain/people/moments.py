"""When a notice is mailed: at once, or with others, and not in somebody's quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.enums import MailPace
from cases.models import NoticeChoice

DAY = timedelta(days=1)


def mail_due_at(choice: NoticeChoice, *, zone: str, at: datetime) -> datetime:
    """UTC; `at` itself for who wants it at once."""
    there = ZoneInfo(zone)
    return _after_quiet(choice, _paced(choice, at, there), there)


def _paced(choice: NoticeChoice, at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    if choice.pace == MailPace.HOURLY:
        return at + timedelta(hours=1) - (local - local.replace(minute=0, second=0, microsecond=0))
    return _next(choice.daily_at, at, zone) if choice.pace == MailPace.DAILY else at


def _after_quiet(choice: NoticeChoice, at: datetime, zone: ZoneInfo) -> datetime:
    if choice.quiet_from is None or choice.quiet_to is None:
        return at
    hour, begins, ends = at.astimezone(zone).hour, choice.quiet_from, choice.quiet_to
    quiet = begins <= hour < ends if begins < ends else hour >= begins or hour < ends
    return _next(ends, at, zone) if quiet else at


def _next(hour: int, at: datetime, zone: ZoneInfo) -> datetime:
    """The next time that clocks there show this full hour."""
    local = at.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    if local.astimezone(UTC) <= at:
        local += DAY
    return local.astimezone(UTC)
