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
    tenant_ids = list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
    return sum(_forget(tenant_id, at=at) for tenant_id in tenant_ids)


def _forget(tenant_id: int, *, at: datetime) -> int:
    """A kind at a time: the index that finds what is old begins with it."""
    newest = list(newest_rows(tenant_id, at=at, kinds=set(SnapshotKind)).values_list("pk", flat=True))
    old = HealthSnapshot.objects.filter(tenant_id=tenant_id, taken_at__lt=at - settings.SNAPSHOTS_KEPT)
    forgotten = 0
    for kind in SnapshotKind:
        of_kind = old.filter(kind=kind).exclude(pk__in=newest).order_by("taken_at")
        while ids := list(of_kind.values_list("pk", flat=True)[:BATCH]):
            with unit_of_work("system"):
                HealthSnapshot.objects.filter(pk__in=ids).delete()
            forgotten += len(ids)
    return forgotten
