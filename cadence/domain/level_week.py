"""What happened at L2 in a time, from rows alone, as one reader may know it: the figures, and what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from cadence.domain.patterns import UP
from cadence.models import ChainReview
from cases.enums import Level
from cases.models import OPEN, Case, Escalation, KnownIssue
from config.counting import counted_to
from tenants.domain.actors import Actor

COUNTED_TO = 1000  # one more says that there are more
LOOKED_THROUGH = 1000  # cases that came up; of more, the newest
A_PATTERN = 2  # cases
SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Each is the length of the list that it opens. `unsearched`: came up without a look at the known issues."""

    came_up: int
    unsearched: int
    resolved: int
    to_l3: int
    open_now: int
    known_issues: int
    reviews: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same error code or category on several of the cases that came up; `kind` is error or category."""

    kind: str
    name: str
    case_ids: list[int]
    clients: int


def came_up(actor: Actor, *, start: datetime, end: datetime) -> QuerySet[Escalation]:
    return _escalations(actor, start, end).filter(from_level=Level.L1, to_level=Level.L2)


def went_to_l3(actor: Actor, *, start: datetime, end: datetime) -> QuerySet[Escalation]:
    return _escalations(actor, start, end).filter(to_level=Level.L3).exclude(from_level=Level.L3)


def resolved(actor: Actor, *, start: datetime, end: datetime) -> QuerySet[Case]:
    seen = Case.objects.visible_to(actor).filter(level=Level.L2, resolved_at__gte=start, resolved_at__lt=end)
    return seen.order_by("resolved_at")


def figures(actor: Actor, *, start: datetime, end: datetime) -> Figures:
    """In one statement."""
    up = came_up(actor, start=start, end=end)
    lists = {
        "came_up": up,
        "unsearched": up.filter(known_issues_searched=False),
        "resolved": resolved(actor, start=start, end=end),
        "to_l3": went_to_l3(actor, start=start, end=end),
        "open_now": Case.objects.visible_to(actor).filter(OPEN, level=Level.L2).order_by("next_due_at"),
        "known_issues": KnownIssue.objects.filter(noted_at__gte=start, noted_at__lt=end),
        "reviews": ChainReview.objects.visible_to(actor).filter(opened_at__gte=start, opened_at__lt=end),
    }
    return Figures(**counted_to(COUNTED_TO + 1, lists))


def repeated(actor: Actor, *, start: datetime, end: datetime) -> list[Repeated]:
    """The most frequent first. One statement."""
    up = _escalations(actor, start, end).filter(UP).order_by().values("case_id")
    cases = Case.objects.filter(pk__in=up).select_related("category").order_by("-pk")
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases.only("tenant_id", "error_ids", "category")[:LOOKED_THROUGH]:
        for key in _keys(case):
            groups[key].append(case)
    found = [(key, held) for key, held in groups.items() if len(held) >= A_PATTERN]
    found = sorted(found, key=lambda one: (-len(one[1]), one[0]))[:SHOWN]
    return [
        Repeated(kind, name, sorted(case.pk for case in held), len({case.tenant_id for case in held}))
        for (kind, name), held in found
    ]


def _keys(case: Case) -> Iterable[tuple[str, str]]:
    yield from (("error", code) for code in dict.fromkeys(case.error_ids))
    if case.category is not None:
        yield "category", case.category.name


def _escalations(actor: Actor, start: datetime, end: datetime) -> QuerySet[Escalation]:
    return Escalation.objects.visible_to(actor).filter(at__gte=start, at__lt=end).order_by("at", "pk")
