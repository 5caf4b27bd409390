from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models.visibility import TenantQuerySet


class SlaReview(models.Model):
    """We go through a client's promises with them, due by a day; of those that are not held yet a client has one."""

    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="sla_reviews")
    due_on = models.DateField(help_text=_("In the client's zone."))
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("SLA review")
        verbose_name_plural = _("SLA reviews")
        ordering = ["-due_on", "tenant"]
        constraints = [
            models.UniqueConstraint(name="sla_review_one_open", fields=["tenant"], condition=Q(held_at=None)),
            models.CheckConstraint(
                name="sla_review_held_whole",
                condition=Q(held_at__isnull=False, held_by__isnull=False) & ~Q(outcome="")
                | Q(held_at__isnull=True, held_by__isnull=True, outcome=""),
            ),
        ]
        indexes = [models.Index(name="sla_review_due", fields=["due_on"], condition=Q(held_at=None))]

    def __str__(self) -> str:
        return f"{self.tenant}, {self.due_on:%-d %B %Y}"
