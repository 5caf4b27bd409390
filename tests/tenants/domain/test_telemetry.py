from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from config.errors import Absent, Forbidden, Invalid
from tenants.domain import telemetry
from tenants.domain.newest import latest
from tenants.models import HealthSnapshot, ResourceTenant
from tests.factories.tenants import ResourceFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def sli(**fields):
    return {
        "kind": "sli",
        "name": "latency",
        "value": 812.5,
        "threshold": 500,
        "status": "red",
        "taken_at": NOON,
    } | fields


def record(tenant, *snapshots, by=None, at=NOON):
    return telemetry.record(tenant_id=tenant.pk, snapshots=snapshots, by=by or actor("l1"), at=at)


def test_a_reading_is_kept_and_tells_the_health():
    ingest = ResourceFactory(key="ingest")
    assert record(ingest.tenant, sli(resource="ingest")) == telemetry.Recorded(stored=1, known_already=0)
    row = HealthSnapshot.objects.get()
    assert (row.tenant_id, row.resource_id, row.value, row.threshold, row.status, row.received_at) == (
        ingest.tenant_id,
        ingest.pk,
        Decimal("812.5"),
        Decimal(500),
        "red",
        NOON,
    )
    ingest.refresh_from_db()
    assert (ingest.health, ingest.health_at, ingest.revision) == ("down", NOON, 2)


def test_the_same_reading_again_changes_nothing():
    acme, by = TenantFactory(), actor("l1")
    record(acme, sli(), by=by)
    again = record(acme, sli(status="green"), sli(name="errors"), by=by, at=NOON + timedelta(minutes=1))
    assert again == telemetry.Recorded(stored=1, known_already=1)
    assert HealthSnapshot.objects.get(name="latency").status == "red"


def test_health_is_the_worst_of_the_newest_readings():
    ingest, by = ResourceFactory(key="ingest"), actor("l1")
    record(ingest.tenant, sli(resource="ingest"), sli(resource="ingest", name="errors", status="amber"), by=by)
    later = NOON + timedelta(minutes=1)
    record(ingest.tenant, sli(resource="ingest", status="green", taken_at=later), by=by, at=later)
    ingest.refresh_from_db()
    assert (ingest.health, ingest.health_at) == ("degraded", later)
    tomorrow = NOON + timedelta(hours=25)
    record(ingest.tenant, sli(resource="ingest", status="green", taken_at=tomorrow), by=by, at=tomorrow)
    ingest.refresh_from_db()
    assert ingest.health == "ok"


def test_an_older_reading_that_comes_late_does_not_tell_the_health():
    ingest, by = ResourceFactory(key="ingest"), actor("l1")
    record(ingest.tenant, sli(resource="ingest", status="green"), by=by)
    record(ingest.tenant, sli(resource="ingest", taken_at=NOON - timedelta(hours=1)), by=by, at=NOON)
    ingest.refresh_from_db()
    assert (ingest.health, ingest.health_at) == ("ok", NOON)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "mood"}, "kind"),
        ({"status": "blue"}, "status"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"value": None}, "value"),
        ({"value": 1e14}, "value"),
        ({"threshold": float("inf")}, "threshold"),
        ({"kind": "flag", "data": {"enabled": "yes"}}, "data.enabled"),
        ({"kind": "deployment"}, "data.version"),
        ({"kind": "alert", "data": {}}, "data.summary"),
        ({"taken_at": NOON + timedelta(minutes=6)}, "taken_at"),
        ({"resource": "nowhere"}, "resource"),
        ({"resource": "theirs"}, "resource"),
    ],
)
def test_one_broken_contract_refuses_the_batch_and_the_old_value_stays(wrong, field):
    acme, by = TenantFactory(), actor("l1")
    ResourceFactory(key="theirs")
    record(acme, sli(taken_at=NOON - timedelta(hours=1)), by=by)
    with pytest.raises(Invalid) as refusal:
        record(acme, sli(name="fine"), sli() | wrong, by=by)
    assert [error["field"] for error in refusal.value.extra["errors"]] == [f"snapshots.1.{field}"]
    assert [one.snapshot.taken_at for one in latest(acme.pk, at=NOON)] == [NOON - timedelta(hours=1)]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_one_to_a_thousand(count):
    acme = TenantFactory()
    with pytest.raises(Invalid):
        record(acme, *[sli(name=f"n{number}") for number in range(count)])
    assert not HealthSnapshot.objects.exists()


def test_a_shared_resource_takes_readings_of_its_users():
    platform, acme = ResourceFactory(key="platform", tenant=None), TenantFactory()
    with pytest.raises(Invalid):
        record(acme, sli(resource="platform"))
    ResourceTenant.objects.create(resource=platform, tenant=acme)
    assert record(acme, sli(resource="platform")).stored == 1


def test_who_may_not_send_changes_nothing():
    acme = TenantFactory()
    with pytest.raises(Forbidden):
        record(acme, sli(), by=actor("auditor", tenant=acme))
    with pytest.raises(Absent):
        record(acme, sli(), by=actor("l1", tenant=TenantFactory()))
    assert not HealthSnapshot.objects.exists()


def test_latest_is_the_newest_of_each_and_stale_after_a_day():
    acme, other, by = TenantFactory(), TenantFactory(), actor("l1")
    record(other, sli(name="theirs"), by=by)
    old = NOON - timedelta(hours=24, seconds=1)
    record(
        acme,
        sli(taken_at=old, name="quiet"),
        sli(taken_at=old),
        sli(taken_at=NOON - timedelta(hours=1), status="green"),
        by=by,
    )
    assert [(one.snapshot.name, one.snapshot.status, one.stale) for one in latest(acme.pk, at=NOON)] == [
        ("latency", "green", False),
        ("quiet", "red", True),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_recording_costs_the_same_for_one_and_three(count, django_assert_num_queries):
    acme, by = TenantFactory(), actor("l1")
    with django_assert_num_queries(4):  # savepoint, name, insert, release
        record(acme, *[sli(name=f"n{number}") for number in range(count)], by=by)
