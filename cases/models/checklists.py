from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import Priority
from tenants.models.visibility import TenantQuerySet


class ChecklistTemplate(models.Model):
    """Steps that cases of a sort have in common. Changing it leaves the cases that have it as they are."""

    name = models.CharField(max_length=120, unique=True)
    steps = ArrayField(models.CharField(max_length=300))
    for_category = models.ForeignKey(
        "cases.Category", models.PROTECT, null=True, blank=True, related_name="+", help_text=_("Empty: for any")
    )
    for_priorities = ArrayField(
        models.CharField(max_length=2, choices=Priority), default=list, blank=True, help_text=_("None: for any")
    )
    by_itself = models.BooleanField(
        default=False,
        help_text=_("Comes on a case by itself as it opens with, or gets, this category and priority; once a case"),
    )
    holds_resolution = models.BooleanField(
        default=False, help_text=_("A case is not resolved while a step is open; off: the form only warns")
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(name="cases_checklisttemplate_has_steps", condition=~Q(steps=[]))]

    def __str__(self) -> str:
        return self.name


class StepQuerySet(TenantQuerySet):
    def standing(self) -> "StepQuerySet":
        return self.filter(removed_at__isnull=True)


class ChecklistStep(models.Model):
    """A step on a case, of a template or added by hand. Taken off it stays as history."""

    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="checklist", db_index=False, db_constraint=False
    )
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    template = models.ForeignKey(
        ChecklistTemplate, models.PROTECT, null=True, blank=True, related_name="applied", db_index=False
    )
    place = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    holds = models.BooleanField(default=False, help_text=_("While it is open the case is not resolved"))
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=80)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=80, blank=True)
    done_name = models.CharField(max_length=200, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=80, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["place", "pk"]
        indexes = [models.Index(name="cases_checkliststep_case", fields=["case", "place"])]
        constraints = [
            models.UniqueConstraint(
                name="cases_checkliststep_once",
                fields=["template", "case", "place"],
                condition=Q(template__isnull=False),
            ),
            models.CheckConstraint(
                name="cases_checkliststep_done_by_whom",
                condition=Q(done_at__isnull=True, done_by="") | (Q(done_at__isnull=False) & ~Q(done_by="")),
            ),
            models.CheckConstraint(
                name="cases_checkliststep_removed_by_whom",
                condition=Q(removed_at__isnull=True, removed_by="") | (Q(removed_at__isnull=False) & ~Q(removed_by="")),
            ),
        ]

    def __str__(self) -> str:
        return self.text
