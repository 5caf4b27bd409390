"""The words that outbox rows use for how far they are."""

from django.db import models


class ConsumptionStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    DONE = "done", "Done"
    DEAD = "dead", "Dead"
    SKIPPED = "skipped", "Skipped"


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    FAILED = "failed", "Failed, will be tried again"
    SENT = "sent", "Sent"
    DEAD = "dead", "Dead"
    SKIPPED = "skipped", "Skipped"


OPEN_DELIVERIES = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.FAILED)


class AttemptOutcome(models.TextChoices):
    STARTED = "started", "Started, end unknown"
    SENT = "sent", "Sent"
    TEMPORARY = "temporary", "Failed for now"
    PERMANENT = "permanent", "Refused for good"


class InterventionKind(models.TextChoices):
    RETRY = "retry", "Tried again"
    SKIP = "skip", "Skipped"
