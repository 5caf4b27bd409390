"""How far behind the outbox is: how long the row waits that has been due the longest."""

from datetime import datetime

from django.db import connection
from django.db.models import Count, Min

from config.metrics import CAP, Waiting, waiting
from outbox.enums import ConsumptionStatus
from outbox.models import Consumption, Delivery

# Each half reads one entry of a partial index.
LONGEST_DUE = """
SELECT least(
    (SELECT next_attempt_at FROM outbox_consumption WHERE status = 'pending' ORDER BY next_attempt_at LIMIT 1),
    (SELECT next_attempt_at FROM outbox_delivery WHERE status IN ('queued', 'sending', 'failed')
     ORDER BY next_attempt_at LIMIT 1))
"""


def oldest_seconds(*, at: datetime) -> float:
    """0 while nothing is due."""
    with connection.cursor() as cursor:
        cursor.execute(LONGEST_DUE)
        due_at = cursor.fetchone()[0]
    return 0.0 if due_at is None else round(max((at - due_at).total_seconds(), 0.0), 1)


@waiting.answered_by
def waiting_rows(*, at: datetime) -> list[Waiting]:
    """Consumptions and deliveries that are due, for the metrics."""
    due = Consumption.objects.filter(status=ConsumptionStatus.PENDING, next_attempt_at__lte=at)
    kinds = {"consumption": due.order_by("next_attempt_at"), "delivery": Delivery.objects.due(at=at)}
    found = []
    for what, rows in kinds.items():
        first = rows[:CAP].aggregate(number=Count("pk"), since=Min("next_attempt_at"))
        waits = (at - first["since"]).total_seconds() if first["number"] else 0.0
        found.append(Waiting(what, first["number"], waits))
    return found
