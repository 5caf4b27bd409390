from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models.visibility import TenantQuerySet


class TimeEntry(models.Model):
    """Minutes that one of us worked on a case. Append-only: a retraction is an entry of its own, with the minutes taken
    off on the same day, so that a sum over any period is right.
    """

    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="time_entries", db_index=False, db_constraint=False
    )
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    user = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    minutes = models.IntegerField()
    note = models.CharField(max_length=500, blank=True)
    worked_on = models.DateField(help_text=_("The day in the zone of who worked"))
    booked_at = models.DateTimeField()
    booked_by = models.CharField(max_length=80)
    retracts = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="retracted_by")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "time entries"
        indexes = [
            models.Index(name="cases_timeentry_case", fields=["case", "id"]),
            models.Index(name="cases_timeentry_day", fields=["worked_on", "tenant"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="cases_timeentry_taken_off_by_retraction",
                condition=Q(retracts__isnull=True, minutes__gt=0) | Q(retracts__isnull=False, minutes__lt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"CASE-{self.case_id}: {self.minutes} min"
