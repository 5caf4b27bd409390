"""The change feed: committed events in the order of their numbers, nothing skipped, nothing twice."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Min, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from config.errors import DomainError
from outbox.models import Event

LONGEST_WAIT = 30.0  # seconds
LOOKS_EVERY = 0.5  # seconds; one indexed statement
AMONG_THEIRS = "array(select jsonb_array_elements_text(payload -> 'tenant_ids')::bigint) && %s::bigint[]"

_waiters = BoundedSemaphore(settings.FEED_WAITERS)


class CursorExpired(DomainError):
    """The reader was away for longer than events are kept, and has missed some: 410."""

    status: ClassVar[int] = 410
    default_code = "cursor-expired"


@dataclass(frozen=True, kw_only=True)
class Change:
    id: int
    name: str
    tenant_id: int | None
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Changes:
    changes: list[Change]
    last: int
    """Read on from here."""


def read(
    *,
    after: int,
    limit: int,
    names: Collection[str] | None = None,
    tenant_ids: Collection[int] | None = None,
    wait: float = 0,
) -> Changes:
    """Up to `limit` events numbered above `after`; 0 is the start of what is kept. None: every name, every tenant.

    An event of several tenants (`tenant_ids` in its payload) is there for a reader of any of them, who sees no others.

    Where there is none yet it waits up to `wait` seconds for one, but never in a transaction, and never when as many
    others in this process wait already: then the answer is empty at once and the reader asks again.
    """
    _refuse_gap(after)
    due = _after(after, names=names, tenant_ids=tenant_ids)[:limit]
    events = list(due)
    if not events and wait > 0 and not connection.in_atomic_block and _waiters.acquire(blocking=False):
        try:
            events = _wait_for(due, until=time.monotonic() + min(wait, LONGEST_WAIT))
        finally:
            _waiters.release()
    changes = [_change(event, tenant_ids) for event in events]
    return Changes(changes=changes, last=events[-1].feed_number or after if events else after)


def _refuse_gap(after: int) -> None:
    if after > 0:
        oldest = Event.objects.filter(feed_number__isnull=False).aggregate(number=Min("feed_number"))["number"]
        if oldest is None or oldest > after + 1:
            raise CursorExpired(_("Changes after this cursor are no longer kept; read everything anew, then go on"))


def _after(after: int, *, names: Collection[str] | None, tenant_ids: Collection[int] | None) -> QuerySet[Event]:
    events = Event.objects.filter(feed_number__gt=after).order_by("feed_number")
    if names is not None:
        events = events.filter(name__in=names)
    if tenant_ids is not None:
        ids = list(tenant_ids)
        among_theirs = RawSQL(AMONG_THEIRS, [ids], output_field=BooleanField())  # noqa: S611  constant text
        events = events.filter(Q(tenant_id__in=ids) | (Q(tenant_id__isnull=True) & Q(among_theirs)))
    return events


def _change(event: Event, tenant_ids: Collection[int] | None) -> Change:
    payload = event.payload
    if tenant_ids is not None and "tenant_ids" in payload:
        payload = payload | {"tenant_ids": [one for one in payload["tenant_ids"] if one in tenant_ids]}
    return Change(id=event.pk, name=event.name, tenant_id=event.tenant_id, payload=payload, at=event.at)


def _wait_for(due: QuerySet[Event], *, until: float) -> list[Event]:
    while (left := until - time.monotonic()) > 0:
        connection.close()  # a waiting reader needs none, others do
        time.sleep(min(LOOKS_EVERY, left))
        if events := list(due.all()):
            return events
    return []
