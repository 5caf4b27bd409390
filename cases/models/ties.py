from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.enums import TieKind
from tenants.models.visibility import TenantQuerySet


class TieQuerySet(TenantQuerySet):
    def standing(self) -> "TieQuerySet":
        return self.filter(undone_at__isnull=True)


class CaseTie(models.Model):
    """Two cases of a client that belong together: `case` was merged into `other`, `other` was split off from `case`, or
    both are related, the older number first. Taken back it stays as history.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    other = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=TieKind)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    maker_name = models.CharField(max_length=200, blank=True)
    entries = ArrayField(
        models.BigIntegerField(), default=list, blank=True, help_text=_("Split: what of the timeline went along")
    )
    other_version = models.PositiveIntegerField(
        default=0, help_text=_("The other case's version that this made: nothing happened there since if it stands")
    )
    restore_point = models.JSONField(
        null=True, blank=True, help_text=_("Merged: what taking it back puts back on the other case")
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=80, blank=True)

    objects = TieQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="cases_casetie_once", fields=["case", "other", "kind"], condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(name="cases_casetie_of_two", condition=~Q(case=F("other"))),
            models.CheckConstraint(
                name="cases_casetie_undone_by_whom",
                condition=Q(undone_at__isnull=True, undone_by="") | (Q(undone_at__isnull=False) & ~Q(undone_by="")),
            ),
        ]
        indexes = [models.Index(name="cases_casetie_case", fields=["case"])]

    def __str__(self) -> str:
        return f"CASE-{self.case_id} {self.get_kind_display().lower()}: CASE-{self.other_id}"
