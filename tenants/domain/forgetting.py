"""Snapshots that are older than anybody looks back go, a batch a transaction; the newest of each series stays."""

from datetime import datetime

from django.conf import settings

from config.db import unit_of_work
from tenants.domain.newest import newest_rows
from tenants.enums import SnapshotKind
from tenants.models import HealthSnapshot, Tenant

BATCH = 5000


def forget_snapshots(*, at: datetime) -> int:
    """How many went. Interrupted or run twice, it only goes on."""
    return sum(
        _forget(tenant_id, kind, at=at)
        for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True)
        for kind in SnapshotKind
    )


def _forget(tenant_id: int, kind: SnapshotKind, *, at: datetime) -> int:
    """A kind at a time: the index that finds what is old begins with it."""
    old = (
        HealthSnapshot.objects.filter(tenant_id=tenant_id, kind=kind, taken_at__lt=at - settings.SNAPSHOTS_KEPT)
        .exclude(pk__in=newest_rows(tenant_id, at=at, kinds={kind}).order_by().values("pk"))
        .order_by("taken_at")
    )
    forgotten = 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        with unit_of_work("system"):
            HealthSnapshot.objects.filter(pk__in=ids).delete()
        forgotten += len(ids)
    return forgotten
