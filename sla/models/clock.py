from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sla.enums import EndedAs, Happened, Phase, Priority, Unit
from sla.models.calendar import CalendarVersion
from sla.models.policy import Policy
from tenants.models.visibility import TenantQuerySet


class ClockQuerySet(TenantQuerySet):
    def going(self) -> Self:
        return self.exclude(phase=Phase.ENDED)


class Clock(models.Model):
    """A promise with a deadline. It knows no case: who makes the promise holds the key to its clock.

    Columns from `phase` to `generation` are the fold's `ClockState`, one to one (see there what they mean); nobody
    but the doors writes them. `used` and `paused` are microseconds in the target's own time.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    label = models.CharField(max_length=300, blank=True, default="", help_text=_("Whose promise it is, in words."))
    window = models.PositiveIntegerField(default=1)

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, null=True, blank=True, related_name="clocks")
    priority = models.CharField(max_length=2, choices=Priority, blank=True, default="")
    calendar_version = models.ForeignKey(
        CalendarVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="clocks",
        help_text=_("Empty: counted round the clock."),
    )
    target_amount = models.PositiveBigIntegerField()
    target_unit = models.CharField(max_length=20, choices=Unit)
    warn_steps = ArrayField(models.DecimalField(max_digits=4, decimal_places=3), default=list, blank=True)

    phase = models.CharField(max_length=10, choices=Phase, default=Phase.RUNNING)
    ended_as = models.CharField(max_length=12, choices=EndedAs, blank=True, default="")
    started_at = models.DateTimeField()
    counted_to = models.DateTimeField(help_text=_("Up to when `used` and `paused` have been summed."))
    used = models.BigIntegerField(default=0)
    paused = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    warn_at = models.DateTimeField(null=True, blank=True)
    held_due_at = models.DateTimeField(null=True, blank=True)
    held_warn_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveIntegerField(default=1, help_text=_("Counts the due times this clock has had."))

    noticed_at = models.DateTimeField(null=True, blank=True, help_text=_("When we saw the breach."))
    warned_steps = models.PositiveSmallIntegerField(default=0, help_text=_("Warnings raised for this due time."))
    next_at = models.DateTimeField(null=True, blank=True, help_text=_("The next moment the sweep has work with it."))
    retry_after = models.DateTimeField(null=True, blank=True, help_text=_("Set aside after an error until then."))
    error = models.TextField(blank=True, default="")

    cause_code = models.ForeignKey(
        "sla.CauseCode", on_delete=models.PROTECT, null=True, blank=True, related_name="clocks"
    )
    excused_at = models.DateTimeField(null=True, blank=True)
    excused_by = models.CharField(max_length=80, blank=True, default="")
    excused_with = models.CharField(max_length=200, blank=True, default="", help_text=_("Who at the client agreed."))
    excused_reason = models.TextField(blank=True, default="")

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="sla_clock_stopped_at_iff_ended",
                condition=Q(phase=Phase.ENDED, stopped_at__isnull=False) & ~Q(ended_as="")
                | ~Q(phase=Phase.ENDED) & Q(stopped_at__isnull=True, ended_as=""),
            ),
            models.CheckConstraint(
                name="sla_clock_excused_whole",
                condition=Q(excused_at__isnull=True, excused_by="", excused_with="", excused_reason="")
                | Q(excused_at__isnull=False, breached_at__isnull=False) & ~Q(excused_by="") & ~Q(excused_with=""),
            ),
            models.CheckConstraint(
                name="sla_clock_next_only_running",
                condition=Q(next_at__isnull=True) | Q(phase=Phase.RUNNING),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="sla_clock_next", condition=Q(next_at__isnull=False)),
            models.Index(fields=["policy"], name="sla_clock_open_of_policy", condition=~Q(phase=Phase.ENDED)),
            models.Index(fields=["retry_after"], name="sla_clock_set_aside", condition=Q(retry_after__isnull=False)),
            models.Index(fields=["tenant", "started_at"], name="sla_clock_of_tenant"),
            models.Index(fields=["stopped_at"], name="sla_clock_stopped", condition=Q(stopped_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.kind}".strip()


class ClockEvent(models.Model):
    """What happened to a clock; append-only. `at` is when it became true, `recorded_at` when it was written.

    The key to clock and tenant together (`config/tenancy_sql.py`, in the migrations) holds both; two more checks a row
    could find nothing else, hence `db_constraint=False`.
    """

    clock = models.ForeignKey(
        Clock, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    event = models.CharField(max_length=20, choices=Happened)
    data = models.JSONField(default=dict, blank=True)
    by_label = models.CharField(max_length=80, default="system")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["clock", "at"], name="sla_clock_event_of_clock")]

    def __str__(self) -> str:
        return f"{self.event} at {self.at:%Y-%m-%d %H:%M:%S}"
