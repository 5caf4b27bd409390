"""The words that outbox rows use for how far they are."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConsumptionStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    DONE = "done", _("Done")
    DEAD = "dead", _("Dead")
    SKIPPED = "skipped", _("Skipped")


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    FAILED = "failed", _("Failed, will be tried again")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Dead")
    SKIPPED = "skipped", _("Skipped")


OPEN_DELIVERIES = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.FAILED)


class AttemptOutcome(models.TextChoices):
    STARTED = "started", _("Started, end unknown")
    SENT = "sent", _("Sent")
    TEMPORARY = "temporary", _("Failed for now")
    PERMANENT = "permanent", _("Refused for good")


class InterventionKind(models.TextChoices):
    RETRY = "retry", _("Tried again")
    SKIP = "skip", _("Skipped")
