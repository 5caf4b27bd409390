"""The CS Lead's view: what will break, what has nobody, who carries what, which client is in trouble.

Every figure is the length of the list that its link opens, counted under the same reader.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q

from cases.domain.desk.queues import IS_URGENT, QUEUES, SOON, queue
from cases.domain.reading import ShownClock, clocks_of
from cases.enums import Status
from cases.models import OPEN, Case, Escalation, Survey
from incidents.domain import rota
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.models import Tenant, User

ROWS = 12
LAST = 6
LATELY = timedelta(days=7)
GOOD_SCORE = 4  # of five; below it somebody should read the comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    case: Case
    clocks: list[ShownClock]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    person: User
    open: int
    urgent: int
    next_due_at: datetime | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    totals: Totals
    promises: list[Promise]
    nobody: list[Case]
    urgent: list[Case]
    loads: list[Load]
    at_risk: list[AtRisk]
    reopened: list[Case]
    escalations: list[Escalation]
    scores: list[Survey]
    incidents: list[Incident]
    today: rota.Today
    hours: list[tuple[datetime, int]]


def overview(*, actor: Actor, at: datetime) -> Overview:
    cases = Case.objects.visible_to(actor)
    open_cases = cases.filter(OPEN)
    soonest = queue("breaching-next", actor=actor, at=at).select_related("tenant", "owner")
    breaking = list(soonest[:ROWS])
    clocks = clocks_of([case.pk for case in breaking], at=at)
    return Overview(
        totals=totals(actor, at=at),
        promises=[Promise(case=case, clocks=clocks.get(case.pk, [])) for case in breaking],
        nobody=list(
            queue("unassigned", actor=actor, at=at).select_related("tenant").order_by("opened_at", "pk")[:ROWS]
        ),
        urgent=list(
            open_cases.filter(IS_URGENT).select_related("tenant", "owner").order_by("priority", "opened_at")[:ROWS]
        ),
        loads=loads(actor, at=at),
        at_risk=at_risk(actor, at=at),
        reopened=list(
            open_cases.filter(reopen_count__gt=0).select_related("tenant", "owner").order_by("-opened_at")[:ROWS]
        ),
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
        hours=by_hour(soonest.values_list("next_due_at", flat=True)[:500], at=at),
    )


def totals(actor: Actor, *, at: datetime) -> Totals:
    """In one statement; each is the size of the list that its link opens."""
    soon, broken, nobody = (QUEUES[name].condition(actor, at) for name in ("breaching-next", "breached", "unassigned"))
    counted = (
        Case.objects.visible_to(actor)
        .filter(~Q(status=Status.CLOSED))
        .aggregate(
            soon=Count("pk", filter=soon),
            broken=Count("pk", filter=broken),
            nobody=Count("pk", filter=nobody),
            oldest_nobody=Min("opened_at", filter=nobody),
            urgent=Count("pk", filter=OPEN & IS_URGENT),
            open=Count("pk", filter=OPEN),
            reopened=Count("pk", filter=OPEN & Q(reopen_count__gt=0)),
            waiting_word=Count("pk", filter=Q(customer_waiting_since__isnull=False)),
        )
    )
    return Totals(**counted)


def loads(actor: Actor, *, at: datetime) -> list[Load]:
    """Everybody with open cases, the fullest first."""
    counted = (
        Case.objects.visible_to(actor)
        .filter(OPEN, owner__isnull=False)
        .values("owner_id")
        .annotate(
            open=Count("pk"),
            urgent=Count("pk", filter=IS_URGENT),
            next_due=Min("next_due_at"),
        )
        .order_by("-open", "owner_id")
    )
    rows = list(counted)
    people = User.objects.in_bulk([row["owner_id"] for row in rows])
    return [
        Load(
            person=people[row["owner_id"]],
            open=row["open"],
            urgent=row["urgent"],
            next_due_at=row["next_due"],
        )
        for row in rows
    ]


def at_risk(actor: Actor, *, at: datetime) -> list[AtRisk]:
    """Tenants with a broken promise on an open case, a P0 or P1, or three and more open; the worst first."""
    counted = (
        Case.objects.visible_to(actor)
        .filter(OPEN)
        .values("tenant_id")
        .annotate(open=Count("pk"), broken=Count("pk", filter=Q(breached=True)), urgent=Count("pk", filter=IS_URGENT))
        .filter(Q(broken__gt=0) | Q(urgent__gt=0) | Q(open__gte=3))
        .order_by("-broken", "-urgent", "-open", F("tenant_id"))[:ROWS]
    )
    rows = list(counted)
    tenants = Tenant.objects.in_bulk([row["tenant_id"] for row in rows])
    return [
        AtRisk(tenant=tenants[row["tenant_id"]], open=row["open"], broken=row["broken"], urgent=row["urgent"])
        for row in rows
    ]


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
