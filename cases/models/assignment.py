from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import AssignmentWay, Level, Priority
from tenants.enums import SupportTier
from tenants.models.fields import language_tag
from tenants.models.visibility import TenantQuerySet


class AssignmentRuleQuerySet(TenantQuerySet):
    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        """A rule for every tenant is known to whoever reads any."""
        if tenant_ids is None:
            return self.all()
        return self.filter(Q(tenant=None) | Q(tenant__in=tenant_ids)) if tenant_ids else self.none()


def frontline() -> list[str]:
    return [Level.L1.value, Level.L2.value]


class AssignmentRule(models.Model):
    """One line of the ordered table that gives cases without an owner to people: the first whose conditions a case
    meets decides. A condition that is left empty is met by every case.

    A rule that names L3 is kept only by those who may assign there.
    """

    position = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=120, unique=True)
    active = models.BooleanField(default=False)

    tenant = models.ForeignKey(
        "tenants.Tenant", models.PROTECT, null=True, blank=True, related_name="+", help_text=_("Empty: every tenant.")
    )
    tiers = ArrayField(models.CharField(max_length=40, choices=SupportTier), default=list, blank=True)
    category = models.ForeignKey(
        "cases.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("With all that lies beneath it."),
    )
    priorities = ArrayField(models.CharField(max_length=2, choices=Priority), default=list, blank=True)
    levels = ArrayField(models.CharField(max_length=2, choices=Level), default=frontline)
    languages = ArrayField(models.CharField(max_length=20, validators=[language_tag]), default=list, blank=True)

    way = models.CharField(max_length=12, choices=AssignmentWay, default=AssignmentWay.LEAST_LOADED)
    by_category = models.BooleanField(_("who knows its category"), default=False)
    by_language = models.BooleanField(_("who speaks the requester's language"), default=False)
    needs_tags = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text=_("Skills that they must all have.")
    )

    last_given_to = models.ForeignKey(
        "tenants.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    last_given_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AssignmentRuleQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(name="cases_assignmentrule_levels", condition=Q(levels__len__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reaches_third_level(self) -> bool:
        return Level.L3 in self.levels
