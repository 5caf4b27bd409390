from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.domain import series
from tenants.domain.series import changes, stretches
from tenants.enums import SnapshotKind
from tenants.models import HealthSnapshot
from tests.factories.tenants import ResourceFactory, TenantFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SLI = {SnapshotKind.SLI}
numbers = count()


def sent(tenant, minutes_ago, value=None, *, kind="sli", name="latency", status="green", **fields):
    return HealthSnapshot.objects.create(
        tenant=tenant,
        kind=kind,
        name=name,
        value=value,
        status=status,
        taken_at=NOON - minutes_ago * MINUTE,
        received_at=NOON,
        **fields,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    readings=st.dictionaries(
        st.integers(0, 24 * 60 - 1),
        st.tuples(st.integers(-(10**9), 10**9), st.sampled_from(["green", "amber", "red"])),
        min_size=1,
        max_size=60,
    ),
    step=st.sampled_from([15 * MINUTE, HOUR, 6 * HOUR]),
)
def test_no_spike_is_lost(readings, step):
    """Whatever the steps: each extreme, the last value and the worst status of every step is there."""
    acme = TenantFactory(slug=f"acme-{next(numbers)}")
    HealthSnapshot.objects.bulk_create(
        HealthSnapshot(
            tenant=acme,
            kind="sli",
            name="latency",
            value=value,
            status=status,
            taken_at=NOON - minutes * MINUTE,
            received_at=NOON,
        )
        for minutes, (value, status) in readings.items()
    )
    found = stretches(acme.pk, kinds=SLI, since=NOON - 24 * HOUR, until=NOON, step=step)
    [(key, shown)] = found.items()
    assert key == ("sli", "latency", None)
    expected = {}
    for minutes, (value, status) in sorted(readings.items(), reverse=True):
        moment = NOON - minutes * MINUTE
        expected.setdefault(NOON - (NOON - moment + step - timedelta(microseconds=1)) // step * step, []).append(
            (moment, value, status)
        )
    order = ["green", "amber", "red"].index
    assert [
        (one.starts_at, one.low, one.high, one.last, one.last_at, one.total, one.count, one.worst) for one in shown
    ] == [
        (
            starts_at,
            min(value for _at, value, _status in there),
            max(value for _at, value, _status in there),
            there[-1][1],
            there[-1][0],
            sum(value for _at, value, _status in there),
            len(there),
            max((status for _at, _value, status in there), key=order),
        )
        for starts_at, there in sorted(expected.items())
    ]


def test_series_stand_apart_and_the_span_is_kept():
    acme, other = TenantFactory(), TenantFactory()
    ingest = ResourceFactory(tenant=acme)
    sent(acme, 5, 1)
    sent(acme, 5, 2, resource=ingest)
    sent(acme, 5, 3, name="errors")
    sent(acme, 5, 4, kind="usage")
    sent(acme, 24 * 60, 5)  # just before the span
    sent(acme, -1, 6)  # after it
    sent(acme, 4, None, kind="sli", name="nothing measured")
    sent(other, 5, 7)
    found = stretches(acme.pk, kinds=SLI, since=NOON - 24 * HOUR, until=NOON, step=HOUR)
    assert {key: [one.last for one in shown] for key, shown in found.items()} == {
        ("sli", "latency", None): [Decimal(1)],
        ("sli", "latency", ingest.pk): [Decimal(2)],
        ("sli", "errors", None): [Decimal(3)],
    }


def test_what_is_sent_again_unchanged_is_no_change():
    acme, other = TenantFactory(), TenantFactory()
    for minutes, enabled in [(60, False), (50, False), (40, True), (30, True), (20, False)]:
        sent(acme, minutes, kind="flag", name="uploader", data={"enabled": enabled})
    sent(acme, 35, kind="deployment", name="web", data={"version": "1"})
    sent(acme, 10, kind="alert", name="slow", data={"summary": "Slow"}, status="red")
    sent(acme, 9, kind="alert", name="slow", data={"summary": "Slow"}, status="red")
    sent(acme, 8, kind="alert", name="slow", data={"summary": "Slow"}, status="green")
    sent(acme, -5, kind="flag", name="uploader", data={"enabled": True})
    sent(other, 1, kind="flag", name="uploader", data={"enabled": True})
    kinds = {SnapshotKind.FLAG, SnapshotKind.DEPLOYMENT, SnapshotKind.ALERT}

    def told(most):
        found = changes(acme.pk, kinds=kinds, until=NOON, most=most)
        return [(one.kind, int((NOON - one.taken_at) / MINUTE)) for one in found]

    assert told(10) == [("alert", 8), ("alert", 10), ("flag", 20), ("deployment", 35), ("flag", 40), ("flag", 60)]
    assert told(1) == [("alert", 8), ("flag", 20), ("deployment", 35)]


def test_changes_are_looked_for_among_the_newest_alone(monkeypatch):
    monkeypatch.setattr(series, "LOOKED_AT", 2)
    acme = TenantFactory()
    for minutes, version in [(30, "1"), (20, "2"), (10, "3")]:
        sent(acme, minutes, kind="deployment", name="web", data={"version": version})
    found = changes(acme.pk, kinds={SnapshotKind.DEPLOYMENT}, until=NOON, most=10)
    assert [one.data["version"] for one in found] == ["3", "2"]
