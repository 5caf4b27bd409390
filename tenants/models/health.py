from django.db import models
from django.db.models import Q

from tenants.enums import SnapshotKind, SnapshotStatus
from tenants.models.resource import Resource
from tenants.models.tenant import TenantOwned


class HealthSnapshot(TenantOwned):
    """One reading that was pushed to us: what `name` was at `taken_at`. Written by `domain/telemetry.py` only."""

    resource = models.ForeignKey(Resource, null=True, blank=True, on_delete=models.PROTECT, related_name="snapshots")
    kind = models.CharField(max_length=16, choices=SnapshotKind)
    name = models.CharField(max_length=120)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    threshold = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    status = models.CharField(max_length=5, choices=SnapshotStatus)
    data = models.JSONField(default=dict, blank=True)
    taken_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-taken_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="snapshot_status_known", condition=Q(status__in=SnapshotStatus.values)),
            models.CheckConstraint(name="snapshot_kind_known", condition=Q(kind__in=SnapshotKind.values)),
            models.UniqueConstraint(
                name="snapshot_once",
                fields=["tenant", "resource", "kind", "name", "taken_at"],
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(name="snapshot_latest", fields=["tenant", "kind", "name", "resource", "-taken_at"]),
            models.Index(name="snapshot_of_kind", fields=["tenant", "kind", "-taken_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
