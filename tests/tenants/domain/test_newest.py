"""The newest of each series is what a full reading finds, in as many steps as there are series."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection

from tenants.domain.newest import latest, newest_of_resources
from tenants.enums import SnapshotKind
from tenants.models import HealthSnapshot, ResourceTenant
from tests.factories.tenants import ResourceFactory, TenantFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS = ("sli", "alert", "flag")


@pytest.fixture(params=range(3))
def ground(request):
    """Acme and a neighbour, with names on several resources, and on none."""
    chance = Random(request.param)
    shared = ResourceFactory(tenant=None)
    acme, other = TenantFactory(), TenantFactory()
    ResourceTenant.objects.create(resource=shared, tenant=acme)
    ResourceTenant.objects.create(resource=shared, tenant=other)
    places = [(acme, place) for place in (None, shared, ResourceFactory(tenant=acme), ResourceFactory(tenant=acme))]
    places += [(other, None), (other, shared)]
    rows = {}
    for _ in range(120):
        tenant, resource = chance.choice(places)
        kind, name = chance.choice(KINDS), chance.choice(["a", "b", "é", "Z"])
        taken_at = NOON - timedelta(hours=chance.randint(0, 40))
        rows[tenant.pk, resource and resource.pk, kind, name, taken_at] = HealthSnapshot(
            tenant=tenant,
            resource=resource,
            kind=kind,
            name=name,
            value=1,
            status=chance.choice(["green", "amber", "red"]),
            taken_at=taken_at,
            received_at=NOON,
        )
    HealthSnapshot.objects.bulk_create(rows.values())
    return acme, other, shared


def by_reading_all(**place):
    rows = HealthSnapshot.objects.filter(**place).order_by("tenant_id", "kind", "name", "resource_id", "-taken_at")
    return list(rows.distinct("tenant_id", "kind", "name", "resource_id"))


@pytest.mark.parametrize("kinds", [SnapshotKind, {SnapshotKind.ALERT}, {SnapshotKind.FLAG, SnapshotKind.SLI}])
def test_of_a_tenant(ground, kinds):
    acme, _other, _shared = ground
    expected = by_reading_all(tenant=acme, kind__in=[kind.value for kind in kinds])
    assert [one.snapshot for one in latest(acme.pk, at=NOON, kinds=set(kinds))] == expected


def test_of_resources(ground):
    _acme, _other, shared = ground
    kinds = {SnapshotKind.SLI, SnapshotKind.ALERT}
    expected = by_reading_all(resource=shared, kind__in=kinds)
    found = newest_of_resources([shared.pk], kinds=kinds)
    assert sorted(found) == sorted((one.resource_id, one.status, one.taken_at) for one in expected)


def test_none_of_a_tenant_without(db):
    assert latest(TenantFactory().pk, at=NOON) == []


def test_it_reads_no_more_rows_of_a_longer_past():
    acme = TenantFactory()
    for name in ("errors", "latency"):
        HealthSnapshot.objects.bulk_create(
            HealthSnapshot(
                tenant=acme,
                kind="sli",
                name=name,
                value=n,
                status="green",
                taken_at=NOON - n * timedelta(minutes=1),
                received_at=NOON,
            )
            for n in range(3000)
        )
    with connection.cursor() as cursor:
        cursor.execute("reset role")
        cursor.execute("analyze tenants_healthsnapshot")
        cursor.execute("set role desk_app")
    with connection.execute_wrapper(explained := Explained()):
        found = latest(acme.pk, at=NOON)
    assert [one.snapshot.value for one in found] == [0, 0]
    assert explained.rows < 20


class Explained:
    """Runs each statement, and once more to hear how many snapshots its plan took up."""

    rows = 0

    def __call__(self, execute, sql, params, many, context):
        with connection.connection.cursor() as cursor:
            cursor.execute(f"explain (analyze, format json) {sql}", params)
            self.rows += taken_up(cursor.fetchone()[0][0]["Plan"])
        return execute(sql, params, many, context)


def taken_up(node):
    own = 0
    if node.get("Relation Name") == "tenants_healthsnapshot":
        own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return own + sum(taken_up(child) for child in node.get("Plans", []))
