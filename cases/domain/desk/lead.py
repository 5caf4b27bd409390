"""The CS Lead's view: what will break, what has nobody, who carries what, which client is in trouble.

Every figure is the length of the list that its link opens, counted under the same reader, to one more than COUNTED_TO.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db.models import BooleanField, DateTimeField, ExpressionWrapper, OuterRef, Q, QuerySet

from cases.domain.desk.broken import Days, broken_promises, days_of
from cases.domain.desk.carrying import Load, Suggestion, loads, suggestions
from cases.domain.desk.due import Hour, end_of_day, hours_left
from cases.domain.desk.one_thing import Theme, themes
from cases.domain.desk.queues import IS_URGENT, QUEUES, queue
from cases.domain.reading import ShownClock, clocks_of
from cases.enums import HIGHER, Status
from cases.models import OPEN, Case, Escalation, Survey
from cases.models.surveys import GOOD_SCORE
from config.counting import CountTo, KeptCounts, Lists
from config.kept_statements import Given, Kept
from incidents.domain import rota
from incidents.models import Incident
from outbox.domain.reading import undelivered, unheard
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Tenant

ROWS = 12
LAST = 6
SAID = 2  # bad scores of a client that are shown with their words
SILENT = timedelta(days=1)  # the client's word without an answer
LATELY = timedelta(days=7)
COUNTED_TO = 500  # cases; one more says that there are more


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    case: Case
    clocks: list[ShownClock]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    """`bad_scores`: how many of the last week; `said`: those of the worst that are shown with their words."""

    tenant: Tenant
    open: int
    broken: int
    urgent: int
    bad_scores: int = 0
    said: list[Survey] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    soon: int
    today: int
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
    undelivered: int
    unheard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`hours`: how many promises end in each hour that is left of the day, the late ones first."""

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
    scores_since: datetime
    incidents: list[Incident]
    today: rota.Today
    themes: list[Theme]
    broken_since: Days
    hours: list[tuple[Hour, int]]


def overview(*, actor: Actor, at: datetime) -> Overview:
    """`at` in the reader's zone: their day's hours are counted."""
    lists = first_of_lists(actor, at=at)
    counted, hours = totals(actor, at=at)
    clocks = clocks_of([case.pk for case in lists["soon"]], at=at)
    carrying = loads(actor, at=at, counted_to=COUNTED_TO)
    return Overview(
        totals=counted,
        promises=[Promise(case=case, clocks=clocks.get(case.pk, [])) for case in lists["soon"]],
        nobody=lists["nobody"],
        urgent=lists["urgent"],
        loads=carrying,
        suggestions=suggestions(carrying, lists["soon"], actor),
        missing=frozenset(load.person.pk for load in carrying if load.missing),
        at_risk=at_risk(actor, since=at - LATELY),
        reopened=lists["reopened"],
        escalations=list(
            Escalation.objects.visible_to(actor)
            .filter(at__gt=at - timedelta(days=1), at__lte=at)
            .select_related("case__tenant", "case__owner")
            .order_by("-at")[:LAST]
        ),
        scores_since=at - LATELY,
        incidents=list(Incident.objects.visible_to(actor).open().select_related("commander", "communicator")[:ROWS]),
        today=rota.today(at=at),
        themes=themes(actor=actor, at=at),
        broken_since=days_of(at),
        hours=hours,
    )


def first_of_lists(actor: Actor, *, at: datetime) -> dict[str, list[Case]]:
    """The first rows of each list in its order, in one statement: a case that stands in several is read once."""
    found = FIRST.rows(actor.sight, at=at, day_ends=end_of_day(at))
    return {
        name: _sorted([case for case in found if getattr(case, f"is_{name}")], order)[:ROWS]
        for name, order in ORDERED.items()
    }


ORDERED = {
    "soon": ("next_due_at", "pk"),
    "nobody": ("opened_at", "pk"),
    "urgent": ("priority", "opened_at"),
    "reopened": ("-opened_at",),
}


def _first(given: Given, reader: Actor) -> QuerySet[Case]:
    seen = Case.objects.visible_to(reader)
    fits = {
        "soon": Q(next_due_at__lt=given("day_ends", DateTimeField())),
        "nobody": QUEUES["unassigned"].condition(reader, given("at", DateTimeField())),
        "urgent": OPEN & IS_URGENT,
        "reopened": OPEN & Q(reopen_count__gt=0),
    }
    first, *others = [seen.filter(fits[name]).order_by(*order).values("pk")[:ROWS] for name, order in ORDERED.items()]
    fits_as = {f"is_{name}": ExpressionWrapper(condition, BooleanField()) for name, condition in fits.items()}
    cases = Case.objects.filter(pk__in=first.union(*others)).select_related("tenant", "owner")
    return cases.annotate(**fits_as).order_by("-pk")


FIRST = Kept(_first)


def _sorted(cases: list[Case], order: Sequence[str]) -> list[Case]:
    for name in reversed(order):
        cases = sorted(cases, key=attrgetter(name.removeprefix("-")), reverse=name.startswith("-"))
    return cases


def totals(actor: Actor, *, at: datetime) -> tuple[Totals, list[tuple[Hour, int]]]:
    """Each is the size of the list that its link opens; beside them the hours of the day. One statement."""
    hours, days = hours_left(at), days_of(at)
    bounds = {f"from {n}": hour.starts_at for n, hour in enumerate(hours)}
    bounds |= {f"to {n}": hour.ends_at for n, hour in enumerate(hours)}
    told = TOTALS.counted_to(
        COUNTED_TO + 1,
        actor.sight,
        tuple(hour.name for hour in hours),
        at=at,
        day_ends=end_of_day(at),
        silent_since=at - SILENT,
        today=days.today,
        yesterday=days.yesterday,
        **bounds,
    )
    counted = [(hour, told.pop(f"due {n}")) for n, hour in enumerate(hours)]
    return Totals(**told), counted


def _totals(given: Given, reader: Actor, hours: Sequence[str]) -> tuple[Lists, Lists]:
    def moment(name: str) -> Any:
        return given(name, DateTimeField())

    at = moment("at")
    seen = Case.objects.visible_to(reader).order_by()
    nobody = queue("unassigned", actor=reader, at=at)
    places = reader.access.tenant_ids(Right.SEE_CASES)
    lists = {
        "soon": queue("breaching-next", actor=reader, at=at),
        "today": seen.filter(next_due_at__lt=moment("day_ends")).order_by("next_due_at"),
        "broken": queue("breached", actor=reader, at=at),
        "nobody": nobody,
        "urgent": seen.filter(OPEN & IS_URGENT),
        # In the order of an index of what is open: in none, a small table is read from its beginning.
        "open": seen.filter(OPEN).order_by("tenant_id", "breached"),
        "reopened": seen.filter(OPEN, reopen_count__gt=0),
        "waiting_word": seen.filter(~Q(status=Status.CLOSED), customer_waiting_since__isnull=False),
        "silent": seen.filter(~Q(status=Status.CLOSED), customer_waiting_since__lte=moment("silent_since")),
        "handed_on": seen.filter(OPEN, owner=None, level__in=HIGHER),
        **broken_promises(reader, Days(today=moment("today"), yesterday=moment("yesterday"))),
        "undelivered": undelivered(tenant_ids=places),
        "unheard": unheard(tenant_ids=places),
    }
    for n, name in enumerate(hours):
        hour = Hour(name, moment(f"from {n}"), moment(f"to {n}"))
        lists[f"due {n}"] = seen.filter(hour.holds(at)).order_by("next_due_at")
    return lists, {"oldest_nobody": nobody.order_by("opened_at", "pk").values("opened_at")}


TOTALS = KeptCounts(_totals)


def at_risk(actor: Actor, *, since: datetime) -> list[AtRisk]:
    """Tenants with a broken promise on an open case, a P0 or P1, three and more open, or a bad score `since` then; the
    worst first. Two statements, the first of as many probes as there are tenants.
    """
    worst = WORST.rows(actor.sight, since=since)
    bad = _bad_scores(actor, since)
    said: dict[int, list[Survey]] = defaultdict(list)
    for score in bad.filter(tenant__in=[one.pk for one in worst]).order_by("csat", "-answered_at")[: ROWS * SAID]:
        said[score.tenant_id].append(score)
    return [
        AtRisk(
            tenant=one,
            open=one.open_cases,
            broken=one.broken_cases,
            urgent=one.urgent_cases,
            bad_scores=one.bad_scores,
            said=said[one.pk][:SAID],
        )
        for one in worst
        if one.broken_cases or one.urgent_cases or one.bad_scores or one.open_cases >= 3
    ]


def _worst(given: Given, reader: Actor) -> QuerySet[Tenant]:
    held = Case.objects.filter(OPEN, tenant=OuterRef("pk")).order_by()
    bad = _bad_scores(reader, given("since", DateTimeField()))
    tenants = Tenant.objects.visible_to(reader).annotate(
        broken_cases=_counted(held.filter(breached=True)),
        urgent_cases=_counted(held.filter(IS_URGENT)),
        open_cases=_counted(held),
        bad_scores=_counted(bad.filter(tenant=OuterRef("pk")).order_by()),
    )
    return tenants.order_by("-broken_cases", "-urgent_cases", "-bad_scores", "-open_cases", "pk")[:ROWS]


WORST = Kept(_worst)


def _bad_scores(actor: Actor, since: Any) -> QuerySet[Survey]:
    return Survey.objects.visible_to(actor).filter(answered_at__gte=since, csat__lt=GOOD_SCORE)


def _counted(rows: QuerySet[Any]) -> CountTo:
    return CountTo(rows.values("pk")[: COUNTED_TO + 1])
