"""Readings over time, as a plot wants them: in stretches, each with its extremes, so that no spike is lost; and what
was changed, newest first.

At size the work is the database's: what leaves it are some hundred numbers a series, whatever was sent.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from tenants.domain.newest import is_among
from tenants.enums import SnapshotKind, SnapshotStatus
from tenants.models import HealthSnapshot

# The last value by an array's order: to sort each stretch for it took twice as long (864,000 readings of 30 days).
STRETCHES = """
select kind, name, resource_id, date_bin(%s::interval, taken_at, 'epoch'::timestamptz) as starts_at,
    min(value), max(value),
    (max(array[extract(epoch from taken_at), value]))[2], max(taken_at), sum(value), count(*),
    max(case status when 'red' then 2 when 'amber' then 1 else 0 end)
from tenants_healthsnapshot
where tenant_id = %s and kind = any(%s::text[]) and taken_at > %s and taken_at <= %s and value is not null
group by kind, name, resource_id, starts_at
order by starts_at
"""
SEVERITY = (SnapshotStatus.GREEN, SnapshotStatus.AMBER, SnapshotStatus.RED)

# What says the same as the one before it is no change, however often it is sent again.
LOOKED_AT = 500  # of each kind, the newest
CHANGED = """
select id from (
    select id, row_number() over (partition by kind order by taken_at desc) as place from (
        select recent.*, lag(recent.id) over series is null
            or status is distinct from lag(status) over series
            or value is distinct from lag(value) over series
            or data is distinct from lag(data) over series as changed
        from unnest(%s::text[]) as wanted(kind), lateral (
            select id, kind, name, resource_id, status, value, data, taken_at from tenants_healthsnapshot
            where tenant_id = %s and kind = wanted.kind and taken_at <= %s
            order by taken_at desc limit %s
        ) as recent
        window series as (partition by recent.kind, name, resource_id order by taken_at)
    ) as compared where changed
) as told where place <= %s
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was read from `starts_at` on, for as long as the plot's step. `worst` of its readings."""

    starts_at: datetime
    low: Decimal
    high: Decimal
    last: Decimal
    last_at: datetime
    total: Decimal
    count: int
    worst: SnapshotStatus


Key = tuple[str, str, int | None]  # kind, name and resource


def stretches(
    tenant_id: int, *, kinds: Collection[SnapshotKind], since: datetime, until: datetime, step: timedelta
) -> dict[Key, list[Stretch]]:
    """By series, oldest first. Nothing stands where nothing was read."""
    with connection.cursor() as cursor:
        asked: list[Any] = [step, tenant_id, sorted(kinds), since, until]
        cursor.execute(STRETCHES, asked)
        found: dict[Key, list[Stretch]] = defaultdict(list)
        for kind, name, resource_id, starts_at, low, high, last, last_at, total, count, worst in cursor.fetchall():
            found[kind, name, resource_id].append(
                Stretch(starts_at, low, high, last, last_at, total, count, SEVERITY[worst])
            )
        return dict(found)


def changes(tenant_id: int, *, kinds: Collection[SnapshotKind], until: datetime, most: int) -> QuerySet[HealthSnapshot]:
    """Of each kind the newest that changed something, `most` at most; all of them newest first."""
    changed = is_among(CHANGED, [sorted(kinds), tenant_id, until, LOOKED_AT, most])
    return HealthSnapshot.objects.filter(changed).select_related("resource").order_by("-taken_at", "-pk")
