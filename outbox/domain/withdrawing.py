"""Holding back what was said but has not left yet."""

from collections.abc import Sequence
from datetime import datetime

from outbox.enums import DeliveryStatus
from outbox.models import Delivery


def withdraw(*, delivery_ids: Sequence[int], reason: str, at: datetime) -> bool:
    """All of them or none: False, and nothing changed, when one has been sent or is on its way.

    Inside the caller's transaction; a worker that is about to take one finds it settled.
    """
    rows = list(
        Delivery.objects.filter(pk__in=delivery_ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    )
    if any(row.status != DeliveryStatus.QUEUED or row.attempts for row in rows):
        return False
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=DeliveryStatus.SKIPPED, settled_at=at, error=reason
    )
    return True
