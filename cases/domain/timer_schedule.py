"""When the case's own timer next does something: pure, from the case and its tenant's habits.

Reminders and 'no answer' count business days of the policy's calendar from the moment we began to wait; auto-close
counts days in the tenant's zone from the resolution, or from our last word after it. A customer's unanswered message
stops auto-close: a person decides. A snoozed case comes back at its time, whatever else it does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cases.enums import SpokenBy, Status, Timer
from cases.models import Case
from sla.domain import business_time
from sla.domain.business_time import Hours, Target
from tenants.models import Tenant

#: Columns of a case whose change may move its timer.
DEPENDS_ON = frozenset({"status", "timer_step", "customer_waiting_since", "last_message_at", "snoozed_until"})

MORNING, EVENING = time(8), time(18)


def next_timer(case: Case, tenant: Tenant, *, hours: Callable[[], Hours | None]) -> tuple[datetime | None, str]:
    """`hours` is asked only when it is needed: the calendar of the case's policy."""
    acts_at, what = _by_status(case, tenant, hours)
    if case.snoozed_until is not None and (acts_at is None or case.snoozed_until <= acts_at):
        return case.snoozed_until, Timer.WAKE
    return acts_at, what


def _by_status(case: Case, tenant: Tenant, hours: Callable[[], Hours | None]) -> tuple[datetime | None, str]:
    if case.status == Status.WAITING:
        return _while_waiting(case, tenant, hours())
    if case.status == Status.RESOLVED and case.customer_waiting_since is None:
        return _until_closed(case, tenant)
    return None, ""


def _while_waiting(case: Case, tenant: Tenant, hours: Hours | None) -> tuple[datetime | None, str]:
    if case.waiting_since is None:
        raise ValueError("A waiting case knows since when")
    reminders = sorted(day for day in tenant.reminder_days if _before_the_end(day, tenant.no_answer_days))
    if case.timer_step < len(reminders):
        remind_at = _business_days_after(case.waiting_since, reminders[case.timer_step], hours)
        return by_daylight(remind_at, tenant.time_zone), Timer.WAITING_REMINDER
    if tenant.no_answer_days is not None:
        return _business_days_after(case.waiting_since, tenant.no_answer_days, hours), Timer.NO_ANSWER
    return None, ""


def _until_closed(case: Case, tenant: Tenant) -> tuple[datetime | None, str]:
    if case.resolved_at is None:
        raise ValueError("A resolved case knows since when")
    since = case.resolved_at
    if case.last_message_by == SpokenBy.PERSON and case.last_message_at is not None:
        since = max(since, case.last_message_at)
    closes_at = days_after(since, tenant.auto_close_days, tenant.time_zone)
    if case.timer_step == 0 and tenant.auto_close_reminder_days:
        remind_at = days_after(since, tenant.auto_close_days - tenant.auto_close_reminder_days, tenant.time_zone)
        return remind_at, Timer.CLOSE_REMINDER
    return closes_at, Timer.AUTO_CLOSE


def _before_the_end(day: int, no_answer_days: int | None) -> bool:
    return no_answer_days is None or day < no_answer_days


def _business_days_after(since: datetime, days: int, hours: Hours | None) -> datetime:
    due = business_time.due(hours, since, Target(days, "business_days")) if hours is not None else None
    return due if due is not None else since + timedelta(days=days)


def days_after(since: datetime, days: int, zone: str) -> datetime:
    """The same time of day by the wall clock, `days` later."""
    local = since.astimezone(ZoneInfo(zone))
    return (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=local.tzinfo).astimezone(since.tzinfo)


def by_daylight(at: datetime, zone: str) -> datetime:
    """`at`, or the next morning of the reader's when it falls into their night: nobody is nagged at midnight."""
    local = at.astimezone(ZoneInfo(zone))
    if MORNING <= local.time() < EVENING:
        return at
    day = local.date() + timedelta(days=1 if local.time() >= EVENING else 0)
    return datetime.combine(day, MORNING, tzinfo=local.tzinfo).astimezone(at.tzinfo)
