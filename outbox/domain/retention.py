"""What nobody needs any more goes, a batch a transaction, oldest first."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet

from config.db import unit_of_work
from outbox.enums import ConsumptionStatus
from outbox.models import Consumption, Delivery, Event

BATCH = 500


def forget_old(*, at: datetime) -> dict[str, int]:
    """Events that everybody heard and every feed reader had time for, and deliveries that are settled.

    What is dead stays until a person has retried or skipped it. The newest event of the feed stays for its number.
    """
    return {
        "events": _forget(_old_events(at=at)),
        "deliveries": _forget(_old_deliveries(at=at)),
    }


def _old_events(*, at: datetime) -> QuerySet[Event]:
    unheard = Consumption.objects.filter(
        event=OuterRef("pk"), status__in=[ConsumptionStatus.PENDING, ConsumptionStatus.DEAD]
    )
    newest = Event.objects.aggregate(number=Max("feed_number"))["number"]
    return (
        Event.objects.filter(created_at__lt=at - settings.EVENTS_KEPT)
        .exclude(Exists(unheard))
        .exclude(in_feed=True, feed_number__isnull=True)
        .exclude(feed_number__isnull=False, feed_number=newest)
        .order_by("created_at")
    )


def _old_deliveries(*, at: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        created_at__lt=at - settings.DELIVERIES_KEPT, status__in=["sent", "skipped"]
    ).order_by("created_at")


def _forget(rows: QuerySet[Event] | QuerySet[Delivery]) -> int:
    forgotten = 0
    while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
        with unit_of_work("system"):
            rows.model.objects.filter(pk__in=ids).delete()  # type: ignore[attr-defined]
        forgotten += len(ids)
    return forgotten
