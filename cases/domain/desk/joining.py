"""Before two cases are joined: which other one may be meant, and what stands on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from cases.domain import search
from cases.domain.reading import ShownClock, case_header, clocks_of
from cases.enums import ADDRESSED, InteractionKind, Status
from cases.models import OPEN, Attachment, Case, Interaction
from config.errors import Absent
from sla.domain.fold import State
from tenants.domain.actors import Actor

AT_MOST = 12  # cases that are offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two. `running`: its clocks that have not ended."""

    case: Case
    running: list[ShownClock]
    messages: int
    notes: int
    files: int


def others(case: Case, *, words: str, open_only: bool, actor: Actor) -> list[Case]:
    """The client's other cases that fit the words, the newest first; without words the requester's own ahead."""
    found = Case.objects.visible_to(actor).filter(tenant_id=case.tenant_id).exclude(pk=case.pk)
    found = found.select_related("requester").order_by("-opened_at", "-pk")
    if words.strip():
        fit = found.exclude(status=Status.CLOSED) if open_only else found
        return list(search.narrowed_by(words, fit, actor=actor)[:AT_MOST])
    if open_only:
        found = found.filter(OPEN)  # what was resolved is found by its words
    theirs = list(found.filter(requester_id=case.requester_id)[:AT_MOST])
    return [*theirs, *found.exclude(requester_id=case.requester_id)[: AT_MOST - len(theirs)]]


def other_of(case: Case, other_id: int, *, actor: Actor) -> Case:
    """Raises Absent for itself and for another client's."""
    other = case_header(case_id=other_id, actor=actor)
    if other.tenant_id != case.tenant_id or other.pk == case.pk:
        raise Absent(_("The client has no such other case."))
    return other


def sides(cases: Sequence[Case], *, at: datetime) -> list[Side]:
    """In the order given; three statements."""
    ids = [case.pk for case in cases]
    clocks = clocks_of(ids, at=at)
    said = Interaction.objects.filter(case_id__in=ids, retracted_by__isnull=True).order_by().values("case_id")
    messages = Count("pk", filter=Q(kind__in=ADDRESSED, public=True))
    notes = Count("pk", filter=Q(kind=InteractionKind.NOTE))
    counted = {row["case_id"]: row for row in said.annotate(messages=messages, notes=notes)}
    files = Attachment.objects.filter(case_id__in=ids, removed_at=None).order_by().values_list("case_id")
    attached = dict(files.annotate(n=Count("pk")))
    return [
        Side(
            case=case,
            running=[clock for clock in clocks.get(case.pk, []) if _is_going(clock)],
            messages=counted.get(case.pk, {}).get("messages", 0) + bool(case.description.strip()),
            notes=counted.get(case.pk, {}).get("notes", 0),
            files=attached.get(case.pk, 0),
        )
        for case in cases
    ]


def _is_going(clock: ShownClock) -> bool:
    return clock.now.stopped_at is None and clock.now.state in (State.RUNNING, State.PAUSED, State.BREACHED)
