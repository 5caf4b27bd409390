from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Calendar(models.Model):
    """Business hours under a name. Clocks point at a `CalendarVersion`, so editing changes no promise already given."""

    name = models.CharField(max_length=80, unique=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    spec = models.JSONField(
        "hours",
        help_text=_("timezone, weekly_hours, date_hours, holidays and holiday_regions, as the simulator reads them."),
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """What a calendar said from one edit to the next; append-only."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    by_label = models.CharField(max_length=80, default="system")

    class Meta:
        ordering = ["calendar_id", "-version"]
        constraints = [models.UniqueConstraint(fields=["calendar", "version"], name="sla_calendar_version_once")]

    def __str__(self) -> str:
        return f"{self.calendar.name}, version {self.version}"
