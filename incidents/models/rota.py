"""Who orchestrates the desk today, who is on call, and whom we called."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from incidents.enums import PageStatus


class RotaShift(models.Model):
    """The weekday desk rota: one person a day orchestrates the answers to clients."""

    day = models.DateField(unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.user}"


class _Span(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class OnCall(models.Model):
    """Round-the-clock on-call, from `starts_at` up to but not including `ends_at`; one person a step at a time."""

    step = models.PositiveSmallIntegerField(default=1, help_text=_("1 is paged first; 2 when 1 does not answer."))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "step"]
        constraints = [
            models.CheckConstraint(name="oncall_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            ExclusionConstraint(
                name="oncall_one_a_step",
                expressions=[
                    ("step", RangeOperators.EQUAL),
                    (_Span("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.starts_at:%Y-%m-%d %H:%M}"


class Page(models.Model):
    """One call to one person. `key` with the step makes a repeat quiet: the same trouble pages a person once."""

    key = models.CharField(max_length=200)
    step = models.PositiveSmallIntegerField(default=1)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whom it is about; empty where several tenants of an incident wait behind one call."),
    )
    incident = models.ForeignKey(
        "incidents.Incident", null=True, blank=True, on_delete=models.PROTECT, related_name="pages"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    url = models.CharField(max_length=200, blank=True, help_text=_("Where to look first: an address on this desk."))
    status = models.CharField(max_length=12, choices=PageStatus, default=PageStatus.SENT)
    sent_at = models.DateTimeField()
    escalates_at = models.DateTimeField(null=True, help_text=_("Without an answer by then the next one is paged."))
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="page_key_step_user_once", fields=["key", "step", "user"]),
            models.CheckConstraint(
                name="page_acknowledged_at_iff_acknowledged",
                condition=Q(status="acknowledged", acknowledged_at__isnull=False, acknowledged_by__isnull=False)
                | (~Q(status="acknowledged") & Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="page_unanswered", fields=["escalates_at"], condition=Q(status="sent")),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.reason}"


class PageTenant(models.Model):
    """A tenant that waits behind a call about an incident; others may join while the call stands."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="tenant_links")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="page_tenant_once", fields=["page", "tenant"])]
