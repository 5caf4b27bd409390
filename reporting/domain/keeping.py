"""Sums past days, once, and again when something of them changed. Never counts up: a day is summed from its rows.

A change and the sum of its day cannot miss each other. First a day is watched: from then on each change of it leaves a
mark. A transaction that wrote before it could see the watch leaves none, so days are summed only after all those have
ended (`barrier`). A mark is taken away in the transaction that sums its day, whose reading begins after that: it sees
what the mark stood for. What is committed later has its own mark.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Min, Q

from cases.models import Case, Escalation, Survey, Transition
from config.bulk import bare, copy_in
from config.heartbeat import beat
from reporting.domain.coverage import DAY, day_from, day_of, midnight
from reporting.domain.facts import Span, facts
from reporting.domain.numbers import pack
from reporting.models import DayCount, DayMark, DayValues, Keeping
from sla.models import Clock

BATCH = 7  # days a transaction: at a million cases a year 19,000 of them, two seconds
BUDGET_MS = 20_000  # of a round; what is left waits for the next

CASE_TIMES = ("opened_at", "first_response_at", "accepted_at", "closed_at")
NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
# Its own transaction is not among those that a snapshot names.
ENDED = """
    SELECT NOT EXISTS (
        SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS running WHERE running::text::bigint < %s)
"""


@dataclass(frozen=True)
class Kept:
    """Days summed for the first time, and again."""

    new: int
    again: int


def keep_days(*, at: datetime, budget_ms: int | None = BUDGET_MS) -> Kept:
    """Until all before the hour of `at` is kept or the budget (None: no end) is spent. One round at a time: beside
    another one it finds nothing to do.
    """
    started = time.monotonic()
    new = again = 0
    _watch(until=at.replace(minute=0, second=0, microsecond=0))
    while budget_ms is None or (time.monotonic() - started) * 1000 < budget_ms:
        renewed = _renew()
        kept = 0 if renewed else _keep_next()
        new, again = new + kept, again + renewed
        if not kept and not renewed:
            break
    beat(name="figures", at=at, days_new=new, days_again=again)
    return Kept(new, again)


def forget() -> None:
    """Every day is summed anew by the rounds that follow. Until then figures come from the cases' rows."""
    Keeping.objects.update(kept_until=None)


def _watch(*, until: datetime) -> None:
    """In transactions of their own: whoever writes from here on sees the watch, and who may not have is known."""
    Keeping.objects.get_or_create(pk=1, defaults={"watched_until": until})
    Keeping.objects.filter(watched_until__lt=until).update(watched_until=until, barrier=None)
    unguarded = Keeping.objects.filter(barrier=None).first()
    if unguarded is not None:
        with connection.cursor() as cursor:
            cursor.execute(NEXT_TRANSACTION)
            (barrier,) = cursor.fetchone()
        # Of this very watch: another round may have moved it on since.
        Keeping.objects.filter(barrier=None, watched_until=unguarded.watched_until).update(barrier=barrier)


@transaction.atomic
def _renew() -> int:
    """Sum marked days again. How many."""
    keeping = _taken()
    if keeping is None or keeping.kept_until is None:
        return 0
    marked = DayMark.objects.filter(day__lte=day_of(keeping.kept_until)).order_by("day").values_list("day", flat=True)
    days = list(marked.distinct()[:BATCH])
    if days:
        DayMark.objects.filter(day__in=days).delete()
        _sum(days, until=keeping.kept_until)
    return len(days)


@transaction.atomic
def _keep_next() -> int:
    """Sum the days after the last kept one. How many."""
    keeping = _taken()
    if keeping is None or keeping.barrier is None or not _ended(before=keeping.barrier):
        return 0
    watched = keeping.watched_until
    if keeping.kept_until == watched:
        return 0
    start = day_of(keeping.kept_until or min(_first() or watched, watched))
    until = min(midnight(start + BATCH * DAY), watched)
    if keeping.kept_until is None:
        _drop(Q(day__lt=start) | Q(day__gt=day_of(watched)))
    days = [start + n * DAY for n in range((day_from(until) - start).days)]
    DayMark.objects.filter(day__in=days).delete()
    _sum(days, until=until)
    keeping.kept_until = until
    keeping.save(update_fields=["kept_until"])
    return len(days)


def _taken() -> Keeping | None:
    return Keeping.objects.select_for_update(skip_locked=True, no_key=True).first()


def _ended(*, before: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [before])
        (ended,) = cursor.fetchone()
    return bool(ended)


def _first() -> datetime | None:
    """When the first fact was; each is the first of an index."""
    firsts: list[datetime | None] = [
        *(Case.objects.aggregate(first=Min(column))["first"] for column in CASE_TIMES),
        Transition.objects.aggregate(first=Min("at"))["first"],
        Escalation.objects.aggregate(first=Min("at"))["first"],
        Survey.objects.aggregate(first=Min("answered_at"))["first"],
        Clock.objects.aggregate(first=Min("stopped_at"))["first"],
    ]
    return min((first for first in firsts if first is not None), default=None)


def _sum(days: Sequence[date], *, until: datetime) -> None:
    """Of the last day, what was before `until`."""
    _drop(Q(day__in=days))
    spans = [Span(midnight(day), min(midnight(day + DAY), until)) for day in days]
    found = facts(spans=spans, stock=spans, tenant_ids=None, by_day=True)
    copy_in(
        [
            bare(DayCount, id=None, tenant_id=tenant, day=day, figure=figure, priority=priority, detail=detail, n=n)
            for figure, counts in found.counts.items()
            for ((tenant, day, priority), detail), n in counts.items()
        ]
    )
    DayValues.objects.bulk_create(
        [
            DayValues(tenant_id=tenant, day=day, figure=figure, priority=priority, packed=pack(numbers))
            for figure, groups in found.values.items()
            for (tenant, day, priority), numbers in groups.items()
            if day is not None
        ]
    )


def _drop(days: Q) -> None:
    DayCount.objects.filter(days).delete()
    DayValues.objects.filter(days).delete()
