from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import Level
from tenants.models.visibility import TenantQuerySet


class Escalation(models.Model):
    """A case handed to another support level, with a word to the client about when, or without."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="escalations", db_constraint=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    from_level = models.CharField(max_length=2, choices=Level)
    to_level = models.CharField(max_length=2, choices=Level)
    known_issues_searched = models.BooleanField(default=False)
    target_at = models.DateTimeField(null=True, blank=True)
    target_told_to = models.CharField(max_length=200, blank=True, help_text=_("Who of the client was told"))
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=80)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(name="cases_escalation_at", fields=["at"])]
        constraints = [
            models.CheckConstraint(
                name="cases_escalation_target_told",
                condition=Q(target_at__isnull=True, target_told_to="")
                | (Q(target_at__isnull=False) & ~Q(target_told_to="")),
            ),
        ]
