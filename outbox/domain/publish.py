"""The door for every consequence that crosses a room: a past fact, written in the transaction that made it true."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from config.bulk import bare
from config.inserting import insert
from outbox.domain.consuming import EventValue, consumers_of
from outbox.domain.nudging import nudge_on_commit
from outbox.models import Consumption, Event

NAME = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)+")
FEED_PREFIXES = ("cases.", "incidents.")

_consumed_now: ContextVar[int | None] = ContextVar("consumed_now", default=None)


class OutsideTransaction(RuntimeError):
    """An event without the change that it tells of: a bug of the caller."""


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """`payload` holds ids and ISO times. `cause` is the id of the event that led to this one: by default the one that
    is being consumed. `key` is the ordering key that consumers go by unless they choose their own."""

    name: str
    tenant_id: int | None
    payload: dict[str, Any]
    at: datetime
    cause: int | None = None
    key: str = ""


def publish(
    *,
    name: str,
    tenant_id: int | None,
    payload: dict[str, Any],
    at: datetime,
    cause: int | None = None,
    key: str = "",
) -> Event:
    [event] = publish_many(
        events=[NewEvent(name=name, tenant_id=tenant_id, payload=payload, at=at, cause=cause, key=key)]
    )
    return event


def publish_many(*, events: Sequence[NewEvent]) -> list[Event]:
    """Two statements however many events and consumers there are (one where nobody hears them)."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("Publish inside the transaction that makes the event true")
    rows = insert(_row(event) for event in events)
    consumptions = [
        bare(
            Consumption,
            event_id=row.pk,
            consumer=consumer.name,
            key=consumer.key_for(value),
            next_attempt_at=consumer.due_at(value),
        )
        for row in rows
        for value in [event_value(row)]
        for consumer in consumers_of(row.name)
        if consumer.wants(value)
    ]
    insert(consumptions)
    if consumptions or any(row.in_feed for row in rows):
        nudge_on_commit("outbox.relay")
    return rows


def event_value(row: Event) -> EventValue:
    return EventValue(
        id=row.pk,
        name=row.name,
        tenant_id=row.tenant_id,
        payload=row.payload,
        at=row.at,
        key=row.key,
        cause=row.cause_id,
    )


@contextmanager
def caused_by(event_id: int | None) -> Iterator[None]:
    """What is published inside is an effect of this event; None: of several, so that none is named."""
    token = _consumed_now.set(event_id)
    try:
        yield
    finally:
        _consumed_now.reset(token)


def _row(event: NewEvent) -> Event:
    if not NAME.fullmatch(event.name):
        raise ValueError(f"An event is named <room>.<thing>-<past>, not {event.name!r}")
    return bare(
        Event,
        name=event.name,
        tenant_id=event.tenant_id,
        payload=event.payload,
        at=event.at,
        cause_id=_consumed_now.get() if event.cause is None else event.cause,
        key=event.key,
        in_feed=event.name.startswith(FEED_PREFIXES),
    )
