"""What was changed and what was looked at: written once, kept by the database (migrations/0002)."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tenants.enums import AuditOp
from tenants.models.visibility import TenantQuerySet


class AuditEntry(models.Model):
    """One change of one row. `old` and `new` hold the changed columns only; secrets appear as '***'.

    Neither user nor tenant is a foreign key: what they point at may go, the entry stays.
    """

    at = models.DateTimeField(db_default=models.functions.Now())
    actor = models.CharField(max_length=40, db_default="", help_text="user:7, customer:12, system …; empty: by hand")
    request_id = models.CharField(max_length=100, db_default="")
    ip = models.GenericIPAddressField(null=True)
    table_name = models.CharField(max_length=63)
    row_id = models.CharField(max_length=64, db_default="")
    tenant_id = models.BigIntegerField(null=True)
    op = models.CharField(max_length=14, choices=AuditOp)
    old = models.JSONField(db_default={})
    new = models.JSONField(db_default={})

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-pk"]
        indexes = [
            models.Index(name="audit_row", fields=["table_name", "row_id", "-id"]),
            models.Index(name="audit_tenant", fields=["tenant_id", "-id"]),
            models.Index(name="audit_actor", fields=["actor", "-id"]),
            models.Index(name="audit_at", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id} {self.get_op_display()}"


class AccessEntryQuerySet(TenantQuerySet):
    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        """Only entries all of whose tenants are among these: an entry names whom it showed."""
        if not tenant_ids:
            return super().in_tenants(tenant_ids)
        return self.filter(tenant_ids__contained_by=sorted(tenant_ids))

    def for_tenant(self, tenant: Any) -> Self:
        return self.filter(tenant_ids__contains=[getattr(tenant, "pk", tenant)])


class AccessEntry(models.Model):
    """One request in which somebody was shown tenants' data, and the grants that allowed it."""

    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=40)
    request_id = models.CharField(max_length=100, blank=True)
    ip = models.GenericIPAddressField(null=True)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    tenant_ids = ArrayField(models.BigIntegerField())
    grant_ids = ArrayField(models.BigIntegerField())
    rows = models.PositiveIntegerField()

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "access entries"
        ordering = ["-pk"]
        indexes = [
            GinIndex(name="access_tenants", fields=["tenant_ids"], fastupdate=True),
            models.Index(name="access_user", fields=["user_id", "-id"]),
            models.Index(name="access_at", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.method} {self.path}"
