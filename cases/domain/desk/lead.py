"""The CS Lead's view: what will break, what has nobody, who carries what, which client is in trouble.

Every figure is the length of the list that its link opens, counted under the same reader.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

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
class Share:
    """What one person (None: nobody) has of one tenant's cases that are not closed."""

    tenant_id: int
    owner_id: int | None
    soon: int
    broken: int
    nobody: int
    oldest_nobody: datetime | None
    urgent: int
    open: int
    reopened: int
    waiting_word: int
    next_due_at: datetime | None


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
    open_cases = Case.objects.visible_to(actor).filter(OPEN)
    desk = _desk(actor, at=at)
    soonest = queue("breaching-next", actor=actor, at=at).select_related("tenant", "owner")
    breaking = list(soonest[:ROWS])
    clocks = clocks_of([case.pk for case in breaking], at=at)
    return Overview(
        totals=totals(desk),
        promises=[Promise(case=case, clocks=clocks.get(case.pk, [])) for case in breaking],
        nobody=list(
            queue("unassigned", actor=actor, at=at).select_related("tenant").order_by("opened_at", "pk")[:ROWS]
        ),
        urgent=list(
            open_cases.filter(IS_URGENT).select_related("tenant", "owner").order_by("priority", "opened_at")[:ROWS]
        ),
        loads=loads(desk),
        at_risk=at_risk(desk),
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


def _desk(actor: Actor, *, at: datetime) -> list[Share]:
    """All that is not closed, in one pass: a share for each tenant and owner."""
    soon, broken, nobody = (QUEUES[name].condition(actor, at) for name in ("breaching-next", "breached", "unassigned"))
    counted = (
        Case.objects.visible_to(actor)
        .filter(~Q(status=Status.CLOSED))
        .order_by()
        .values("tenant_id", "owner_id")
        .annotate(
            soon=Count("pk", filter=soon),
            broken=Count("pk", filter=broken),
            nobody=Count("pk", filter=nobody),
            oldest_nobody=Min("opened_at", filter=nobody),
            urgent=Count("pk", filter=OPEN & IS_URGENT),
            open=Count("pk", filter=OPEN),
            reopened=Count("pk", filter=OPEN & Q(reopen_count__gt=0)),
            waiting_word=Count("pk", filter=Q(customer_waiting_since__isnull=False)),
            next_due_at=Min("next_due_at", filter=OPEN),
        )
    )
    return [Share(**row) for row in counted]


def totals(desk: Sequence[Share]) -> Totals:
    """Each is the size of the list that its link opens."""
    return Totals(
        soon=sum(one.soon for one in desk),
        broken=sum(one.broken for one in desk),
        nobody=sum(one.nobody for one in desk),
        oldest_nobody=_earliest(one.oldest_nobody for one in desk),
        urgent=sum(one.urgent for one in desk),
        open=sum(one.open for one in desk),
        reopened=sum(one.reopened for one in desk),
        waiting_word=sum(one.waiting_word for one in desk),
    )


def loads(desk: Sequence[Share]) -> list[Load]:
    """Everybody with open cases, the fullest first."""
    held: dict[int, list[Share]] = defaultdict(list)
    for one in desk:
        if one.owner_id is not None and one.open:
            held[one.owner_id].append(one)
    people = User.objects.in_bulk(held)
    found = [
        Load(
            person=people[owner_id],
            open=sum(one.open for one in shares),
            urgent=sum(one.urgent for one in shares),
            next_due_at=_earliest(one.next_due_at for one in shares),
        )
        for owner_id, shares in held.items()
    ]
    return sorted(found, key=lambda load: (-load.open, load.person.pk))


def at_risk(desk: Sequence[Share]) -> list[AtRisk]:
    """Tenants with a broken promise on an open case, a P0 or P1, or three and more open; the worst first."""
    counted: Counter[tuple[int, str]] = Counter()
    for one in desk:
        for name in ("broken", "urgent", "open"):
            counted[one.tenant_id, name] += getattr(one, name)
    figures = {
        tenant_id: (counted[tenant_id, "broken"], counted[tenant_id, "urgent"], counted[tenant_id, "open"])
        for tenant_id in {one.tenant_id for one in desk}
    }
    risky = [one for one, (broken, urgent, held) in figures.items() if broken or urgent or held >= 3]
    worst = sorted(risky, key=lambda one: (*(-figure for figure in figures[one]), one))[:ROWS]
    tenants = Tenant.objects.in_bulk(worst)
    return [
        AtRisk(tenant=tenants[one], broken=figures[one][0], urgent=figures[one][1], open=figures[one][2])
        for one in worst
    ]


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


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
