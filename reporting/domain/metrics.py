"""The helpdesk's figures for a period, the same for command, API and page.

Each figure names whom it counts (population), by which date (basis) and on which clock. Cases closed as spam,
duplicate, merged or withdrawn count nowhere. Promises are counted in SLA windows, not in case rows: a reopened case
has two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from cases.enums import Move
from cases.models import Category
from reporting.domain.facts import Figure
from reporting.domain.numbers import Runs
from reporting.domain.period import Period
from reporting.domain.summing import figures_of
from sla.domain.attainment import Attainment
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Tenant
from tenants.models.visibility import allowed_tenant_ids

KINDS = ("first_response", "next_reply", "resolution", "target")
FIRST_RESPONSE_BASIS = "first public reply in the period; time round the clock since opening"
PROMOTES, DETRACTS = 9, 6  # scores of the NPS from and up to which one does
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
    """The figures over the cases that `actor` sees, of one tenant if given: those of days that are kept, and of the
    others from their rows.
    """
    found = figures_of(period.start, period.end, tenant_ids=_seen(tenant, actor))
    opened, moved = found.counts(Figure.OPENED), found.counts(Figure.MOVED)
    by_priority = _summed(opened, by=lambda priority, _category: priority)
    number = by_priority.total()
    moves = _summed(moved, by=lambda _priority, move: move)
    closed = moves[Move.CLOSE] + moves[Move.CONFIRM]
    csat, nps = ({int(score): n for (_, score), n in found.counts(one).items()} for one in (Figure.CSAT, Figure.NPS))
    csat_n, nps_n = sum(csat.values()), sum(nps.values())
    favour = sum(n for score, n in nps.items() if score >= PROMOTES) - sum(
        n for score, n in nps.items() if score <= DETRACTS
    )
    answered, fixed = found.values(Figure.ANSWERED), found.values(Figure.FIXED)
    return Metrics(
        period=period,
        tenant=tenant.slug if tenant else None,
        opened=number,
        opened_by_priority=dict(sorted(by_priority.items())),
        resolved=moves[Move.RESOLVE],
        closed=closed,
        open_at_end=found.number(Figure.CAME) - found.number(Figure.WENT),
        first_response=_times(_together(answered)),
        first_response_by_priority={priority: _times(runs) for priority, runs in sorted(answered.items())},
        resolution=_times(_together(fixed)),
        resolution_by_priority={priority: _times(runs) for priority, runs in sorted(fixed.items())},
        time_to_accept=_times(_together(found.values(Figure.ACCEPTED))),
        promises=_promises(found.counts(Figure.PROMISED)),
        reopened=Share(moves[Move.REOPEN], closed),
        rejected=moves[Move.REJECT],
        escalated=Share(len(set(_together(found.values(Figure.ESCALATED)).numbers)), number),
        categories=_categories(_summed(opened, by=lambda _priority, category: category), number),
        csat_n=csat_n,
        csat_mean=round(sum(score * n for score, n in csat.items()) / csat_n, 2) if csat_n else None,
        nps_n=nps_n,
        nps=round(100 * favour / nps_n, 1) if nps_n else None,
        basis={"first_response": FIRST_RESPONSE_BASIS, "resolution": RESOLUTION_BASIS},
    )


def tenant_for(slug: str, *, actor: Actor) -> Tenant | None:
    """The tenant, if it exists for the reader of its cases."""
    return Tenant.objects.visible_to(actor, Right.SEE_CASES).filter(slug=slug).first()


def _seen(tenant: Tenant | None, actor: Actor) -> frozenset[int] | None:
    """None: every tenant."""
    seen = allowed_tenant_ids(actor)
    if tenant is None:
        return seen
    return frozenset({tenant.pk}) if seen is None or tenant.pk in seen else frozenset()


def _summed(counts: Counter[tuple[str, str]], *, by: Callable[[str, str], str]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for (priority, detail), n in counts.items():
        sums[by(priority, detail)] += n
    return sums


def _categories(by_id: Counter[str], number: int) -> dict[str, Share]:
    """By name, those with the most cases first."""
    names = Category.objects.in_bulk([int(pk) for pk in by_id if pk])
    by_name: Counter[str] = Counter()
    for pk, n in by_id.items():
        by_name[names[int(pk)].name if pk else "none"] += n
    order = sorted(by_name, key=lambda name: (-by_name[name], name))
    return {name: Share(by_name[name], number) for name in order}


def _together(by_priority: dict[str, Runs]) -> Runs:
    return sum(by_priority.values(), Runs())


def _times(runs: Runs) -> Times:
    if not runs:
        return Times(0, None, None, None)
    median, p90 = runs.quantiles(0.5, 0.9)
    return Times(len(runs), _seconds(median), _seconds(p90), _seconds(sum(runs.numbers) / len(runs)))


def _seconds(microseconds: float) -> float:
    return round(microseconds / 1e6, 1)


def _promises(counts: Counter[tuple[str, str]]) -> list[Promise]:
    figures: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for (priority, detail), n in counts.items():
        kind, outcome = detail.split(" ")
        figures[kind, priority][outcome] = n
    found = {key: Attainment(**outcomes) for key, outcomes in figures.items()}
    priorities = sorted({priority for _, priority in found})
    lines = []
    for kind in KINDS:
        by_priority = {p: found[kind, p] for p in priorities if (kind, p) in found}
        if by_priority:
            lines.append(Promise(kind, "all", sum(by_priority.values(), Attainment())))
            lines += [Promise(kind, p, figures) for p, figures in by_priority.items()]
    return lines
