from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.enums import TokenScope
from tenants.models.visibility import TenantQuerySet


class TokenQuerySet(TenantQuerySet):
    """Known to who knows its user."""

    tenant_path = "user__requester__tenant_id"

    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        if not tenant_ids:
            return super().in_tenants(tenant_ids)
        return self.filter(Q(user__requester=None) | Q(user__requester__tenant_id__in=tenant_ids))


class ApiToken(models.Model):
    """A key for programs. Only its SHA-256 is kept; `prefix` is what people recognise it by."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text=_("What it is for."))
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=TokenScope),
        help_text=_("They only narrow what the user may do."),
    )
    automation = models.BooleanField(
        default=False, help_text=_("A program speaks, not a person: what it says never meets a clock.")
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    grants: list[dict[str, Any]]  # of its user, in force: read by `domain.tokens.token_for`, no column
    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="token_scopes_known", condition=Q(scopes__contained_by=TokenScope.values)),
            models.CheckConstraint(name="token_scopes_not_empty", condition=Q(scopes__len__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
