"""Signs of life: who works by itself says so in a row, so that silence shows without asking the broker."""

from datetime import datetime

from config.models import Heartbeat


def beat(*, name: str, at: datetime, **figures: float) -> None:
    """`name` ("sweep", "outbox", "worker") finished a round at `at`, with these figures of it. One upsert."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=at, counters=figures)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at", "counters"],
    )
