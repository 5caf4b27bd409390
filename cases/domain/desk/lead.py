"""The CS Lead's view: what will break, what has nobody, who carries what, which client is in trouble.

Every figure is the length of the list that its link opens, counted under the same reader, to one more than COUNTED_TO.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet

from cases.domain.desk.broken import Days, broken_promises, days_of
from cases.domain.desk.carrying import Load, Suggestion, loads, suggestions
from cases.domain.desk.one_thing import Theme, themes
from cases.domain.desk.queues import IS_URGENT, QUEUES, SOON, queue
from cases.domain.reading import ShownClock, clocks_of
from cases.enums import HIGHER, Status
from cases.models import OPEN, Case, Escalation, Survey
from config.counting import CountTo, counted_to
from incidents.domain import rota
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.models import Tenant

ROWS = 12
LAST = 6
SILENT = timedelta(days=1)  # the client's word without an answer
LATELY = timedelta(days=7)
COUNTED_TO = 1000  # cases; one more says that there are more
GOOD_SCORE = 4  # of five; below it somebody should read the comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    case: Case
    clocks: list[ShownClock]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    tenant: Tenant
    open: int
    broken: int
    urgent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    soon: int
    broken: int
    nobody: int
    oldest_nobody: datetime | None
    urgent: int
    open: int
    reopened: int
    waiting_word: int
    silent: int
    handed_on: int
    broke_today: int
    broke_yesterday: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    totals: Totals
    promises: list[Promise]
    nobody: list[Case]
    urgent: list[Case]
    loads: list[Load]
    suggestions: list[Suggestion]
    missing: frozenset[int]  # owners known not to be there now
    at_risk: list[AtRisk]
    reopened: list[Case]
    escalations: list[Escalation]
    scores: list[Survey]
    incidents: list[Incident]
    today: rota.Today
    themes: list[Theme]
    broken_since: Days
    hours: list[tuple[datetime, int]]


def overview(*, actor: Actor, at: datetime) -> Overview:
    lists = first_of_lists(actor, at=at)
    clocks = clocks_of([case.pk for case in lists["soon"]], at=at)
    carrying = loads(actor, at=at, counted_to=COUNTED_TO)
    soonest = queue("breaching-next", actor=actor, at=at).values_list("next_due_at", flat=True)
    return Overview(
        totals=totals(actor, at=at),
        promises=[Promise(case=case, clocks=clocks.get(case.pk, [])) for case in lists["soon"]],
        nobody=lists["nobody"],
        urgent=lists["urgent"],
        loads=carrying,
        suggestions=suggestions(carrying, lists["soon"], actor),
        missing=frozenset(load.person.pk for load in carrying if load.missing),
        at_risk=at_risk(actor),
        reopened=lists["reopened"],
        escalations=list(
            Escalation.objects.visible_to(actor)
            .filter(at__gt=at - timedelta(days=1), at__lte=at)
            .select_related("case__tenant", "case__owner")
            .order_by("-at")[:LAST]
        ),
        scores=list(
            Survey.objects.visible_to(actor)
            .filter(answered_at__gt=at - LATELY, csat__lt=GOOD_SCORE)
            .select_related("case__tenant")
            .order_by("csat", "-answered_at")[:ROWS]
        ),
        incidents=list(Incident.objects.visible_to(actor).open().select_related("commander", "communicator")[:ROWS]),
        today=rota.today(at=at),
        themes=themes(actor=actor, at=at),
        broken_since=days_of(at),
        hours=by_hour(soonest[:500], at=at),
    )


def first_of_lists(actor: Actor, *, at: datetime) -> dict[str, list[Case]]:
    """The first rows of each list in its order, in one statement: a case that stands in several is read once."""
    seen = Case.objects.visible_to(actor)
    soon, nobody = (QUEUES[name].condition(actor, at) for name in ("breaching-next", "unassigned"))
    lists = {
        "soon": (soon, ("next_due_at", "pk")),
        "nobody": (nobody, ("opened_at", "pk")),
        "urgent": (OPEN & IS_URGENT, ("priority", "opened_at")),
        "reopened": (OPEN & Q(reopen_count__gt=0), ("-opened_at",)),
    }
    first, *others = [seen.filter(fits).order_by(*order).values("pk")[:ROWS] for fits, order in lists.values()]
    fits_as = {f"is_{name}": ExpressionWrapper(fits, BooleanField()) for name, (fits, _order) in lists.items()}
    found = Case.objects.filter(pk__in=first.union(*others)).select_related("tenant", "owner").annotate(**fits_as)
    return {
        name: _sorted([case for case in found if getattr(case, f"is_{name}")], order)[:ROWS]
        for name, (_fits, order) in lists.items()
    }


def _sorted(cases: list[Case], order: Sequence[str]) -> list[Case]:
    for name in reversed(order):
        cases = sorted(cases, key=attrgetter(name.removeprefix("-")), reverse=name.startswith("-"))
    return cases


def totals(actor: Actor, *, at: datetime) -> Totals:
    """Each is the size of the list that its link opens. One statement."""
    seen = Case.objects.visible_to(actor).order_by()
    nobody = queue("unassigned", actor=actor, at=at)
    lists = {
        "soon": queue("breaching-next", actor=actor, at=at),
        "broken": queue("breached", actor=actor, at=at),
        "nobody": nobody,
        "urgent": seen.filter(OPEN & IS_URGENT),
        "open": seen.filter(OPEN),
        "reopened": seen.filter(OPEN, reopen_count__gt=0),
        "waiting_word": seen.filter(~Q(status=Status.CLOSED), customer_waiting_since__isnull=False),
        "silent": seen.filter(~Q(status=Status.CLOSED), customer_waiting_since__lte=at - SILENT),
        "handed_on": seen.filter(OPEN, owner=None, level__in=HIGHER),
        **broken_promises(actor, at=at),
    }
    oldest = nobody.order_by("opened_at", "pk").values("opened_at")
    return Totals(**counted_to(COUNTED_TO + 1, lists, beside={"oldest_nobody": oldest}))


def at_risk(actor: Actor) -> list[AtRisk]:
    """Tenants with a broken promise on an open case, a P0 or P1, or three and more open; the worst first. One
    statement, of as many probes as there are tenants.
    """
    held = Case.objects.filter(OPEN, tenant=OuterRef("pk")).order_by()
    worst = (
        Tenant.objects.visible_to(actor)
        .annotate(
            broken_cases=_counted(held.filter(breached=True)),
            urgent_cases=_counted(held.filter(IS_URGENT)),
            open_cases=_counted(held),
        )
        .order_by("-broken_cases", "-urgent_cases", "-open_cases", "pk")[:ROWS]
    )
    return [
        AtRisk(tenant=one, open=one.open_cases, broken=one.broken_cases, urgent=one.urgent_cases)
        for one in worst
        if one.broken_cases or one.urgent_cases or one.open_cases >= 3
    ]


def _counted(cases: QuerySet[Case]) -> CountTo:
    return CountTo(cases.values("pk")[: COUNTED_TO + 1])


def by_hour(dues: Iterable[datetime | None], *, at: datetime) -> list[tuple[datetime, int]]:
    """How many promises end in each hour from now; what is overdue counts in the first."""
    first = at.replace(minute=0, second=0, microsecond=0)
    hours = {first + timedelta(hours=n): 0 for n in range(int(SOON / timedelta(hours=1)) + 1)}
    for due in dues:
        if due is not None:
            hour = max(first, due.replace(minute=0, second=0, microsecond=0))
            if hour in hours:
                hours[hour] += 1
    return list(hours.items())
