"""What the tenant console shows of this room: is the client healthy, what changed, what is it entitled to.

Cases, incidents and promises come from the rooms to the right (`tenants.hooks.console_sections`). A fixed number of
statements, whatever was sent. No second store: the newest snapshot of a series says what is, the ones before it how it
came to that, and what a kind needs beside its numbers stands in `data`, held by its contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from config.counting import counted_to
from tenants.domain import reading
from tenants.domain.actors import Actor
from tenants.domain.newest import Latest, latest
from tenants.domain.series import Stretch, changes, stretches
from tenants.enums import SnapshotKind, SnapshotStatus
from tenants.models import Entitlement, HealthSnapshot, Requester, Resource, Tenant, TenantPerson

INDICATORS = frozenset({SnapshotKind.SLI, SnapshotKind.ERROR_RATE})
CHANGES = frozenset({SnapshotKind.DEPLOYMENT, SnapshotKind.CONFIG, SnapshotKind.FLAG})
MARKED = 60  # of each kind: marks in a plot and lines of a list
RECENT = timedelta(hours=24)
WEEK = timedelta(days=7)
USAGE_STEP = timedelta(hours=6)
ROWS = 6
COUNTED_TO = 1000  # requesters; one more says that there are more
WORSE = (SnapshotStatus.GREEN, SnapshotStatus.AMBER, SnapshotStatus.RED)


@dataclass(frozen=True, slots=True)
class Span:
    """How far back a plot looks, and in which steps: about a hundred, of three numbers each."""

    name: str
    length: timedelta
    step: timedelta


SPANS: Mapping[str, Span] = MappingProxyType(
    {
        span.name: span
        for span in (
            Span("24h", timedelta(hours=24), timedelta(minutes=15)),
            Span("7d", timedelta(days=7), timedelta(hours=2)),
            Span("30d", timedelta(days=30), timedelta(hours=6)),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Indicator:
    now: Latest
    stretches: list[Stretch]


@dataclass(frozen=True, slots=True)
class Usage:
    """Means of the readings of the last seven days and of the seven before; None where nothing was read."""

    now: Latest
    stretches: list[Stretch]
    mean: Decimal | None
    mean_before: Decimal | None

    @property
    def change(self) -> int | None:
        """In percent of the week before."""
        if self.mean is None or not self.mean_before:
            return None
        return round(100 * (self.mean - self.mean_before) / abs(self.mean_before))


@dataclass(frozen=True, slots=True)
class Check:
    """What the tenant is entitled to beside what the product last answered; either may be missing."""

    feature: str
    entitlement: Entitlement | None
    asked: Latest | None

    @property
    def limit(self) -> Decimal | None:
        if self.entitlement is not None:
            return None if self.entitlement.limit is None else Decimal(self.entitlement.limit)
        return self.asked.snapshot.threshold if self.asked else None

    @property
    def entitled(self) -> bool:
        return self.entitlement is not None and self.entitlement.entitled

    @property
    def over(self) -> bool:
        """More is used, or was asked for last, than the limit."""
        used = Decimal(self.entitlement.used) if self.entitlement else Decimal(0)
        asked = (self.asked.snapshot.value if self.asked else None) or Decimal(0)
        return self.limit is not None and max(used, asked) > self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was pushed to us. Lists of changes are newest first."""

    indicators: list[Indicator] = field(default_factory=list)
    budgets: list[Latest] = field(default_factory=list)
    experiments: list[Latest] = field(default_factory=list)
    flags: list[Latest] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    alerts: list[HealthSnapshot] = field(default_factory=list)
    changes: list[HealthSnapshot] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)

    @property
    def fresh(self) -> list[Indicator]:
        return [one for one in self.indicators if not one.now.stale]

    @property
    def worst(self) -> SnapshotStatus | None:
        """Of the indicators that were read within a day; None: no signal."""
        return max((SnapshotStatus(one.now.snapshot.status) for one in self.fresh), key=WORSE.index, default=None)

    def number(self, status: SnapshotStatus) -> int:
        return sum(one.now.snapshot.status == status for one in self.fresh)

    def changed_since(self, moment: datetime) -> list[HealthSnapshot]:
        return [one for one in self.changes if one.taken_at >= moment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`health` and `requesters` are None for who knows the tenant without its people. `requesters_number` is counted to
    one more than COUNTED_TO.
    """

    tenant: Tenant
    span: Span
    people: list[TenantPerson]
    health: Health | None
    requesters: list[Requester] | None
    requesters_number: int


def console(slug: str, *, span: Span, actor: Actor, at: datetime) -> Console:
    """Raises Absent for who may not know the tenant."""
    tenant = reading.tenant_detail(slug, actor=actor)
    inside = any(actor.can(right, tenant.pk) for right in reading.KNOWS_PEOPLE)
    known = Requester.objects.for_tenant(tenant).order_by("name", "pk")
    return Console(
        tenant=tenant,
        span=span,
        people=list(TenantPerson.objects.for_tenant(tenant).select_related("user")),
        health=_health(tenant, span=span, at=at) if inside else None,
        requesters=list(known[:ROWS]) if inside else None,
        requesters_number=counted_to(COUNTED_TO + 1, {"requesters": known})["requesters"] if inside else 0,
    )


def _health(tenant: Tenant, *, span: Span, at: datetime) -> Health:
    by_kind: dict[str, list[Latest]] = {kind: [] for kind in SnapshotKind}
    for one in latest(tenant.pk, at=at):
        by_kind[one.snapshot.kind].append(one)
    told = list(changes(tenant.pk, kinds=CHANGES | {SnapshotKind.ALERT}, until=at, most=MARKED))
    return Health(
        indicators=_indicators(tenant.pk, by_kind, span=span, at=at),
        budgets=by_kind[SnapshotKind.ERROR_BUDGET],
        experiments=by_kind[SnapshotKind.EXPERIMENT],
        flags=by_kind[SnapshotKind.FLAG],
        usage=_usage(tenant.pk, by_kind[SnapshotKind.USAGE], at=at),
        checks=checks(list(tenant.entitlements.all()), by_kind[SnapshotKind.ENTITLEMENT]),
        alerts=[one for one in told if one.kind == SnapshotKind.ALERT],
        changes=[one for one in told if one.kind != SnapshotKind.ALERT],
        resources=list(Resource.objects.in_tenants(frozenset({tenant.pk})).order_by("key")),
    )


def _indicators(tenant_id: int, by_kind: Mapping[str, list[Latest]], *, span: Span, at: datetime) -> list[Indicator]:
    """The worst first; what is stale says nothing and comes last."""
    found = stretches(tenant_id, kinds=INDICATORS, since=at - span.length, until=at, step=span.step)
    shown = [
        Indicator(one, found.get((one.snapshot.kind, one.snapshot.name, one.snapshot.resource_id), []))
        for kind in sorted(INDICATORS)
        for one in by_kind[kind]
    ]
    return sorted(
        shown,
        key=lambda one: (
            one.now.stale,
            -WORSE.index(SnapshotStatus(one.now.snapshot.status)),
            one.now.snapshot.name,
            one.now.snapshot.pk,
        ),
    )


def _usage(tenant_id: int, now: list[Latest], *, at: datetime) -> list[Usage]:
    found = stretches(tenant_id, kinds={SnapshotKind.USAGE}, since=at - 2 * WEEK, until=at, step=USAGE_STEP)
    usage = []
    for one in now:
        seen = found.get((one.snapshot.kind, one.snapshot.name, one.snapshot.resource_id), [])
        week = [stretch for stretch in seen if stretch.starts_at >= at - WEEK]
        before = [stretch for stretch in seen if stretch.starts_at < at - WEEK]
        usage.append(Usage(one, seen, _mean(week), _mean(before)))
    return usage


def _mean(seen: list[Stretch]) -> Decimal | None:
    number = sum(stretch.count for stretch in seen)
    return sum((stretch.total for stretch in seen), Decimal(0)) / number if number else None


def checks(entitlements: list[Entitlement], asked: list[Latest]) -> list[Check]:
    """By feature; of a feature that several resources check, the answer given last."""
    entitled = {one.feature: one for one in entitlements}
    last: dict[str, Latest] = {}
    for one in sorted(asked, key=lambda one: one.snapshot.taken_at):
        last[one.snapshot.name] = one
    return [Check(name, entitled.get(name), last.get(name)) for name in sorted({*entitled, *last})]
