"""One tick: every clock whose next moment has come is warned about or breached, set by set.

A tick costs what is due, not what exists. Any number of workers may sweep at once: a batch takes rows that nobody
holds, and what was done is visible only with the alerts it led to. A breach is dated at the deadline.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Refused
from config.heartbeat import beat
from config.inserting import insert
from outbox.domain.nudging import nudging_at_the_end
from sla.domain.raising import Found, raise_alerts, warnings_due
from sla.domain.rows import next_moment, state_of
from sla.models import Clock
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right

logger = logging.getLogger(__name__)

BATCH = 500  # rows a transaction: about 100 ms of work, so that doors wait no longer than that for a clock
BUDGET_MS = 5000  # of a tick with a backlog. Later ticks sweep beside it, and consumers are woken when it ends
SET_ASIDE_FOR = timedelta(hours=1)

# In the index's order: with statistics a minute old the planner would otherwise rather scan the table.
FIRST_DUE = "SELECT next_at FROM sla_clock WHERE next_at <= %s ORDER BY next_at LIMIT 1"

WRITE_BACK = """
    UPDATE sla_clock SET breached_at = coalesce(sla_clock.breached_at, new.breached_at),
        noticed_at = coalesce(sla_clock.noticed_at, new.noticed_at), warned_steps = new.warned_steps,
        next_at = new.next_at, retry_after = NULL, error = ''
    FROM jsonb_to_recordset(%s::jsonb) AS new (
        id bigint, breached_at timestamptz, noticed_at timestamptz, warned_steps smallint, next_at timestamptz)
    WHERE sla_clock.id = new.id
"""


@dataclass(frozen=True, slots=True)
class SweepResult:
    warned: int = 0
    breached: int = 0
    failed: int = 0

    def __add__(self, other: "SweepResult") -> "SweepResult":
        return SweepResult(self.warned + other.warned, self.breached + other.breached, self.failed + other.failed)


def sweep(*, at: datetime, budget_ms: int | None = BUDGET_MS) -> SweepResult:
    """Until nothing is due at `at` or the budget (None: no end) is spent; what is left waits for the next tick."""
    started = time.monotonic()
    total = SweepResult()
    first = _first_due(at=at)
    more = first is not None
    with nudging_at_the_end():
        while more:
            taken, result = _sweep_batch(at=at)
            total += result
            in_budget = budget_ms is None or (time.monotonic() - started) * 1000 < budget_ms
            more = taken == BATCH and in_budget
    beat(
        name="sweep",
        at=at,
        warned=total.warned,
        breached=total.breached,
        failed=total.failed,
        lag_seconds=0.0 if first is None else (at - first).total_seconds(),
        took_ms=round((time.monotonic() - started) * 1000, 1),
    )
    return total


def _first_due(*, at: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(FIRST_DUE, [at])
        found: tuple[datetime] | None = cursor.fetchone()
    return None if found is None else found[0]


def _sweep_batch(*, at: datetime) -> tuple[int, SweepResult]:
    """Rows taken, and what came of them."""
    taken: list[int] = []
    try:
        with unit_of_work(SYSTEM.label):
            clocks = list(_due(at=at)[:BATCH])
            taken = [clock.pk for clock in clocks]
            return len(taken), _take(clocks, at=at)
    except OperationalError:
        raise  # the database itself is in trouble (gone, deadlock): nothing is wrong with these rows
    except Exception:
        logger.exception("A batch of %s due clocks failed; taking them one by one", len(taken))
    return len(taken), sum((_sweep_one(pk, at=at) for pk in taken), SweepResult())


def _sweep_one(clock_id: int, *, at: datetime) -> SweepResult:
    try:
        with unit_of_work(SYSTEM.label):
            return _take(list(_due(at=at).filter(pk=clock_id)), at=at)
    except OperationalError:
        raise
    except Exception as bug:
        logger.exception("Clock %s could not be swept and is set aside", clock_id)
        retry_after = at + SET_ASIDE_FOR
        with unit_of_work(SYSTEM.label):
            Clock.objects.filter(pk=clock_id, next_at__lte=at).update(
                retry_after=retry_after, next_at=retry_after, error=f"{type(bug).__name__}: {bug}"[:2000]
            )
        return SweepResult(failed=1)


def _due(*, at: datetime) -> "QuerySet[Clock]":
    return (
        Clock.objects.filter(next_at__lte=at)
        .order_by("next_at")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
    )


def _take(clocks: Sequence[Clock], *, at: datetime) -> SweepResult:
    if not clocks:
        return SweepResult()
    found: list[Found] = []
    for clock in clocks:
        state = state_of(clock)
        warnings = warnings_due(state, warned_steps=clock.warned_steps, at=at)
        if warnings:
            clock.warned_steps = warnings[-1][0]
        if clock.breached_at is None and clock.due_at is not None and clock.due_at < at:
            clock.breached_at, clock.noticed_at, clock.next_at = clock.due_at, at, None
            found.append(Found(clock, warnings=warnings, breached_at=clock.due_at))
        else:
            clock.next_at = next_moment(state, warned_steps=clock.warned_steps)
            found.append(Found(clock, warnings=warnings))
    rows = [
        {
            "id": clock.pk,
            "breached_at": _iso(clock.breached_at),
            "noticed_at": _iso(clock.noticed_at),
            "warned_steps": clock.warned_steps,
            "next_at": _iso(clock.next_at),
        }
        for clock in clocks
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_BACK, [json.dumps(rows)])
    insert(raise_alerts(found, at=at))
    return SweepResult(
        warned=sum(len(one.warnings) for one in found),
        breached=sum(one.breached_at is not None for one in found),
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def retry(*, clock_id: int, by: Actor, at: datetime) -> None:
    """A clock that was set aside is taken by the next tick."""
    with unit_of_work(by.label):
        clock = Clock.objects.locked().filter(pk=clock_id).first()
        if clock is None:
            raise Absent(_("There is no such promise."))
        by.require(Right.EDIT_PROMISES, tenant_id=clock.tenant_id)
        if clock.retry_after is None:
            raise Refused(_("This clock is not set aside."), code="not-set-aside")
        clock.retry_after, clock.error = None, ""
        clock.next_at = next_moment(state_of(clock), warned_steps=clock.warned_steps)
        clock.save(update_fields=["retry_after", "error", "next_at"])
