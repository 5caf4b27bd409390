"""The one way words reach an incident's timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from incidents.enums import EntryKind
from incidents.models import TimelineEntry
from tenants.domain.actors import Actor


def write(
    *, incident_id: int, kind: EntryKind, body: str, by: Actor, at: datetime, now: datetime | None = None, **data: Any
) -> TimelineEntry:
    """Append an entry that became true at `at` and is written down at `now` (the same moment unless said)."""
    return TimelineEntry.objects.create(
        incident_id=incident_id,
        kind=kind,
        body=body,
        by_label=by.label,
        by_name=by.name,
        at=at,
        recorded_at=now or at,
        data=data,
    )
