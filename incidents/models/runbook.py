"""Runbooks: what to do, by whom it was done, and what came of it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.enums import Right
from tenants.models.visibility import TenantQuerySet, allowed_tenant_ids


class RunbookQuerySet(TenantQuerySet):
    def visible_to(self, reader, right=Right.SEE_CASES):
        """Runbooks for everyone, and those of the reader's tenants."""
        tenant_ids = allowed_tenant_ids(reader, right)
        if tenant_ids is None:
            return self
        if not tenant_ids:
            return self.none()
        return self.filter(Q(tenant__isnull=True) | Q(tenant_id__in=tenant_ids))


class Runbook(models.Model):
    title = models.CharField(max_length=200, unique=True)
    summary = models.TextField(blank=True)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: for every tenant."),
    )
    error_codes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    steps = ArrayField(models.CharField(max_length=500), default=list, help_text=_("One a line, in order."))
    escalate_to = models.CharField(max_length=200, blank=True, help_text=_("Who is next when the steps do not help."))
    version = models.PositiveIntegerField(default=1)

    objects = RunbookQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        indexes = [GinIndex(name="runbook_error_codes", fields=["error_codes"])]

    def __str__(self) -> str:
        return self.title


class RunbookRun(models.Model):
    """One use of a runbook, on a frozen copy of its steps, so that a later edit rewrites no history.

    `steps` is `[{"text", "outcome": null|"done"|"skipped"|"failed", "note", "by", "at"}]`.
    """

    runbook = models.ForeignKey(Runbook, on_delete=models.PROTECT, related_name="runs")
    runbook_version = models.PositiveIntegerField()
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(
        "incidents.Incident", null=True, blank=True, on_delete=models.PROTECT, related_name="runbook_runs"
    )
    steps = models.JSONField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.runbook} {self.started_at:%Y-%m-%d %H:%M}"
