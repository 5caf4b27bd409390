"""What this room does when a lower one speaks, and what it answers when one asks.

A late word to a client is a call to whoever holds the hat; the rota says who is on call.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse

from config.home import own_page
from incidents.domain import paging, rota, timeline
from incidents.domain.next_word import KIND
from incidents.enums import EntryKind
from incidents.models import IncidentTenant
from outbox.domain.consuming import EventValue, consumes
from sla.domain.recipients import on_call_now
from tenants.domain.actors import SYSTEM


@consumes("sla.clock-warned")
def remind_of_next_word(*, event: EventValue, at: datetime) -> None:
    _call_communicator(event, said="is due soon", at=at)


@consumes("sla.clock-breached")
def call_for_late_word(*, event: EventValue, at: datetime) -> None:
    _call_communicator(event, said="is late", at=at)


def _call_communicator(event: EventValue, *, said: str, at: datetime) -> None:
    """Page the communicator, else the chain; a clock that is not ours, or has ended since, is passed over."""
    if event.payload["kind"] != KIND:
        return
    link = (
        IncidentTenant.objects.select_related("incident", "tenant")
        .filter(word_clock_id=event.payload["clock_id"])
        .first()
    )
    if link is None or not link.incident.is_open:
        return
    incident = link.incident
    reason = f"{incident.reference}: the next word to {link.tenant.name} {said}"
    timeline.write(incident_id=incident.pk, kind=EntryKind.UPDATE, body=reason, by=SYSTEM, at=at)
    paging.page(
        tenant_id=link.tenant_id,
        user_ids=[incident.communicator_id] if incident.communicator_id else None,
        reason=reason,
        key=f"{event.name}:{event.payload['clock_id']}:{event.payload['generation']}",
        url=f"/admin/incidents/incident/{incident.pk}/change/",
        incident_id=incident.pk,
        by=SYSTEM,
        at=at,
    )


@on_call_now.answered_by
def people_on_call(*, at: datetime) -> list[int]:
    return [user.pk for user in rota.on_call(at=at)]


@own_page.answered_by
def status_page_of(*, user: Any) -> str | None:
    requester = getattr(user, "requester", None)
    return None if requester is None else reverse("status:tenant", args=[requester.tenant.slug])
