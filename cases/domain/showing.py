"""What is shown beside cases: promises as they stand now, incidents, similar ones. Few statements however many cases.

A customer is shown less: public incidents only and nothing similar (another one's subject may tell a secret).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from cases.enums import ClockKind
from cases.models import Attachment, Case, CaseClock, CaseIncident
from config.errors import Absent
from incidents.models import Incident
from sla.domain.fold import Reading, state_at
from sla.domain.rows import state_of
from tenants.domain.actors import Actor
from tenants.enums import Right

SIMILAR_SHOWN = 5
SIMILAR_WITHIN = timedelta(days=90)
ORDER = {kind.value: place for place, kind in enumerate(ClockKind)}


@dataclass(frozen=True, slots=True)
class ShownClock:
    """`now` is the clock at the moment of asking; the kind and window are the case's."""

    id: int
    kind: str
    window: int
    started_at: datetime
    now: Reading


def clocks_of(case_ids: Iterable[int], *, at: datetime) -> dict[int, list[ShownClock]]:
    """By case, in the order of the kinds, then windows. One statement."""
    found: dict[int, list[CaseClock]] = defaultdict(list)
    links = CaseClock.objects.filter(case_id__in=list(case_ids)).select_related("clock")
    for link in links:
        found[link.case_id].append(link)
    return {case_id: as_shown(of_case, at=at) for case_id, of_case in found.items()}


def as_shown(links: Iterable[CaseClock], *, at: datetime) -> list[ShownClock]:
    """Clocks that were read already."""
    return [
        ShownClock(link.clock_id, link.kind, link.window, link.clock.started_at, state_at(state_of(link.clock), at))
        for link in sorted(links, key=lambda link: (ORDER[link.kind], link.window))
    ]


def incidents_of(case_ids: Iterable[int], *, actor: Actor) -> dict[int, list[Incident]]:
    """By case, newest first, those the actor may see. One statement."""
    seen = (
        Incident.objects.visible_to(actor, Right.CLIENT_CASES).filter(public=True)
        if actor.is_customer
        else Incident.objects.visible_to(actor)
    )
    links = (
        CaseIncident.objects.filter(case_id__in=list(case_ids), removed_at=None, incident__in=seen)
        .select_related("incident")
        .order_by("-incident_id")
    )
    found: dict[int, list[Incident]] = defaultdict(list)
    for link in links:
        found[link.case_id].append(link.incident)
    return found


def similar_to(case: Case, *, actor: Actor, at: datetime) -> list[Case]:
    """Recent cases with a common error id, or of the same category at the same tenant; newest first."""
    if actor.is_customer:
        return []
    alike = Q()
    if case.error_ids:
        alike |= Q(error_ids__overlap=case.error_ids)
    if case.category_id:
        alike |= Q(category_id=case.category_id, tenant_id=case.tenant_id)
    if not alike:
        return []
    recent = Case.objects.visible_to(actor).filter(alike, opened_at__gte=at - SIMILAR_WITHIN).exclude(pk=case.pk)
    return list(recent.order_by("-opened_at", "-pk")[:SIMILAR_SHOWN])


def attachments_of(case_id: int, *, actor: Actor) -> QuerySet[Attachment]:
    files = Attachment.objects.filter(case_id=case_id, removed_at=None).select_related("blob")
    return files.filter(public=True) if actor.is_customer else files


def clock_id_of(case_id: int, *, kind: str, window: int | None) -> int:
    """A clock of the case, that of the latest window when none is named. Raises Absent."""
    links = CaseClock.objects.filter(case_id=case_id, kind=kind)
    if window is not None:
        links = links.filter(window=window)
    found = links.order_by("-window").values_list("clock_id", flat=True).first()
    if found is None:
        raise Absent("The case has no such clock.")
    return found
