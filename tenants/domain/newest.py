"""The newest reading of each series, found by as many steps through an index as there are series.

A series is one kind, name and resource of a tenant. DISTINCT ON would read every snapshot that the tenant ever had, at
each look. Django writes no recursion.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from tenants.enums import SnapshotKind, SnapshotStatus
from tenants.models import HealthSnapshot

STALE_AFTER = timedelta(hours=24)

# Through the index `snapshot_latest`, which alone has each of these orders, a kind at a time. Behind a series comes the
# same name on the next resource, then the same name on none (empty ones stand last in the index), then the next name.
OF_TENANT = """
with recursive newest(id, kind, name, resource_id) as (
    select begun.* from unnest(%s::text[]) as wanted(kind), lateral (
        select id, kind, name, resource_id from tenants_healthsnapshot
        where tenant_id = %s and kind = wanted.kind and taken_at <= %s
        order by name, resource_id, taken_at desc limit 1
    ) as begun
    union all
    select beyond.id, beyond.kind, beyond.name, beyond.resource_id from newest as this, lateral (
        (select 1 as turn, id, kind, name, resource_id from tenants_healthsnapshot
         where tenant_id = %s and kind = this.kind and name = this.name and resource_id > this.resource_id
             and taken_at <= %s
         order by resource_id, taken_at desc limit 1)
        union all
        (select 2, id, kind, name, resource_id from tenants_healthsnapshot
         where tenant_id = %s and kind = this.kind and name = this.name and resource_id is null
             and this.resource_id is not null and taken_at <= %s
         order by resource_id, taken_at desc limit 1)
        union all
        (select 3, id, kind, name, resource_id from tenants_healthsnapshot
         where tenant_id = %s and kind = this.kind and name > this.name and taken_at <= %s
         order by name, resource_id, taken_at desc limit 1)
        order by turn limit 1
    ) as beyond
)
select id from newest
"""

# Backwards through what keeps snapshots unique, which has the resource in front.
OF_RESOURCES = """
with recursive place(tenant_id, resource_id) as (
    select tenant_id, id from tenants_resource where id = any(%s) and tenant_id is not null
    union
    select tenant_id, resource_id from tenants_resourcetenant where resource_id = any(%s)
), newest(tenant_id, resource_id, kind, name, status, taken_at) as (
    select place.tenant_id, place.resource_id, begun.* from place, unnest(%s::text[]) as wanted(kind), lateral (
        select kind, name, status, taken_at from tenants_healthsnapshot
        where tenant_id = place.tenant_id and resource_id = place.resource_id and kind = wanted.kind
        order by name desc, taken_at desc limit 1
    ) as begun
    union all
    select this.tenant_id, this.resource_id, beyond.* from newest as this, lateral (
        select kind, name, status, taken_at from tenants_healthsnapshot
        where tenant_id = this.tenant_id and resource_id = this.resource_id and kind = this.kind and name < this.name
        order by name desc, taken_at desc limit 1
    ) as beyond
)
select resource_id, status, taken_at from newest
"""


@dataclass(frozen=True)
class Latest:
    snapshot: HealthSnapshot
    stale: bool  # taken more than 24 hours ago


def latest(tenant_id: int, *, at: datetime, kinds: Collection[SnapshotKind] = frozenset(SnapshotKind)) -> list[Latest]:
    """The newest reading of each kind, name and resource, in this order."""
    rows = newest_rows(tenant_id, at=at, kinds=kinds).select_related("resource")
    shown = rows.order_by("kind", "name", "resource_id")
    return [Latest(row, stale=row.taken_at < at - STALE_AFTER) for row in shown]


def newest_rows(tenant_id: int, *, at: datetime, kinds: Collection[SnapshotKind]) -> QuerySet[HealthSnapshot]:
    place = (tenant_id, at + STALE_AFTER)
    return HealthSnapshot.objects.filter(is_among(OF_TENANT, [sorted(kinds), *place, *place, *place, *place]))


def is_among(ids: str, params: Sequence[Any]) -> RawSQL:
    """Of a query for snapshots that is no subquery. As an array they are looked up one by one: of a join the database
    expects so many that it would rather read the table.
    """
    condition = f'"tenants_healthsnapshot"."id" = any(array({ids}))'
    return RawSQL(condition, params, output_field=BooleanField())  # noqa: S611  SQL of this room's own


def newest_of_resources(
    resource_ids: Iterable[int], *, kinds: Collection[SnapshotKind]
) -> list[tuple[int, SnapshotStatus, datetime]]:
    """(resource, status, when) of each series there, of the tenants that have or use the resource."""
    ids = list(resource_ids)
    with connection.cursor() as cursor:
        cursor.execute(OF_RESOURCES, [ids, ids, sorted(kinds)])
        return [(resource_id, SnapshotStatus(status), taken_at) for resource_id, status, taken_at in cursor.fetchall()]
