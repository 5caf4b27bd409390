"""The round that lets consumers hear their events.

A row is leased in one short transaction and consumed in another, which also marks it done: its effects and the mark
stand or fall together. A worker that is killed leaves a lease behind that runs out. The count of attempts is the
fence: whoever comes late finds it raised and touches nothing.
"""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from config.db import unit_of_work
from config.request_ids import on_behalf_of
from outbox.domain.consuming import Consumer, EventValue, consumer_named
from outbox.domain.publish import caused_by
from outbox.domain.retrying import CONSUMING, error_text
from outbox.enums import ConsumptionStatus
from outbox.models import Consumption

logger = logging.getLogger(__name__)

LEASED_AT_ONCE = 200
BUDGET = 5.0  # seconds of one round; well within a lease
HELD_BACK = timedelta(minutes=1)  # how often rows behind a failed one are looked at again

LEASE = """
WITH due AS (
    SELECT id FROM outbox_consumption AS one
    WHERE status = 'pending' AND next_attempt_at <= %(at)s
      AND (key = '' OR NOT EXISTS (
          SELECT FROM outbox_consumption AS earlier
          WHERE earlier.consumer = one.consumer AND earlier.key = one.key AND earlier.key <> ''
            AND earlier.status IN ('pending', 'dead') AND earlier.id < one.id))
    ORDER BY next_attempt_at, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox_consumption AS one
SET attempts = one.attempts + 1, next_attempt_at = %(lease_ends)s
FROM due, outbox_event AS event
WHERE one.id = due.id AND event.id = one.event_id
RETURNING one.id, one.consumer, one.key, one.attempts, one.forgiven, one.error,
          event.id, event.name, event.tenant_id, event.payload, event.at, event.key,
          event.request_id, event.cause_id
"""

SETTLE = """
UPDATE outbox_consumption AS one
SET status = 'done', settled_at = %(at)s, error = ''
FROM unnest(%(ids)s::bigint[], %(attempts)s::integer[]) AS leased (id, attempts)
WHERE one.id = leased.id AND one.attempts = leased.attempts AND one.status = 'pending'
RETURNING one.id
"""

GIVE_BACK = """
UPDATE outbox_consumption AS one
SET attempts = one.attempts - 1, next_attempt_at = %(at)s
FROM unnest(%(ids)s::bigint[], %(attempts)s::integer[]) AS leased (id, attempts)
WHERE one.id = leased.id AND one.attempts = leased.attempts AND one.status = 'pending'
"""

# Whatever is due but stands behind a row that failed must leave the head of the queue, or every round reads it again.
HOLD_BACK = """
UPDATE outbox_consumption SET next_attempt_at = %(later)s
WHERE id IN (
    SELECT id FROM outbox_consumption AS one
    WHERE status = 'pending' AND next_attempt_at <= %(at)s AND key <> '' AND EXISTS (
        SELECT FROM outbox_consumption AS earlier
        WHERE earlier.consumer = one.consumer AND earlier.key = one.key AND earlier.key <> ''
          AND (earlier.status = 'dead' OR (earlier.status = 'pending' AND earlier.error <> ''))
          AND earlier.id < one.id)
    ORDER BY next_attempt_at, id
    LIMIT 1000
    FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, kw_only=True)
class Leased:
    id: int
    consumer: str
    key: str
    attempts: int
    forgiven: int
    error: str
    event: EventValue
    request_id: str

    @property
    def cut_off(self) -> bool:
        """Leased before by somebody who left no word: a worker died over this row, or over one leased with it."""
        return self.counted > 1 and not self.error

    @property
    def counted(self) -> int:
        """Attempts that count against the limit, this one too."""
        return self.attempts - self.forgiven


@dataclass(kw_only=True)
class RelayRound:
    consumed: int = 0
    failed: int = 0
    died: int = 0


def relay(*, at: datetime, budget: float = BUDGET) -> RelayRound:
    """Let consumers hear what is due, for about `budget` seconds. Any number may run at once."""
    done = RelayRound()
    ends = time.monotonic() + budget
    while leased := _lease(at=at):
        units = _units(leased, at=at)
        while units and time.monotonic() < ends:
            consumer_name, rows = units.pop(0)
            _consume(consumer_name, rows, at=at, done=done)
        if units:
            _give_back([row for _, rows in units for row in rows], at=at)
            return done
    _hold_back(at=at)
    return done


def wake_followers(*, consumer: str, key: str, at: datetime) -> None:
    """What was held back behind a row of this consumer and key is due now."""
    if key:
        Consumption.objects.filter(
            consumer=consumer, key=key, status=ConsumptionStatus.PENDING, next_attempt_at__gt=at
        ).update(next_attempt_at=at)


def _lease(*, at: datetime) -> list[Leased]:
    with connection.cursor() as cursor:
        cursor.execute(LEASE, {"at": at, "limit": LEASED_AT_ONCE, "lease_ends": at + settings.OUTBOX_LEASE})
        rows = sorted(cursor.fetchall())
    return [
        Leased(
            id=row[0],
            consumer=row[1],
            key=row[2],
            attempts=row[3],
            forgiven=row[4],
            error=row[5],
            event=EventValue(
                id=row[6],
                name=row[7],
                tenant_id=row[8],
                payload=json.loads(row[9]),
                at=row[10],
                key=row[11],
                cause=row[13],
            ),
            request_id=row[12],
        )
        for row in rows
    ]


def _units(leased: list[Leased], *, at: datetime) -> list[tuple[str, list[Leased]]]:
    """What goes into one transaction: a row, or a batch of rows of a consumer that takes batches.

    Of rows that were cut off only one is tried, last and alone, and the others are given back before: should it kill
    this worker too, it alone has used up an attempt.
    """
    cut_off = [row for row in leased if row.cut_off]
    _give_back(cut_off[1:], at=at)
    fresh = [row for row in leased if not row.cut_off]
    return [*_batches(fresh), *[(row.consumer, [row]) for row in cut_off[:1]]]


def _batches(leased: list[Leased]) -> Iterator[tuple[str, list[Leased]]]:
    """What another event led to is heard alone: or no one could tell which of a batch led to what follows."""
    gathered: dict[str, list[Leased]] = {}
    for row in leased:
        if row.event.cause is not None:
            yield row.consumer, [row]
            continue
        consumer = consumer_named(row.consumer)
        size = consumer.batch_size if consumer and consumer.batch_size else 1
        batch = gathered.setdefault(row.consumer, [])
        batch.append(row)
        if len(batch) == size:
            yield row.consumer, gathered.pop(row.consumer)
    yield from gathered.items()


def _consume(consumer_name: str, rows: list[Leased], *, at: datetime, done: RelayRound) -> None:
    consumer = consumer_named(consumer_name)
    if consumer is None:
        for row in rows:
            _kill(row, error=f"There is no consumer {consumer_name} any more", at=at, done=done)
        return
    if rows[0].cut_off and CONSUMING.exhausted(attempts=rows[0].counted - 1):
        _kill(rows[0], error=f"Given up: the worker died in each of {rows[0].counted - 1} attempts", at=at, done=done)
        return
    try:
        done.consumed += _hear(consumer, rows, at=at)
    except Exception as error:
        if len(rows) > 1:
            logger.exception("A batch could not be consumed, its events are taken one by one")
            for row in rows:
                _consume(consumer_name, [row], at=at, done=done)
            return
        logger.exception("An event could not be consumed", extra={"consumption": rows[0].id})
        _set_aside(rows[0], error=error, at=at, done=done)


def _hear(consumer: Consumer, rows: list[Leased], *, at: datetime) -> int:
    """Settle first: that locks the rows and finds those whose lease ran out and was taken over."""
    one = rows[0] if len(rows) == 1 else None
    with on_behalf_of(one.request_id if one else ""), unit_of_work("system"):
        ours = _settle(rows, at=at)
        rows = [row for row in rows if row.id in ours]
        if not rows:
            return 0
        with caused_by(one.event.id if one else None):
            consumer.hear([row.event for row in rows], at=at)
        for row in rows:
            if row.attempts > 1:
                wake_followers(consumer=row.consumer, key=row.key, at=at)
    return len(rows)


def _settle(rows: list[Leased], *, at: datetime) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"at": at, **_fence(rows)})
        return {row[0] for row in cursor.fetchall()}


def _give_back(rows: list[Leased], *, at: datetime) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"at": at, **_fence(rows)})


def _fence(rows: list[Leased]) -> dict[str, list[int]]:
    return {"ids": [row.id for row in rows], "attempts": [row.attempts for row in rows]}


def _set_aside(row: Leased, *, error: Exception, at: datetime, done: RelayRound) -> None:
    done.failed += 1
    if CONSUMING.exhausted(attempts=row.counted):
        _kill(row, error=error_text(error), at=at, done=done)
        return
    _still_leased(row).update(error=error_text(error), next_attempt_at=at + CONSUMING.drawn_delay(attempts=row.counted))


def _kill(row: Leased, *, error: str, at: datetime, done: RelayRound) -> None:
    done.died += 1
    _still_leased(row).update(status=ConsumptionStatus.DEAD, settled_at=at, error=error)


def _still_leased(row: Leased) -> QuerySet[Consumption]:
    return Consumption.objects.filter(pk=row.id, attempts=row.attempts, status=ConsumptionStatus.PENDING)


def _hold_back(*, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(HOLD_BACK, {"at": at, "later": at + HELD_BACK})
