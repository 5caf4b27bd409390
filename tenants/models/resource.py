from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tenants.enums import Health
from tenants.models.fields import KeyField
from tenants.models.tenant import Tenant
from tenants.models.visibility import TenantQuerySet


class ResourceQuerySet(TenantQuerySet):
    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        """Their own, and the shared ones that they use."""
        if not tenant_ids:
            return super().in_tenants(tenant_ids)
        used = ResourceTenant.objects.filter(resource=OuterRef("pk"), tenant_id__in=tenant_ids)
        return self.filter(Q(tenant_id__in=tenant_ids) | Q(Exists(used), tenant__isnull=True))

    def matching(self, words: str) -> Self:
        return self.filter(Q(name__icontains=words) | Q(key__icontains=words))


class Resource(models.Model):
    """A service, database, queue … of a tenant, or shared by several (`tenant` empty, `ResourceTenant` says whose)."""

    key = KeyField(unique=True, max_length=120)
    name = models.CharField(max_length=200)
    kind = KeyField(help_text=_("Such as service, database, queue."))
    tenant = models.ForeignKey(
        Tenant,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="resources",
        help_text=_("Empty: part of the shared platform."),
    )
    region = KeyField(blank=True)
    version = models.CharField(max_length=80, blank=True, help_text=_("The version that runs."))
    config_snapshot = models.JSONField(default=dict, blank=True)
    health = models.CharField(max_length=8, choices=Health, default=Health.UNKNOWN)
    health_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(name="resource_health_known", condition=Q(health__in=Health.values)),
            models.CheckConstraint(
                name="resource_known_health_has_time", condition=Q(health="unknown") | Q(health_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ResourceTenant(models.Model):
    """`tenant` uses this (shared) resource."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="users")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="used_resources")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["resource_id", "tenant_id"]
        constraints = [models.UniqueConstraint(name="resource_tenant_once", fields=["resource", "tenant"])]

    def __str__(self) -> str:
        return f"{self.tenant}"


class ResourceEdge(models.Model):
    """Trouble in `upstream` reaches `downstream`. Cycles are allowed: real systems have them."""

    upstream = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="downstream_edges")
    downstream = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="upstream_edges")

    class Meta:
        ordering = ["upstream_id", "downstream_id"]
        constraints = [
            models.UniqueConstraint(name="resource_edge_once", fields=["upstream", "downstream"]),
            models.CheckConstraint(name="resource_edge_between_two", condition=~Q(upstream=F("downstream"))),
        ]

    def __str__(self) -> str:
        return f"{self.upstream_id} → {self.downstream_id}"
