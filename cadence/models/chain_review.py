"""What comes up the levels again and again is looked at once, for the whole chain."""

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cadence.enums import PatternKind
from incidents.enums import ChainLevel
from tenants.models.visibility import TenantQuerySet


class ChainReviewQuerySet(TenantQuerySet):
    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        """A review is known to who sees every client whose cases led to it: what it says may be of any of them."""
        if tenant_ids is None:
            return self.all()
        if not tenant_ids:
            return self.none()
        of_others = ChainReviewCase.objects.filter(review=OuterRef("pk")).exclude(tenant_id__in=tenant_ids)
        return self.filter(~Exists(of_others))

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class ReviewPolicy(models.Model):
    """When a pattern is one. The one row of its table."""

    cases = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(1000)],
        help_text=_("Cases escalated with the same error code, or of one category on one resource. Twice is chance."),
    )
    days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Within how many days. A month holds what comes back at its end."),
    )
    due_days = models.PositiveSmallIntegerField(
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text=_("Days until the review is due. Within the week, as a postmortem is."),
    )

    class Meta:
        verbose_name = _("policy of chain reviews")
        verbose_name_plural = _("policy of chain reviews")
        constraints = [
            models.CheckConstraint(name="review_policy_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="review_policy_in_bounds", condition=Q(cases__gte=2, days__gte=1, due_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return str(_("%(cases)s cases in %(days)s days")) % {"cases": self.cases, "days": self.days}


class ChainReview(models.Model):
    """Open until its outcome is written down: the root cause, where in the chain, what each level does differently.

    `key` names the pattern for the database: one open review of each.
    """

    kind = models.CharField(max_length=10, choices=PatternKind)
    key = models.CharField(max_length=220)
    pattern = models.CharField(max_length=300, help_text=_("What comes back, in words."))
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    chain_level = models.CharField(max_length=10, choices=ChainLevel, blank=True)
    root_cause = models.TextField(blank=True)
    l1_does = models.TextField(_("What L1 does differently"), blank=True)
    l2_does = models.TextField(_("What L2 does differently"), blank=True)
    l3_does = models.TextField(_("What L3 does differently"), blank=True)
    known_issue = models.ForeignKey("cases.KnownIssue", models.PROTECT, null=True, blank=True, related_name="+")
    action = models.ForeignKey(
        "incidents.Action",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The corrective action of an incident that sees to it."),
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = ChainReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("chain review")
        verbose_name_plural = _("chain reviews")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="chain_review_one_open", fields=["kind", "key"], condition=Q(closed_at=None)),
            models.CheckConstraint(
                name="chain_review_closed_whole",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False, owner__isnull=False)
                    & ~Q(root_cause="")
                    & ~Q(chain_level="")
                    & ~Q(l1_does="")
                    & ~Q(l2_does="")
                    & ~Q(l3_does="")
                ),
            ),
        ]
        indexes = [
            models.Index(name="chain_review_due", fields=["due_on"], condition=Q(closed_at=None)),
            models.Index(name="chain_review_of_pattern", fields=["kind", "key"]),
        ]

    def __str__(self) -> str:
        return self.pattern


class ChainReviewCase(models.Model):
    review = models.ForeignKey(ChainReview, models.PROTECT, related_name="review_cases", db_index=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)
    linked_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="chain_review_case_once", fields=["review", "case"])]

    def __str__(self) -> str:
        return f"CASE-{self.case_id}"
