from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outbox.enums import ConsumptionStatus
from outbox.models.event import Event


class Consumption(models.Model):
    """That one consumer has to hear of one event, and how far that is.

    `attempts` counts the leases taken on the row and is its fence: whoever took attempt 3 may not settle the row once
    somebody else took attempt 4. While a lease runs, `next_attempt_at` is its end.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="consumptions")
    consumer = models.CharField(max_length=200, help_text=_("Dotted path of the function that hears the event"))
    key = models.CharField(max_length=200, blank=True, help_text=_("Ordering key; empty: in any order"))
    status = models.CharField(max_length=10, choices=ConsumptionStatus, default=ConsumptionStatus.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    forgiven = models.PositiveIntegerField(default=0, help_text=_("Attempts made before a person had it tried again"))
    next_attempt_at = models.DateTimeField()
    error = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "consumer"], name="outbox_consumption_once"),
            models.CheckConstraint(
                condition=Q(status="pending", settled_at__isnull=True)
                | (~Q(status="pending") & Q(settled_at__isnull=False)),
                name="outbox_consumption_settled_at_iff_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(status="pending"), name="outbox_consumption_due"
            ),
            models.Index(
                fields=["consumer", "key", "id"],
                condition=Q(status__in=["pending", "dead"]) & ~Q(key=""),
                name="outbox_consumption_order",
            ),
            models.Index(fields=["-settled_at"], condition=Q(status="dead"), name="outbox_consumption_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} hears event {self.event_id}"
