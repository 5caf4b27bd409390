"""The helpdesk's figures for a period, the same for command, API and page.

Each figure names whom it counts (population), by which date (basis) and on which clock. Cases closed as spam,
duplicate or withdrawn count nowhere. Promises are counted in SLA windows, not in case rows: a reopened case has two.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, DurationField, Expression, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Extract

from cases.enums import NEVER_WORKED, Move
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
    cases = Case.objects.visible_to(actor).exclude(closed_as__in=NEVER_WORKED)
    if tenant is not None:
        cases = cases.filter(tenant=tenant)
    opened = cases.filter(_within("opened_at", start, end))
    moved = Transition.objects.filter(_within("at", start, end), case__in=cases, undone_by__isnull=True)
    by_move = dict(moved.values_list("move").annotate(n=Count("pk")).order_by())
    opened_count = opened.count()
    windows = _windows(cases).filter(_within("clock__stopped_at", start, end))
    first, first_by = _times(
        cases.filter(_within("first_response_at", start, end)), F("first_response_at") - F("opened_at")
    )
    fixed, fixed_by = _times(
        windows.filter(kind="resolution", clock__ended_as__in=["met", "late"]),
        F("clock__stopped_at") - F("clock__started_at"),
        priority="case__priority",
    )
    accepted, _ = _times(cases.filter(_within("accepted_at", start, end)), F("accepted_at") - F("opened_at"))
    closed = by_move.get(Move.CLOSE, 0) + by_move.get(Move.CONFIRM, 0)
    answers = Survey.objects.filter(_within("answered_at", start, end), case__in=cases)
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
        opened=opened_count,
        opened_by_priority=dict(opened.values_list("priority").annotate(n=Count("pk")).order_by("priority")),
        resolved=by_move.get(Move.RESOLVE, 0),
        closed=closed,
        open_at_end=cases.filter(opened_at__lt=end).filter(Q(closed_at__isnull=True) | Q(closed_at__gte=end)).count(),
        first_response=first,
        first_response_by_priority=first_by,
        resolution=fixed,
        resolution_by_priority=fixed_by,
        time_to_accept=accepted,
        promises=_promises(windows),
        reopened=Share(by_move.get(Move.REOPEN, 0), closed),
        rejected=by_move.get(Move.REJECT, 0),
        escalated=Share(
            Escalation.objects.filter(_within("at", start, end), case__in=cases).values("case").distinct().count(),
            opened_count,
        ),
        categories={
            name or "none": Share(n, opened_count)
            for name, n in opened.values_list("category__name").annotate(n=Count("pk")).order_by("-n", "category__name")
        },
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


def _windows(cases: QuerySet[Case]) -> QuerySet[CaseClock]:
    return CaseClock.objects.filter(case__in=cases)


def _times(rows: QuerySet[Any], duration: Any, *, priority: str = "priority") -> tuple[Times, dict[str, Times]]:
    """Over all rows, and by priority, in two statements."""
    seconds: Expression = Extract(ExpressionWrapper(duration, output_field=DurationField()), "epoch")
    figures = {
        "n": Count("pk"),
        "median": Percentile(seconds, 0.5),
        "p90": Percentile(seconds, 0.9),
        "mean": Avg(seconds),
    }
    whole = rows.aggregate(**figures)
    groups = rows.values(group=F(priority)).annotate(**figures).order_by("group")
    return _as_times(whole), {row["group"]: _as_times(row) for row in groups}


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
