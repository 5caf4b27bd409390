from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenants.enums import BillingStatus, ContactRole, Level, PersonRole, SupportTier
from tenants.models.fields import KeyField, LanguageField, TimeZoneField
from tenants.models.visibility import TenantQuerySet

currency = RegexValidator(r"\A[A-Z]{3}\Z", _("Three capital letters, such as EUR."))


def default_reminder_days() -> list[int]:
    return [2, 5]


class TenantRowQuerySet(TenantQuerySet):
    tenant_path = "pk"

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)

    def matching(self, words: str) -> Self:
        return self.filter(Q(name__icontains=words) | Q(slug__icontains=words))


class Tenant(models.Model):
    """A client's workspace. The timers of a case (reminders, auto-close …) are set here, in the tenant's own zone."""

    slug = KeyField(unique=True, help_text=_("What programs and addresses call this tenant; it does not change."))
    name = models.CharField(max_length=200)
    plan = models.CharField(max_length=80, blank=True)
    segment = KeyField(blank=True, help_text=_("Such as mid-market: grants, policies and reports go by it."))
    region = KeyField(blank=True, help_text=_("Such as eu-central: grants go by it."))
    data_residency = models.CharField(max_length=80, blank=True)
    support_tier = models.CharField(max_length=10, choices=SupportTier, default=SupportTier.STANDARD)
    billing_status = models.CharField(max_length=10, choices=BillingStatus, default=BillingStatus.ACTIVE)
    arr = models.DecimalField(
        _("ARR"), max_digits=12, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(Decimal(0))]
    )
    arr_currency = models.CharField(_("ARR currency"), max_length=3, default="EUR", validators=[currency])
    time_zone = TimeZoneField()
    language = LanguageField()
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(365)]),
        default=default_reminder_days,
        blank=True,
        size=10,
        help_text=_("Business days of waiting after which the customer is reminded, rising: 2,5."),
    )
    no_answer_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Business days of waiting after which a case is resolved as 'no answer'; empty: never."),
    )
    auto_close_days = models.PositiveSmallIntegerField(default=7, validators=[MinValueValidator(1)])
    auto_close_reminder_days = models.PositiveSmallIntegerField(
        default=2, help_text=_("Days before auto-close at which the customer is told.")
    )
    reopen_days = models.PositiveSmallIntegerField(default=14)
    closed_at = models.DateTimeField(null=True, blank=True, help_text=_("When we stopped serving this tenant."))
    notes = models.TextField(
        blank=True, default="", help_text=_("What whoever works for this client should know; no client sees it.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantRowQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(name="tenant_tier_known", condition=Q(support_tier__in=SupportTier.values)),
            models.CheckConstraint(name="tenant_arr_not_negative", condition=Q(arr__gte=0)),
            models.CheckConstraint(
                name="tenant_told_before_auto_close", condition=Q(auto_close_reminder_days__lt=F("auto_close_days"))
            ),
        ]
        indexes = [
            models.Index(name="tenant_segment", fields=["segment"]),
            models.Index(name="tenant_region", fields=["region"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tenant_id(self) -> int:
        """A tenant is asked like the rows that belong to it."""
        return self.pk


class TenantOwned(models.Model):
    """The common part of rows that belong to one tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="%(class)ss")

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class Entitlement(TenantOwned):
    feature = KeyField()
    entitled = models.BooleanField(default=True)
    used = models.PositiveBigIntegerField(default=0)
    limit = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("Empty: no limit."))

    class Meta:
        ordering = ["tenant_id", "feature"]
        constraints = [models.UniqueConstraint(name="entitlement_once", fields=["tenant", "feature"])]

    def __str__(self) -> str:
        return self.feature


class Contact(TenantOwned):
    """Somebody at the client's who is told things; need not be a requester."""

    name = models.CharField(max_length=200)
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=ContactRole)
    language = LanguageField()
    time_zone = TimeZoneField()

    class Meta:
        ordering = ["tenant_id", "role", "pk"]
        constraints = [models.UniqueConstraint(name="contact_once", fields=["tenant", "role", "email"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_role_display()})"


class TenantPerson(TenantOwned):
    """One of our people for this tenant. The order of entry is the order in which deputies are asked."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tenant_roles")
    role = models.CharField(max_length=10, choices=PersonRole)

    class Meta:
        verbose_name_plural = _("tenant people")
        ordering = ["tenant_id", "role", "pk"]
        constraints = [models.UniqueConstraint(name="tenant_person_once", fields=["tenant", "user", "role"])]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.user}"


class EscalationRoute(TenantOwned):
    """Who gets an escalated case of this tenant at this level, when nobody else is named."""

    level = models.CharField(max_length=2, choices=Level)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["tenant_id", "level"]
        constraints = [models.UniqueConstraint(name="escalation_route_once", fields=["tenant", "level"])]

    def __str__(self) -> str:
        return f"{self.level}: {self.user}"


class Project(TenantOwned):
    name = models.CharField(max_length=200)
    sprint = models.CharField(max_length=80, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["tenant_id", "starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="project_ends_after_start",
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            )
        ]

    def __str__(self) -> str:
        return self.name
