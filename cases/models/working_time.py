from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenants.models.fields import language_tag

MOST_AT_ONCE = 500  # weight


def usual_week() -> dict[str, list[list[str]]]:
    return {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


class WorkingTime(models.Model):
    """When one of us is there, how much they carry at once and what they know. Whoever has none is given nothing by
    the assignment rules. (Who orchestrates the desk on a day, and who is on call, is the rota's.)
    """

    user = models.OneToOneField("tenants.User", models.PROTECT, related_name="working_time", verbose_name=_("person"))
    weekly_hours = models.JSONField(default=usual_week, help_text=_("In the person's own time zone."))
    holiday_region = models.CharField(
        max_length=10, blank=True, help_text=_("Whose public holidays are free, such as DE-BE. Empty: none.")
    )
    capacity = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_AT_ONCE)],
        help_text=_("Open cases at once: a P0 weighs 4, a P1 weighs 2, every other 1."),
    )
    categories = models.ManyToManyField(
        "cases.Category", blank=True, related_name="+", help_text=_("What they know, with all that lies beneath it.")
    )
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20, validators=[language_tag]), default=list, blank=True)

    class Meta:
        ordering = ["user"]
        verbose_name_plural = "working times"
        constraints = [
            models.CheckConstraint(
                name="cases_workingtime_capacity", condition=Q(capacity__gte=1, capacity__lte=MOST_AT_ONCE)
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def calendar(self, zone: str) -> dict[str, Any]:
        """The hours as `sla.domain.business_time.Hours.from_spec` reads them."""
        regions = [self.holiday_region] if self.holiday_region else []
        return {"timezone": zone, "weekly_hours": self.weekly_hours, "holiday_regions": regions}


class Absence(models.Model):
    """Somebody of us is not there, from up to but not including the end; without an end: until they say that they are
    back.
    """

    user = models.ForeignKey("tenants.User", models.PROTECT, related_name="absences", verbose_name=_("person"))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: until they say that they are back."))
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(name="cases_absence_ends", fields=["user", "ends_at"])]
        constraints = [
            models.CheckConstraint(
                name="cases_absence_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            models.UniqueConstraint(
                name="cases_absence_one_without_end", fields=["user"], condition=Q(ends_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.starts_at:%Y-%m-%d}"
