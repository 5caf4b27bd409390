from django.db import models
from django.db.models import Q

from outbox.enums import InterventionKind
from outbox.models.consumption import Consumption
from outbox.models.delivery import Delivery


class Intervention(models.Model):
    """What a person did about a dead row, and why. `by` is the actor's label, such as `user:7`."""

    consumption = models.ForeignKey(
        Consumption, on_delete=models.CASCADE, null=True, blank=True, related_name="interventions"
    )
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="interventions"
    )
    kind = models.CharField(max_length=10, choices=InterventionKind)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(consumption__isnull=False, delivery__isnull=True)
                | Q(consumption__isnull=True, delivery__isnull=False),
                name="outbox_intervention_on_one_row",
            ),
            models.CheckConstraint(
                condition=~Q(kind="skip") | ~Q(reason=""), name="outbox_intervention_skip_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by}"
