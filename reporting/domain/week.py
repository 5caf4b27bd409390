"""A tenant's week from rows alone: what was fixed, what is being worked on, what waits. For the weekly update.

A fact is the tenant's own by its row's tenant; nothing else can enter.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from cases.enums import NEVER_WORKED, Priority, Status
from cases.models import Case
from incidents.enums import OPEN_STATUSES
from incidents.models import Incident, IncidentUpdate


@dataclass(frozen=True)
class Fact:
    """`kind` and `label` name the row (`case`, `CASE-1042`), `url` is where staff look it up, `text` what is said."""

    kind: str
    label: str
    url: str
    text: str

    def as_line(self) -> dict[str, object]:
        whole = asdict(self)
        return {"text": whole.pop("text"), "fact": whole}


@dataclass(frozen=True)
class Week:
    solved: list[Fact]
    working: list[Fact]
    waiting: list[Fact]


def week_of(*, tenant_id: int, start: datetime, end: datetime, limit: int = 5) -> Week:
    """Facts of one tenant in [start, end), the weightiest first, `limit` a section."""
    cases = Case.objects.filter(tenant_id=tenant_id, imported=False).exclude(closed_as__in=NEVER_WORKED)
    order = ["priority", "-opened_at"]
    solved = cases.filter(resolved_at__gte=start, resolved_at__lt=end).order_by(*order)[:limit]
    working = cases.filter(
        status__in=[Status.NEW, Status.TRIAGE, Status.IN_PROGRESS], priority__in=[Priority.P0, Priority.P1, Priority.P2]
    ).order_by(*order)[:limit]
    waiting = cases.filter(status=Status.WAITING).order_by(*order)[:limit]
    ended = _incidents(tenant_id).filter(resolved_at__gte=start, resolved_at__lt=end)[:limit]
    open_now = _incidents(tenant_id).filter(status__in=OPEN_STATUSES)[:limit]
    return Week(
        solved=([_of_incident(i) for i in ended] + [_of_case(c, c.subject) for c in solved])[:limit],
        working=([_of_incident(i) for i in open_now] + [_of_case(c, c.subject) for c in working])[:limit],
        waiting=[_of_case(c, f"{c.subject}: we need an answer from you") for c in waiting],
    )


def _incidents(tenant_id: int) -> QuerySet[Incident]:
    return (
        Incident.objects.filter(tenant_links__tenant_id=tenant_id)
        .order_by("severity", "-declared_at")
        .prefetch_related(Prefetch("updates", queryset=IncidentUpdate.objects.order_by("-published_at", "-pk")))
    )


def _of_case(case: Case, text: str) -> Fact:
    return Fact(kind="case", label=case.reference, url=f"/admin/desk/cases/{case.pk}/", text=text.strip())


def _of_incident(incident: Incident) -> Fact:
    """In the words that clients were told: a title may name somebody else."""
    told = next(iter(incident.updates.all()), None)
    text = told.seeing if told is not None else f"Incident {incident.reference}"
    return Fact(
        kind="incident",
        label=incident.reference,
        url=f"/admin/incidents/incident/{incident.pk}/change/",
        text=text.strip(),
    )
