"""Health as it is pushed to us: readings by data contract. What is read of them: `newest.py`, `series.py`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Invalid
from tenants.domain.actors import Actor
from tenants.domain.contracts import MAX_SNAPSHOTS, Snapshot, broken
from tenants.domain.newest import STALE_AFTER, newest_of_resources
from tenants.enums import Health, Right, SnapshotKind, SnapshotStatus
from tenants.models import Resource

SPEAKS_OF_HEALTH = frozenset({SnapshotKind.SLI, SnapshotKind.ERROR_RATE, SnapshotKind.ALERT})
HEALTH_OF = {
    SnapshotStatus.GREEN: Health.OK,
    SnapshotStatus.AMBER: Health.DEGRADED,
    SnapshotStatus.RED: Health.DOWN,
}
WORSE = [Health.OK, Health.DEGRADED, Health.DOWN]
INSERT = """
insert into tenants_healthsnapshot
    (tenant_id, received_at, resource_id, kind, name, value, threshold, status, data, taken_at)
select %s, %s, new.* from jsonb_to_recordset(%s::jsonb) as new (
    resource_id bigint, kind text, name text, value numeric, threshold numeric, status text, data jsonb,
    taken_at timestamptz)
on conflict do nothing
"""


@dataclass(frozen=True)
class Recorded:
    stored: int
    known_already: int


def record(*, tenant_id: int, snapshots: Sequence[Snapshot], by: Actor, at: datetime) -> Recorded:
    """All or nothing: one snapshot that breaks its contract refuses the batch (Invalid), and the old values stay.

    Sending the same reading again changes nothing. A resource takes the worst of its newest readings as its health.
    """
    by.require(Right.SEND_TELEMETRY, tenant_id=tenant_id)
    if not 1 <= len(snapshots) <= MAX_SNAPSHOTS:
        raise Invalid(
            _("1 to %(most)s snapshots at once.") % {"most": MAX_SNAPSHOTS},
            field="snapshots",
            code="batch-size",
        )
    errors = [
        {"field": f"snapshots.{place}.{field}", "code": code, "message": message}
        for place, snapshot in enumerate(snapshots)
        for field, code, message in broken(snapshot, at=at)
    ]
    with unit_of_work(by.label):
        keys = {key for snapshot in snapshots if (key := snapshot.get("resource"))}
        resources = _resources(keys, tenant_id=tenant_id)
        errors += [
            {
                "field": f"snapshots.{place}.resource",
                "code": "does-not-exist",
                "message": _("No such resource of this tenant."),
            }
            for place, snapshot in enumerate(snapshots)
            if snapshot.get("resource") and snapshot["resource"] not in resources
        ]
        if errors:
            raise Invalid(_("Some snapshots break their contract; none was stored."), errors=errors[:100])
        stored = _insert(snapshots, tenant_id=tenant_id, resources=resources, at=at)
        if stored and resources:
            _update_health(resources.values())
    return Recorded(stored=stored, known_already=len(snapshots) - stored)


def _resources(keys: set[str], *, tenant_id: int) -> dict[str, Resource]:
    """The tenant's own and the shared ones that it uses, locked: two batches must not undo each other's health."""
    if not keys:
        return {}
    of_tenant = Q(tenant_id=tenant_id) | Q(tenant__isnull=True, users__tenant_id=tenant_id)
    ids = Resource.objects.filter(of_tenant, key__in=keys).values("pk")
    return {row.key: row for row in Resource.objects.filter(pk__in=ids).locked()}


def _insert(snapshots: Sequence[Snapshot], *, tenant_id: int, resources: dict[str, Resource], at: datetime) -> int:
    """How many are new. By one statement that knows itself: to count the tenant's rows before and after took longer
    with each one it had.
    """
    rows = [_row(snapshot, resources=resources) for snapshot in snapshots]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [tenant_id, at, json.dumps(rows)])
        return cursor.rowcount


def _row(snapshot: Snapshot, *, resources: dict[str, Resource]) -> dict[str, Any]:
    key = snapshot.get("resource")
    return {
        "resource_id": resources[key].pk if key else None,
        "kind": snapshot["kind"],
        "name": snapshot["name"].strip(),
        "value": _decimal(snapshot.get("value")),
        "threshold": _decimal(snapshot.get("threshold")),
        "status": snapshot["status"],
        "data": snapshot.get("data") or {},
        "taken_at": snapshot["taken_at"].isoformat(),
    }


def _decimal(number: Any) -> str | None:
    return None if number is None else str(round(Decimal(str(number)), 6))


def _update_health(resources: Iterable[Resource]) -> None:
    """One reading and one writing statement, however many resources there are."""
    rows = list(resources)
    readings: dict[int, list[tuple[Health, datetime]]] = {}
    for resource_id, status, taken_at in newest_of_resources([row.pk for row in rows], kinds=SPEAKS_OF_HEALTH):
        readings.setdefault(resource_id, []).append((HEALTH_OF[status], taken_at))
    told = [row for row in rows if row.pk in readings]
    for row in told:
        row.health_at = max(taken_at for _health, taken_at in readings[row.pk])
        # A reading a day older than the newest says nothing about now.
        current = [health for health, taken_at in readings[row.pk] if taken_at >= row.health_at - STALE_AFTER]
        row.health = max(current, key=WORSE.index)
        row.revision += 1
    Resource.objects.bulk_update(told, ["health", "health_at", "revision"])
