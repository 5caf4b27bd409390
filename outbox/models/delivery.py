import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from config.request_ids import current_request
from outbox.enums import OPEN_DELIVERIES, AttemptOutcome, DeliveryStatus


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def open(self) -> Self:
        return self.filter(status__in=OPEN_DELIVERIES)

    def due(self, *, at: datetime) -> Self:
        return self.open().filter(next_attempt_at__lte=at).order_by("next_attempt_at", "pk")

    def automatic_to(self, address: str, *, since: datetime) -> Self:
        """What went, or is going, to this address by itself."""
        return self.alias(address=Lower("to")).filter(
            address=address.lower(),
            automated=True,
            status__in=[DeliveryStatus.SENDING, DeliveryStatus.SENT],
            claimed_at__gt=since,
        )

    def of_tenants(self, tenant_ids: Iterable[int] | None) -> Self:
        """None: everybody's, and what belongs to nobody."""
        return self.all() if tenant_ids is None else self.filter(tenant_id__in=tenant_ids)


class Delivery(models.Model):
    """One message to one address, rendered when it was decided on; the database refuses to change its content.

    `key` and `message_id` are fixed before the first attempt, so a message that is sent again after a crash is
    recognisable as the same one. While a lease runs (`sending`), `next_attempt_at` is its end.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=30)
    tenant_id = models.BigIntegerField(null=True, blank=True)
    about_kind = models.CharField(max_length=40, blank=True, help_text=_("What it is about: case, incident, …"))
    about_id = models.BigIntegerField(null=True, blank=True)
    to = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    message_id = models.CharField(max_length=255, unique=True)
    automated = models.BooleanField(help_text=_("Written by the desk itself, not by a person"))
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    forgiven = models.PositiveIntegerField(default=0, help_text=_("Attempts made before a person had it tried again"))
    next_attempt_at = models.DateTimeField()
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    request_id = models.CharField(max_length=100, blank=True, db_default=current_request(), editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text=_("When the last attempt began"))
    settled_at = models.DateTimeField(null=True, blank=True)
    sent_via = models.CharField(
        max_length=30, blank=True, help_text=_("How it left: smtp, console, or the Sent page only")
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=OPEN_DELIVERIES, settled_at__isnull=True)
                | (~Q(status__in=OPEN_DELIVERIES) & Q(settled_at__isnull=False)),
                name="outbox_delivery_settled_at_iff_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(status__in=OPEN_DELIVERIES), name="outbox_delivery_due"
            ),
            models.Index(
                Lower("to"),
                "claimed_at",
                condition=Q(automated=True, status__in=["sending", "sent"]),
                name="outbox_delivery_automatic",
            ),
            models.Index(fields=["about_kind", "about_id"], name="outbox_delivery_about"),
            models.Index(fields=["tenant_id", "-id"], name="outbox_delivery_tenant"),
            models.Index(fields=["-settled_at"], condition=Q(status="dead"), name="outbox_delivery_dead"),
            models.Index(fields=["created_at"], name="outbox_delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.to}: {self.subject}"


class DeliveryAttempt(models.Model):
    """Written before the message leaves; one that still says `started` was cut off, and may or may not have left."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=AttemptOutcome, default=AttemptOutcome.STARTED)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="outbox_attempt_number")]

    def __str__(self) -> str:
        return f"attempt {self.number} of delivery {self.delivery_id}"
