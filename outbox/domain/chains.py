"""What led to an event: its cause, the cause of that, up to what began it all."""

from __future__ import annotations

from django.db import connection

from outbox.domain.consuming import EventValue

UP = """
WITH RECURSIVE chain AS (
    SELECT id, cause_id, 0 AS step FROM outbox_event WHERE id = %s
    UNION ALL
    SELECT earlier.id, earlier.cause_id, chain.step + 1
    FROM outbox_event AS earlier JOIN chain ON earlier.id = chain.cause_id)
SELECT id FROM chain ORDER BY step
"""


def chain_of(event: EventValue) -> list[int]:
    """The event's id first, that of the event which began it last. A statement, none for what nothing led to."""
    if event.cause is None:
        return [event.id]
    with connection.cursor() as cursor:
        cursor.execute(UP, [event.id])
        return [number for (number,) in cursor.fetchall()]
