"""A word to clients that is due soon or late: one call for an incident, however many of its tenants wait.

Each tenant's promise is its own, with a clock of its own; who is called has one incident to speak about.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.urls import reverse

from config.db import unit_of_work
from incidents.domain import locking, paging, timeline
from incidents.enums import EntryKind
from incidents.models import Incident, IncidentTenant
from sla.models import Clock
from tenants.domain.actors import SYSTEM
from tenants.enums import Right

Reached = Literal["warned", "breached"]
SAID = {"warned": "is due soon", "breached": "is late"}


def call(*, clock_id: int, generation: int, reached: Reached, at: datetime) -> None:
    """Page the communicator, else the chain, once for all tenants whose clocks have reached this since the last word.

    A tenant whose clock gets there later joins the call that stands. A clock that is not of an incident's word, or was
    met or ended since, is passed over. Repeating it changes nothing.
    """
    found = IncidentTenant.objects.filter(word_clock_id=clock_id).first()
    if found is None:
        return
    with unit_of_work(SYSTEM.label):
        incident = locking.locked_incident(incident_id=found.incident_id, right=Right.CLIENT_WORDS, by=SYSTEM)
        links = _running(incident)
        if not incident.is_open or clock_id not in links:
            return
        # Every clock of a round ends with the round, and who comes later has a younger one: the oldest names the round.
        key = f"next-word:{reached}:{incident.pk}:{min(links)}:{generation}"
        waiting = [link for link in links.values() if link.word_clock_id == clock_id or _has(link.word_clock, reached)]
        told = set(incident.timeline.filter(data__page=key).values_list("data__tenant_id", flat=True))
        joining = [link for link in waiting if link.tenant_id not in told]
        if not joining:
            return
        for link in joining:
            timeline.write(
                incident_id=incident.pk,
                kind=EntryKind.UPDATE,
                body=f"{incident.reference}: the next word to {link.tenant.name} {SAID[reached]}",
                by=SYSTEM,
                at=at,
                page=key,
                tenant_id=link.tenant_id,
            )
        paging.page(
            tenant_id=None,
            waiting=[link.tenant_id for link in waiting],
            user_ids=[incident.communicator_id] if incident.communicator_id else None,
            # No names: who reads one tenant's pages may not know of the others. The call itself names them.
            reason=f"{incident.reference}: the next word to clients {SAID[reached]}",
            key=key,
            url=reverse("admin:incidents_incident_change", args=[incident.pk]),
            incident_id=incident.pk,
            by=SYSTEM,
            at=at,
        )


def _running(incident: Incident) -> dict[int, IncidentTenant]:
    """The links of this round, by their clocks."""
    links = incident.tenant_links.filter(word_clock__isnull=False).select_related("tenant", "word_clock")
    return {link.word_clock_id: link for link in links.order_by("pk") if link.word_clock_id is not None}


def _has(clock: Clock | None, reached: Reached) -> bool:
    if clock is None:
        return False
    return clock.breached_at is not None if reached == "breached" else clock.warned_steps > 0
