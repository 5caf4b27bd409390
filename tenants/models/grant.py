from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.enums import GrantScope, Role
from tenants.models.fields import KeyField
from tenants.models.tenant import Tenant
from tenants.models.visibility import TenantQuerySet


class GrantQuerySet(TenantQuerySet):
    def in_force(self, at: datetime) -> Self:
        """Begun, not ended, not revoked at that moment."""
        return self.filter(
            Q(until__isnull=True) | Q(until__gt=at),
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=at),
            created_at__lte=at,
        )

    def with_reach(self) -> Self:
        """`reach`: the ids of the tenants of this grant's tenant, segment or region; an empty list for scope `all`."""
        inside = (
            Q(pk=OuterRef("tenant_id"))
            | (~Q(segment="") & Q(segment=OuterRef("segment")))
            | (~Q(region="") & Q(region=OuterRef("region")))
        )
        return self.annotate(reach=ArraySubquery(Tenant.objects.filter(inside).order_by().values("pk")))


class Grant(models.Model):
    """A role, somewhere, for a time, for a reason. Ended by `until` or `revoked_at`, never edited or deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=8, choices=Role)
    scope = models.CharField(max_length=8, choices=GrantScope)
    tenant = models.ForeignKey(Tenant, null=True, blank=True, on_delete=models.PROTECT, related_name="grants")
    segment = KeyField(blank=True)
    region = KeyField(blank=True)
    until = models.DateTimeField(null=True, blank=True, help_text=_("Empty: until it is revoked."))
    reason = models.CharField(max_length=500)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    reach: list[int]  # of rows read by `with_reach`
    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["user_id", "-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="grant_scope_names_its_place",
                condition=Q(scope="all", tenant__isnull=True, segment="", region="")
                | Q(Q(scope="tenant", tenant__isnull=False, segment="", region=""))
                | Q(~Q(segment=""), scope="segment", tenant__isnull=True, region="")
                | Q(~Q(region=""), scope="region", tenant__isnull=True, segment=""),
            ),
            models.CheckConstraint(name="grant_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="grant_client_in_one_tenant", condition=~Q(role="client") | Q(scope="tenant")),
            models.CheckConstraint(
                name="grant_ends_after_start", condition=Q(until__isnull=True) | Q(until__gt=F("created_at"))
            ),
            models.CheckConstraint(name="grant_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="grant_revoked_after_start",
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.place}"

    @property
    def place(self) -> str:
        """Where it holds, for people; reads `tenant` for scope tenant."""
        if self.scope == GrantScope.TENANT:
            return str(self.tenant)
        return self.segment or self.region or str(_("every tenant"))
