"""How far behind the outbox is: how long the row waits that has been due the longest."""

from datetime import datetime

from django.db import connection

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
