"""What closed cases teach the backlogs: one event a proposal, told at least once under a stable id (CloudEvents)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reporting.enums import Backlog
from tenants.models.visibility import TenantQuerySet


class CategoryBacklog(models.Model):
    """Where the cases of a category feed back. A category without a row is judged by the case itself."""

    category = models.OneToOneField("cases.Category", on_delete=models.CASCADE, related_name="+")
    backlog = models.CharField(max_length=11, choices=Backlog)

    class Meta:
        ordering = ["category__name"]
        verbose_name = _("backlog of a category")
        verbose_name_plural = _("backlogs by category")

    def __str__(self) -> str:
        return f"{self.category} → {self.get_backlog_display()}"


class FeedbackEvent(models.Model):
    """`event_id` follows from case, window and place, so that emitting twice is emitting once. Append-only."""

    event_id = models.UUIDField(unique=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    segment = models.CharField(max_length=80)
    backlog = models.CharField(max_length=11, choices=Backlog)
    proposal = models.TextField()
    data = models.JSONField(default=dict)
    emitted_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(name="feedback_of_backlog", fields=["backlog", "-emitted_at"])]

    def __str__(self) -> str:
        return self.proposal
