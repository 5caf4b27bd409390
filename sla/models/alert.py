from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.enums import AlertKind, AlertStatus, RecipientRole
from sla.models.clock import Clock
from tenants.models.visibility import TenantQuerySet


class CauseCode(models.Model):
    """Why a promise was broken; the list is the desk's own."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """A warning or a breach that people must see. `raised_at` is when it became true, `noticed_at` when we saw it."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, null=True, blank=True, related_name="alerts")
    kind = models.CharField(max_length=10, choices=AlertKind)
    step = models.PositiveSmallIntegerField(default=0, help_text=_("Which warning, from 1; 0 for a breach."))
    generation = models.PositiveIntegerField(default=1, help_text=_("Which due time of the clock this is about."))
    title = models.CharField(max_length=300)
    raised_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=AlertStatus, default=AlertStatus.OPEN)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    real_risk = models.BooleanField(null=True, blank=True, help_text=_("The answer to 'is the risk real?'."))
    reason = models.TextField(blank=True, default="")
    tell_at = models.DateTimeField(help_text=_("When people hear of it: at once, or when the desk opens."))
    addressed_at = models.DateTimeField(null=True, blank=True, help_text=_("When the people to tell were found."))
    nobody = models.CharField(
        max_length=200, blank=True, default="", help_text=_("Roles that nobody holds, so nobody was told.")
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind", "step", "generation"],
                condition=Q(clock__isnull=False),
                name="sla_alert_exactly_once",
            ),
            models.CheckConstraint(
                name="sla_alert_resolved_at_iff_resolved",
                condition=Q(status=AlertStatus.RESOLVED, resolved_at__isnull=False)
                | (~Q(status=AlertStatus.RESOLVED) & Q(resolved_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="sla_alert_acknowledged_at_when_acknowledged",
                condition=~Q(status=AlertStatus.ACKNOWLEDGED) | Q(acknowledged_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-raised_at"], name="sla_alert_unresolved", condition=~Q(status=AlertStatus.RESOLVED)),
            models.Index(fields=["tenant", "-raised_at"], name="sla_alert_of_tenant"),
            models.Index(fields=["raised_at", "id"], name="sla_alert_raised"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.title}"


class AlertRecipient(models.Model):
    """Who is to hear of an alert, in which role. `told_at` is when their mail was handed to the outbox."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="recipients")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=RecipientRole)
    stands_in = models.BooleanField(default=False, help_text=_("Nobody holds the role itself at this tenant."))
    tell_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: no longer needed."))
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["alert", "role", "email"], name="sla_alert_recipient_once")]
        indexes = [
            models.Index(
                fields=["tell_at"],
                name="sla_recipient_untold",
                condition=Q(told_at__isnull=True, tell_at__isnull=False),
            ),
            models.Index(fields=["email", "-told_at"], name="sla_recipient_last_told"),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.get_role_display()})"
