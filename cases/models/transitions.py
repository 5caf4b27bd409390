from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.enums import Move, Status
from tenants.models.visibility import TenantQuerySet


class Transition(models.Model):
    """A move of a case: who, when, why, and what it did to each clock. Append-only."""

    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="transitions", db_index=False, db_constraint=False
    )
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    move = models.CharField(max_length=12, choices=Move)
    from_status = models.CharField(max_length=24, choices=Status, blank=True)
    to_status = models.CharField(max_length=24, choices=Status)
    by_label = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    sla_impact = models.JSONField(
        default=list, blank=True, help_text=_("[{kind, window, effect, left_seconds, due_at}] as it was at the move")
    )
    imported = models.BooleanField(default=False)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    case_version = models.PositiveIntegerField(default=0, help_text=_("The case's version that this move made"))
    restore_point = models.JSONField(
        null=True, blank=True, help_text=_("What take-back puts back: the case's columns and clocks before the move")
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(name="cases_transition_timeline", fields=["case", "at", "id"]),
            models.Index(name="cases_transition_at", fields=["at"], include=["id", "move", "case", "tenant"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_move_display()}: {self.from_status} → {self.to_status}"
