"""What the clients' services tell the desk: readings every quarter of an hour, and what was deployed, set and switched.

The same at every start: chance is drawn from the name of what is read and its moment. In an incident the readings of
its resources are red, so that the plots and the incidents tell one story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import pi, sin
from random import Random
from typing import Any

from demo.domain.cast import USERS_OF
from incidents.models import IncidentResource
from tenants.domain import telemetry
from tenants.domain.actors import SYSTEM
from tenants.domain.contracts import MAX_SNAPSHOTS, Snapshot
from tenants.models import HealthSnapshot, Tenant

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
LOOKS_BACK = 30 * DAY
BUDGET = timedelta(minutes=216)  # of a month that may be bad at 99.5 %

Trouble = Mapping[str, list[tuple[datetime, datetime | None]]]  # by a resource's key


def history(*, start: datetime, at: datetime) -> None:
    """By the hour, the last day by the quarter of an hour; for a desk that has just been filled."""
    start = max(start, at - LOOKS_BACK)
    moments = [*_moments(start, at - DAY, every=HOUR), *_moments(max(start, at - DAY), at, every=QUARTER)]
    trouble = _trouble()
    for tenant in Tenant.objects.order_by("pk"):
        told = [one for moment in moments for one in _readings(tenant, moment, trouble=trouble)]
        told += [one for one in _changes(tenant, at=at, trouble=trouble) if one["taken_at"] >= start]
        _send(tenant, [one for one in told if not _silent(tenant, one, at=at)], at=at)


def go_on(*, since: datetime, at: datetime) -> None:
    """The quarters of an hour since then. Sent again they change nothing."""
    moments = list(_moments(max(since, at - LOOKS_BACK), at, every=QUARTER))
    tenants = list(Tenant.objects.order_by("pk"))
    if not moments or not tenants:
        return
    if HealthSnapshot.objects.for_tenant(tenants[-1]).filter(kind="sli", taken_at=moments[-1]).exists():
        return
    trouble = _trouble()
    for tenant in tenants:
        told = [one for moment in moments for one in _readings(tenant, moment, trouble=trouble)]
        _send(tenant, [one for one in told if not _silent(tenant, one, at=at)], at=at)


def _send(tenant: Tenant, told: list[Snapshot], *, at: datetime) -> None:
    for first in range(0, len(told), MAX_SNAPSHOTS):
        telemetry.record(tenant_id=tenant.pk, snapshots=told[first : first + MAX_SNAPSHOTS], by=SYSTEM, at=at)


def _moments(start: datetime, end: datetime, *, every: timedelta) -> Iterator[datetime]:
    """Round ones, after `start` and up to `end`."""
    epoch = datetime.fromtimestamp(0, UTC)
    moment = epoch + ((start - epoch) // every + 1) * every
    while moment <= end:
        yield moment
        moment += every


def _trouble() -> Trouble:
    found: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for link in IncidentResource.objects.select_related("incident", "resource").order_by("incident__started_at"):
        found.setdefault(link.resource.key, []).append((link.incident.started_at, link.incident.resolved_at))
    return found


def _bad(key: str, moment: datetime, *, trouble: Trouble) -> bool:
    return any(begun <= moment and (end is None or moment < end) for begun, end in trouble.get(key, ()))


def _ingestion(tenant: Tenant) -> str:
    return f"ingest-{USERS_OF[tenant.region]}"


def _readings(tenant: Tenant, moment: datetime, *, trouble: Trouble) -> Iterator[Snapshot]:
    key = _ingestion(tenant)
    bad = _bad(key, moment, trouble=trouble)
    chance = Random(f"{tenant.slug} {moment.isoformat()}")  # noqa: S311  a story, not a secret
    wave = sin(2 * pi * (moment.hour + moment.minute / 60 - 8) / 24)
    late = chance.uniform(680, 840) if bad else 190 + 60 * wave + chance.uniform(-30, 30)
    if not bad and chance.random() < 0.006:
        late += 210
    arrived = chance.uniform(96.8, 97.4) if bad else 100 - chance.uniform(0.01, 0.12)
    signed_in = chance.uniform(97.5, 98.5) if _bad("auth", moment, trouble=trouble) else 100 - chance.uniform(0, 0.04)
    yield _sli("ingest latency p95", late, 500, 350, unit="ms", key=key, at=moment, least=False)
    yield _sli("ingest success", arrived, 99.5, 99.7, unit="%", key=key, at=moment, least=True)
    yield _sli("sign-in success", signed_in, 99.9, 99.93, unit="%", key="auth", at=moment, least=True)
    if moment.minute == 0 and moment.hour % 6 == 0:
        yield from _by_the_day(tenant, moment, chance=chance, trouble=trouble)


def _by_the_day(tenant: Tenant, moment: datetime, *, chance: Random, trouble: Trouble) -> Iterator[Snapshot]:
    days = (moment - datetime(2026, 1, 1, tzinfo=UTC)) / DAY
    weekend = 0.7 if moment.weekday() >= 5 else 1.0
    stored = (148 + tenant.pk % 7 * 3 + days % 30 * 0.8 + chance.uniform(-4, 4)) * weekend
    yield _of("usage", "ingest GB per day", stored, moment, threshold=200, unit="GB", amber=stored > 170)
    people = (38 - days % 30 * 0.2 + chance.uniform(-2, 2)) * weekend
    yield _of("usage", "people active", round(people), moment, threshold=60, unit="people")
    key = _ingestion(tenant)
    month = moment.replace(day=1, hour=0)
    left = 100 - 100 * _bad_time(key, month, moment, trouble=trouble) / BUDGET
    burn = _bad_time(key, moment - DAY, moment, trouble=trouble) / (BUDGET / 30)
    told = _of("error_budget", "ingest success", left, moment, amber=left < 50, red=left < 10)
    told["data"] = {"burn_rate": round(burn, 2), "objective": 99.5}
    yield told


def _bad_time(key: str, start: datetime, end: datetime, *, trouble: Trouble) -> timedelta:
    spans = [(max(start, begun), min(end, over or end)) for begun, over in trouble.get(key, ())]
    return sum((over - begun for begun, over in spans if over > begun), timedelta())


def _changes(tenant: Tenant, *, at: datetime, trouble: Trouble) -> Iterator[Snapshot]:
    """What happened once, told by how long ago it is; alarms follow the incidents."""
    key = _ingestion(tenant)

    def ago(days: float, kind: str, name: str, *, resource: str | None = None, red: bool = False, **data: Any) -> Any:
        return _of(kind, name, None, at - days * DAY, red=red) | {"data": data, "resource": resource}

    for days, version, previous in [(16.3, "4.18.0", "4.17.6"), (9.2, "4.18.1", "4.18.0"), (0.4, "4.18.2", "4.18.1")]:
        by = "release train"
        yield ago(days, "deployment", "ingest", resource=key, version=version, previous=previous, by=by)
    yield ago(10.1, "deployment", "web app", resource="app", version="2026.45", previous="2026.44", by="release train")
    yield ago(3.2, "deployment", "web app", resource="app", version="2026.46", previous="2026.45", by="release train")
    yield ago(20.5, "flag", "new-uploader", enabled=False, by="Petra Olsen")
    yield ago(6.3, "flag", "new-uploader", enabled=True, by="Petra Olsen")
    yield ago(0.8, "flag", "bulk-export", enabled=False, by="Omar Haddad")
    yield ago(0.6, "config", "ingest.quota_gb_per_day", before=180, after=200, by="Omar Haddad")
    yield ago(13.4, "config", "ingest.workers", before=8, after=10, by="Ben Ortiz")
    yield ago(12.2, "experiment", "onboarding-v2", running=True, variant="B", share=50)
    yield ago(25.1, "experiment", "search-ranking", running=True, variant="control", share=10)
    yield ago(4.1, "experiment", "search-ranking", running=False, variant="control", share=10)
    for days, feature, asked, limit, allowed in [
        (0.2, "sso", 1, None, True),
        (0.3, "ingest-gb-per-day", 212, 200, False),
        (1.7, "parquet-export", 1, None, False),
    ]:
        told = ago(days, "entitlement", feature, allowed=allowed, red=not allowed)
        yield told | {"value": asked, "threshold": limit}
    for begun, over in trouble.get(key, ()):
        alarm = _of("alert", "ingest success is low", None, begun + timedelta(minutes=2), red=True)
        alarm |= {"resource": key, "data": {"summary": "Ingest success below 99.5 % for two minutes"}}
        yield alarm
        if over is not None:
            yield alarm | {"status": "green", "taken_at": over}


def _silent(tenant: Tenant, one: Snapshot, *, at: datetime) -> bool:
    """Hooli's collector was down for some hours; nothing was told of Pied Piper's latency for three days."""
    if tenant.slug == "hooli" and one["kind"] == "sli":
        return at - 16 * HOUR < one["taken_at"] < at - 11 * HOUR
    return tenant.slug == "pied-piper" and one["name"] == "ingest latency p95" and one["taken_at"] > at - 3 * DAY


def _sli(
    name: str, value: float, threshold: float, warning: float, *, unit: str, key: str, at: datetime, least: bool
) -> Snapshot:
    """`least`: the threshold is the least that is right, else the most."""
    beyond: Callable[[float], bool] = (lambda limit: value < limit) if least else (lambda limit: value > limit)
    return {
        "kind": "sli",
        "name": name,
        "resource": key,
        "value": round(value, 2),
        "threshold": threshold,
        "status": "red" if beyond(threshold) else "amber" if beyond(warning) else "green",
        "data": {"unit": unit, "warning": warning},
        "taken_at": at,
    }


def _of(
    kind: str,
    name: str,
    value: float | None,
    at: datetime,
    *,
    threshold: float | None = None,
    unit: str = "",
    amber: bool = False,
    red: bool = False,
) -> Snapshot:
    return {
        "kind": kind,
        "name": name,
        "value": None if value is None else round(value, 2),
        "threshold": threshold,
        "status": "red" if red else "amber" if amber else "green",
        "data": {"unit": unit} if unit else {},
        "taken_at": at,
    }
