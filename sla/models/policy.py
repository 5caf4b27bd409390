from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from sla.enums import Priority, PromiseKind, Unit
from sla.models.calendar import Calendar
from tenants.models.visibility import TenantQuerySet


def default_warn_steps() -> list[Decimal]:
    return [Decimal("0.75")]


def default_escalation_meets() -> list[str]:
    return [Priority.P2.value, Priority.P3.value]


class PolicyQuerySet(TenantQuerySet):
    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        """What holds for tiers, segments and everybody may be read by who reads any tenant's promises."""
        if tenant_ids is None or not tenant_ids:
            return super().in_tenants(tenant_ids)
        return self.filter(Q(tenant=None) | Q(tenant__in=tenant_ids))


class InForce(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Policy(models.Model):
    """Promises to one tenant, one tier, one segment, or (none of them set) to everybody else."""

    name = models.CharField(max_length=120)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tier = models.CharField(max_length=40, blank=True, default="")
    segment = models.CharField(max_length=80, blank=True, default="")
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="policies")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True, help_text=_("Empty: until further notice."))
    warn_steps = ArrayField(
        models.DecimalField(
            max_digits=4,
            decimal_places=3,
            validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(Decimal("0.999"))],
        ),
        default=default_warn_steps,
        help_text=_("Parts of the target after which people are warned, rising, e.g. 0.5, 0.75."),
    )
    escalation_meets = ArrayField(
        models.CharField(max_length=2, choices=Priority),
        default=default_escalation_meets,
        blank=True,
        help_text=_("Priorities whose resolution is met by an escalation with a target told to the client."),
    )
    meaning = models.JSONField(
        default=dict, blank=True, help_text=_("What each priority means to this client: {priority: words}.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    # Read by `domain.policies.complete`, no columns: the calendar's current version, and the targets.
    calendar_version_id: int
    promised: list[dict[str, Any]]

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "policies"
        ordering = ["name", "valid_from"]
        constraints = [
            models.CheckConstraint(
                name="sla_policy_one_subject",
                condition=Q(tier="", segment="") | Q(tenant__isnull=True, segment="") | Q(tenant__isnull=True, tier=""),
                violation_error_message=_(
                    "A policy is for one tenant, one tier, one segment, or everybody: choose one."
                ),
            ),
            models.CheckConstraint(
                name="sla_policy_period",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message=_("A policy ends after it begins."),
            ),
            ExclusionConstraint(
                name="sla_policy_no_overlap",
                expressions=[
                    (Coalesce("tenant", Value(0, output_field=models.BigIntegerField())), RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    ("segment", RangeOperators.EQUAL),
                    (InForce("valid_from", "valid_to", Value("[)")), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "Another policy for the same tenant, tier or segment is in force in this time."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        # Before the constraints: a range that ends before it begins is an error to the database, not an overlap.
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValidationError({"valid_to": "A policy ends after it begins."})

    @property
    def subject(self) -> str:
        if self.tenant_id:
            return "tenant"
        return "tier" if self.tier else "segment" if self.segment else "default"


class PolicyTarget(models.Model):
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="targets")
    priority = models.CharField(max_length=2, choices=Priority)
    kind = models.CharField(max_length=20, choices=PromiseKind)
    amount = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    unit = models.CharField(max_length=20, choices=Unit)

    class Meta:
        ordering = ["priority", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "priority", "kind"], name="sla_target_once"),
            models.CheckConstraint(name="sla_target_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.priority} {self.get_kind_display().lower()}: {self.amount} {self.get_unit_display()}"
