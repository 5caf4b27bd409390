"""The clock on the next word, one a tenant: ten minutes to the first, then thirty at most while a P0 or P1 lasts.

A lesser incident has clocks only while a next word was promised for a named time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from incidents.models import Incident, IncidentTenant
from sla.domain import clocks
from sla.enums import EndedAs
from tenants.domain.actors import Actor

FIRST_WORD = timedelta(minutes=10)
EVERY = timedelta(minutes=30)
URGENT = ("P0", "P1")
KIND = "client_word"


def start(*, incident: Incident, by: Actor, at: datetime) -> None:
    """Start the first-word clocks of an urgent incident; a lesser one waits for a promise."""
    if incident.priority in URGENT:
        for link in _links(incident).filter(word_clock__isnull=True):
            _set(incident=incident, link=link, due_at=at + FIRST_WORD, by=by, at=at)


def spoken(*, incident: Incident, promised_at: datetime | None, by: Actor, at: datetime) -> datetime | None:
    """A word went out: the clocks are met, the next ones run to the promised time or the most that is allowed.

    Returns when the clients hear from us next, None where no time was promised.
    """
    end(incident=incident, by=by, at=at)
    due_at = promised_at
    if incident.priority in URGENT:
        due_at = min(promised_at or at + EVERY, at + EVERY)
    if due_at is not None:
        for link in _links(incident):
            _set(incident=incident, link=link, due_at=due_at, by=by, at=at)
    return due_at


def end(*, incident: Incident, by: Actor, at: datetime, ended_as: EndedAs | None = None) -> None:
    """End the clocks that run: as met or late by the moment, unless `ended_as` says otherwise."""
    for link in _links(incident):
        if link.word_clock_id is None:
            continue
        clocks.stop(clock_id=link.word_clock_id, ended_as=ended_as, by=by, at=at)
        link.word_clock = None
        link.save(update_fields=["word_clock"])


def _links(incident: Incident) -> QuerySet[IncidentTenant]:
    return incident.tenant_links.order_by("pk")


def _set(*, incident: Incident, link: IncidentTenant, due_at: datetime, by: Actor, at: datetime) -> None:
    link.word_clock = clocks.start(
        tenant_id=link.tenant_id,
        kind=KIND,
        label=f"{incident.reference}: next word to the client",
        due_at=due_at,
        by=by,
        at=at,
    )
    link.save(update_fields=["word_clock"])
