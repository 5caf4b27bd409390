"""What the faces show of cases. Everything starts at `visible_to`; a client gets the public part only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet

from cases.domain import enrichment
from cases.enums import OpenedBy, Status
from cases.models import Attachment, Case, CaseClock, CaseIncident, Interaction, Transition
from config.errors import Absent
from incidents.models import Incident
from tenants.domain.actors import Actor

OPEN = ~Q(status__in=[Status.RESOLVED, Status.CLOSED])
SOON = timedelta(hours=4)  # how far ahead 'breaching next' looks
SOONEST_FIRST = (F("next_due_at").asc(nulls_last=True), F("pk").asc())


def case_list(*, actor: Actor) -> QuerySet[Case]:
    """Every case the reader may see, with what a row shows: no query more per row."""
    return (
        Case.objects.visible_to(actor)
        .select_related("tenant", "requester", "owner", "category")
        .prefetch_related(_clocks(), _incidents(actor))
    )


def case_detail(*, case_id: int, actor: Actor) -> Case:
    """One case with all that hangs on it. Absent when it is not there for this reader."""
    found = (
        case_list(actor=actor)
        .select_related("policy", "duplicate_of", "reopened_from")
        .prefetch_related("case_resources__resource", "external_refs", _files(actor))
        .filter(pk=case_id)
        .first()
    )
    if found is None:
        raise Absent("There is no such case here, or not for you.")
    return found


def interactions(*, case: Case, actor: Actor) -> QuerySet[Interaction]:
    """Oldest first; the case has been found through `case_detail` or `case_list`."""
    found = Interaction.objects.filter(case_id=case.pk).select_related("user", "requester", "retracted_by")
    if actor.is_customer:
        found = found.shown_to_client()
    return found.prefetch_related(_files(actor)).order_by("at", "pk")


def transitions(*, case: Case, actor: Actor) -> QuerySet[Transition]:
    """Oldest first. A client sees that the case moved, not the clocks behind it: their faces leave those out."""
    return Transition.objects.filter(case_id=case.pk).select_related("undone_by").order_by("at", "pk")


def similar(*, case: Case, actor: Actor, at: datetime) -> list[Case]:
    """The closest other cases of the same tenant that this reader may see."""
    if actor.is_customer:
        return []
    return enrichment.similar_cases(
        Case.objects.visible_to(actor).for_tenant(case.tenant_id),
        error_ids=case.error_ids,
        resource_ids=[one.resource_id for one in case.case_resources.all()],
        category_id=case.category_id,
        exclude_id=case.pk,
        at=at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    name: str
    label: str
    help: str
    condition: Callable[[Actor, datetime], Q]


QUEUES: dict[str, Queue] = {
    queue.name: queue
    for queue in (
        Queue(
            name="mine",
            label="Mine",
            help="Yours, not closed.",
            condition=lambda actor, at: Q(owner_id=actor.user_id) & ~Q(status=Status.CLOSED),
        ),
        Queue(
            name="needs-first-word",
            label="Needs first word",
            help="The client has heard from no person yet.",
            condition=lambda actor, at: (
                OPEN
                & Q(first_response_at=None)
                & (Q(opened_by=OpenedBy.CUSTOMER) | Q(customer_waiting_since__isnull=False))
            ),
        ),
        Queue(
            name="breaching-next",
            label="Breaching next",
            help="A promise is late or ends within four hours.",
            condition=lambda actor, at: Q(next_due_at__lte=at + SOON),
        ),
        Queue(
            name="waiting-on-us",
            label="Waiting on us",
            help="The client spoke last, or work is ours.",
            condition=lambda actor, at: (
                Q(customer_waiting_since__isnull=False)
                | Q(status__in=[Status.NEW, Status.TRIAGE, Status.IN_PROGRESS])
                | Q(possible_thanks_at__isnull=False)
            ),
        ),
        Queue(
            name="waiting-on-customer",
            label="Waiting on customer",
            help="We asked and wait for an answer.",
            condition=lambda actor, at: Q(status=Status.WAITING),
        ),
        Queue(
            name="answered-not-accepted",
            label="Answered, not accepted",
            help="The client had a first word, but nobody has taken the case in hand.",
            condition=lambda actor, at: Q(status=Status.NEW, first_response_at__isnull=False),
        ),
        Queue(
            name="unassigned",
            label="Unassigned",
            help="Open and nobody's.",
            condition=lambda actor, at: OPEN & Q(owner=None),
        ),
        Queue(
            name="breached",
            label="Breached",
            help="Open, and a promise has been broken.",
            condition=lambda actor, at: OPEN & Q(breached=True),
        ),
        Queue(name="all", label="All", help="Everything you may see.", condition=lambda actor, at: Q()),
    )
}


def _clocks() -> Prefetch[Any, Any, Any]:
    return Prefetch("case_clocks", CaseClock.objects.select_related("clock").order_by("clock__started_at", "pk"))


def _incidents(actor: Actor) -> Prefetch[Any, Any, Any]:
    """Only incidents that the reader may know of; a client is told through the status page."""
    links = CaseIncident.objects.filter(removed_at=None).select_related("incident").order_by("incident_id")
    if actor.is_customer:
        return Prefetch("case_incidents", links.none())
    return Prefetch("case_incidents", links.filter(incident__in=Incident.objects.visible_to(actor)))


def _files(actor: Actor) -> Prefetch[Any, Any, Any]:
    files = Attachment.objects.filter(removed_at=None).select_related("blob")
    return Prefetch("attachments", files.filter(public=True) if actor.is_customer else files)
