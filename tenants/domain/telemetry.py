"""Health as it is pushed to us: readings by data contract, the newest of each, and what has grown stale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from config.db import unit_of_work
from config.errors import Invalid
from tenants.domain.actors import Actor
from tenants.domain.contracts import MAX_SNAPSHOTS, Snapshot, broken
from tenants.enums import Health, Right, SnapshotKind, SnapshotStatus
from tenants.models import HealthSnapshot, Resource

STALE_AFTER = timedelta(hours=24)
SPEAKS_OF_HEALTH = frozenset({SnapshotKind.SLI, SnapshotKind.ERROR_RATE, SnapshotKind.ALERT})
HEALTH_OF = {
    SnapshotStatus.GREEN: Health.OK,
    SnapshotStatus.AMBER: Health.DEGRADED,
    SnapshotStatus.RED: Health.DOWN,
}
WORSE = [Health.OK, Health.DEGRADED, Health.DOWN]


@dataclass(frozen=True)
class Recorded:
    stored: int
    known_already: int


@dataclass(frozen=True)
class Latest:
    snapshot: HealthSnapshot
    stale: bool  # taken more than 24 hours ago


def record(*, tenant_id: int, snapshots: Sequence[Snapshot], by: Actor, at: datetime) -> Recorded:
    """All or nothing: one snapshot that breaks its contract refuses the batch (Invalid), and the old values stay.

    Sending the same reading again changes nothing. A resource takes the worst of its newest readings as its health.
    """
    by.require(Right.SEND_TELEMETRY, tenant_id=tenant_id)
    if not 1 <= len(snapshots) <= MAX_SNAPSHOTS:
        raise Invalid(f"1 to {MAX_SNAPSHOTS} snapshots at once.", field="snapshots", code="batch-size")
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
                "message": "No such resource of this tenant.",
            }
            for place, snapshot in enumerate(snapshots)
            if snapshot.get("resource") and snapshot["resource"] not in resources
        ]
        if errors:
            raise Invalid("Some snapshots break their contract; none was stored.", errors=errors[:100])
        before = HealthSnapshot.objects.filter(tenant_id=tenant_id, received_at=at).count()
        HealthSnapshot.objects.bulk_create(
            [_row(snapshot, tenant_id=tenant_id, resources=resources, at=at) for snapshot in snapshots],
            ignore_conflicts=True,
        )
        stored = HealthSnapshot.objects.filter(tenant_id=tenant_id, received_at=at).count() - before
        if stored:
            _update_health(resources.values())
    return Recorded(stored=stored, known_already=len(snapshots) - stored)


def latest(tenant_id: int, *, at: datetime) -> list[Latest]:
    """The newest reading of each kind, name and resource, in this order."""
    rows = (
        HealthSnapshot.objects.for_tenant(tenant_id)
        .filter(taken_at__lte=at + STALE_AFTER)
        .select_related("resource")
        .order_by("kind", "name", "resource_id", "-taken_at", "-pk")
        .distinct("kind", "name", "resource_id")
    )
    return [Latest(row, stale=row.taken_at < at - STALE_AFTER) for row in rows]


def _resources(keys: set[str], *, tenant_id: int) -> dict[str, Resource]:
    """The tenant's own and the shared ones that it uses, locked: two batches must not undo each other's health."""
    if not keys:
        return {}
    of_tenant = Q(tenant_id=tenant_id) | Q(tenant__isnull=True, users__tenant_id=tenant_id)
    ids = Resource.objects.filter(of_tenant, key__in=keys).values("pk")
    return {row.key: row for row in Resource.objects.filter(pk__in=ids).locked()}


def _row(snapshot: Snapshot, *, tenant_id: int, resources: dict[str, Resource], at: datetime) -> HealthSnapshot:
    key = snapshot.get("resource")
    return HealthSnapshot(
        tenant_id=tenant_id,
        resource=resources[key] if key else None,
        kind=snapshot["kind"],
        name=snapshot["name"].strip(),
        value=_decimal(snapshot.get("value")),
        threshold=_decimal(snapshot.get("threshold")),
        status=snapshot["status"],
        data=snapshot.get("data") or {},
        taken_at=snapshot["taken_at"],
        received_at=at,
    )


def _decimal(number: Any) -> Decimal | None:
    return None if number is None else round(Decimal(str(number)), 6)


def _update_health(resources: Iterable[Resource]) -> None:
    """One reading and one writing statement, however many resources there are."""
    rows = list(resources)
    newest = (
        HealthSnapshot.objects.filter(resource__in=rows, kind__in=SPEAKS_OF_HEALTH)
        .order_by("resource_id", "tenant_id", "kind", "name", "-taken_at", "-pk")
        .distinct("resource_id", "tenant_id", "kind", "name")
        .values_list("resource_id", "status", "taken_at")
    )
    readings: dict[int, list[tuple[Health, datetime]]] = {}
    for resource_id, status, taken_at in newest:
        readings.setdefault(resource_id, []).append((HEALTH_OF[SnapshotStatus(status)], taken_at))
    told = [row for row in rows if row.pk in readings]
    for row in told:
        row.health_at = max(taken_at for _health, taken_at in readings[row.pk])
        # A reading a day older than the newest says nothing about now.
        current = [health for health, taken_at in readings[row.pk] if taken_at >= row.health_at - STALE_AFTER]
        row.health = max(current, key=WORSE.index)
        row.revision += 1
    Resource.objects.bulk_update(told, ["health", "health_at", "revision"])
