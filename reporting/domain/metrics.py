"""The helpdesk's figures for a period, the same for command, API and page.

Each figure names whom it counts (population), by which date (basis) and on which clock. Cases closed as spam,
duplicate or withdrawn count nowhere. Promises are counted in SLA windows, not in case rows: a reopened case has two.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, DurationField, Expression, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Extract

from cases.enums import NEVER_WORKED, Move, Status
from cases.models import Case, CaseClock, Escalation, Survey, Transition
from reporting.domain.percentiles import Percentile
from reporting.domain.period import Period
from sla.domain.attainment import Attainment, attainment
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Tenant

KINDS = ("first_response", "next_reply", "resolution", "target")
FIRST_RESPONSE_BASIS = "first public reply in the period; time round the clock since opening"
RESOLUTION_BASIS = "resolution windows ended by a resolution in the period; time round the clock since their start"


@dataclass(frozen=True)
class Times:
    """Seconds; None where `n` is 0."""

    n: int
    median_seconds: float | None
    p90_seconds: float | None
    mean_seconds: float | None


@dataclass(frozen=True)
class Share:
    """`rate` is `part` of `whole`, None where there is no whole."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        return round(self.part / self.whole, 4) if self.whole else None


@dataclass(frozen=True)
class Promise:
    """How one kind of promise was kept for one priority (`all`: for every one)."""

    kind: str
    priority: str
    figures: Attainment


@dataclass(frozen=True)
class Opened:
    number: int
    by_priority: dict[str, int]
    categories: dict[str, Share]


@dataclass(frozen=True)
class Metrics:
    period: Period
    tenant: str | None
    opened: int
    opened_by_priority: dict[str, int]
    resolved: int
    closed: int
    open_at_end: int
    first_response: Times
    first_response_by_priority: dict[str, Times]
    resolution: Times
    resolution_by_priority: dict[str, Times]
    time_to_accept: Times
    promises: list[Promise]
    reopened: Share
    rejected: int
    escalated: Share
    categories: dict[str, Share]
    csat_n: int
    csat_mean: float | None
    nps_n: int
    nps: float | None
    basis: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; shares carry their rate."""
        document = asdict(self)
        document["period"] = {
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "zone": self.period.zone,
        }
        for name in ("reopened", "escalated"):
            document[name]["rate"] = getattr(self, name).rate
        for name, share in self.categories.items():
            document["categories"][name]["rate"] = share.rate
        document["promises"] = [
            {"kind": one.kind, "priority": one.priority, **one.figures.as_json()} for one in self.promises
        ]
        return document


def metrics(*, period: Period, tenant: Tenant | None = None, actor: Actor) -> Metrics:
    """The figures over the cases that `actor` sees, of one tenant if given."""
    start, end = period.start, period.end
    cases = _of(Case.objects.visible_to(actor), tenant).exclude(closed_as__in=NEVER_WORKED)
    opened = _opened(cases.filter(_within("opened_at", start, end)))
    by_move = _moves(_worked(Transition, tenant, actor).filter(_within("at", start, end)))
    # By the clock's own tenant: an index of the clocks begins with it.
    windows = _worked(CaseClock, tenant, actor, owner="clock__tenant").filter(_within("clock__stopped_at", start, end))
    answered = cases.filter(_within("first_response_at", start, end))
    to_answer = F("first_response_at") - F("opened_at")
    fixed = windows.filter(kind="resolution", clock__ended_as__in=["met", "late"])
    to_fix = F("clock__stopped_at") - F("clock__started_at")
    closed = by_move.get(Move.CLOSE, 0) + by_move.get(Move.CONFIRM, 0)
    still_open = ~Q(status=Status.CLOSED) | Q(closed_at__gte=end)
    escalated = _worked(Escalation, tenant, actor).filter(_within("at", start, end)).values("case").distinct()
    answers = _worked(Survey, tenant, actor).filter(_within("answered_at", start, end))
    csat = answers.aggregate(
        n=Count("csat"),
        mean=Avg("csat"),
        nps_n=Count("nps"),
        promoters=Count("nps", filter=Q(nps__gte=9)),
        detractors=Count("nps", filter=Q(nps__lte=6)),
    )
    return Metrics(
        period=period,
        tenant=tenant.slug if tenant else None,
        opened=opened.number,
        opened_by_priority=opened.by_priority,
        resolved=by_move.get(Move.RESOLVE, 0),
        closed=closed,
        open_at_end=cases.filter(still_open, opened_at__lt=end).count(),
        first_response=_times(answered, to_answer),
        first_response_by_priority=_times_by(answered, to_answer, priority="priority"),
        resolution=_times(fixed, to_fix),
        resolution_by_priority=_times_by(fixed, to_fix, priority="case__priority"),
        time_to_accept=_times(cases.filter(_within("accepted_at", start, end)), F("accepted_at") - F("opened_at")),
        promises=_promises(windows),
        reopened=Share(by_move.get(Move.REOPEN, 0), closed),
        rejected=by_move.get(Move.REJECT, 0),
        escalated=Share(escalated.count(), opened.number),
        categories=opened.categories,
        csat_n=csat["n"],
        csat_mean=round(csat["mean"], 2) if csat["mean"] is not None else None,
        nps_n=csat["nps_n"],
        nps=round(100 * (csat["promoters"] - csat["detractors"]) / csat["nps_n"], 1) if csat["nps_n"] else None,
        basis={"first_response": FIRST_RESPONSE_BASIS, "resolution": RESOLUTION_BASIS},
    )


def tenant_for(slug: str, *, actor: Actor) -> Tenant | None:
    """The tenant, if it exists for the reader of its cases."""
    return Tenant.objects.visible_to(actor, Right.SEE_CASES).filter(slug=slug).first()


def _within(column: str, start: datetime, end: datetime) -> Q:
    return Q(**{f"{column}__gte": start, f"{column}__lt": end})


def _of(rows: QuerySet[Any], tenant: Tenant | None) -> QuerySet[Any]:
    return rows if tenant is None else rows.filter(tenant=tenant)


def _worked(model: type[Any], tenant: Tenant | None, actor: Actor, *, owner: str = "tenant") -> QuerySet[Any]:
    """Rows of cases that count, by the tenant of `owner` and the short list of those that don't count: the cases that
    do are nearly all there are, and to name them would read them all.
    """
    never = Case.objects.filter(closed_as__in=NEVER_WORKED).order_by().values("pk")
    rows = model.objects.exclude(case__in=never)
    seen = actor.access.tenant_ids(Right.SEE_CASES)
    if tenant is not None:
        seen = frozenset({tenant.pk}) if seen is None or tenant.pk in seen else frozenset()
    return rows if seen is None else rows.filter(**{f"{owner}__in": seen})


def _opened(cases: QuerySet[Case]) -> Opened:
    """One statement. Categories with the most cases first."""
    found = cases.order_by().values_list("priority", "category__name").annotate(n=Count("pk"))
    priorities: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    for priority, category, n in found:
        priorities[priority] += n
        categories[category or "none"] += n
    number = priorities.total()
    order = sorted(categories, key=lambda name: (-categories[name], name))
    return Opened(
        number=number,
        by_priority=dict(sorted(priorities.items())),
        categories={name: Share(categories[name], number) for name in order},
    )


def _moves(moved: QuerySet[Transition]) -> dict[str, int]:
    """How many of each, without those that were taken back."""
    taken_back = Transition.objects.filter(undoes__isnull=False).order_by().values("undoes")
    return dict(moved.exclude(pk__in=taken_back).order_by().values_list("move").annotate(n=Count("pk")))


def _times(rows: QuerySet[Any], duration: Any) -> Times:
    return _as_times(rows.aggregate(**_figures(duration)))


def _times_by(rows: QuerySet[Any], duration: Any, *, priority: str) -> dict[str, Times]:
    groups = rows.order_by().values(group=F(priority)).annotate(**_figures(duration)).order_by("group")
    return {row["group"]: _as_times(row) for row in groups}


def _figures(duration: Any) -> dict[str, Any]:
    seconds: Expression = Extract(ExpressionWrapper(duration, output_field=DurationField()), "epoch")
    return {
        "n": Count("pk"),
        "median": Percentile(seconds, 0.5),
        "p90": Percentile(seconds, 0.9),
        "mean": Avg(seconds),
    }


def _as_times(row: dict[str, Any]) -> Times:
    return Times(
        n=row["n"],
        median_seconds=_rounded(row["median"]),
        p90_seconds=_rounded(row["p90"]),
        mean_seconds=_rounded(row["mean"]),
    )


def _rounded(seconds: Any) -> float | None:
    return None if seconds is None else round(float(seconds), 1)


def _promises(windows: QuerySet[CaseClock]) -> list[Promise]:
    found = attainment(windows, prefix="clock__", by=("kind", "case__priority"))
    priorities = sorted({priority for _, priority in found})
    lines = []
    for kind in KINDS:
        by_priority = {p: found[kind, p] for p in priorities if (kind, p) in found}
        if by_priority:
            lines.append(Promise(kind, "all", sum(by_priority.values(), Attainment())))
            lines += [Promise(kind, p, figures) for p, figures in by_priority.items()]
    return lines
