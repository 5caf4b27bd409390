from datetime import UTC, datetime, timedelta

import pytest

from tenants.domain import forgetting
from tenants.domain.forgetting import forget_snapshots
from tenants.models import HealthSnapshot
from tests.factories.tenants import ResourceFactory, TenantFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def sent(tenant, days_ago, **fields):
    told = {"kind": "sli", "name": "latency", "value": days_ago, "status": "green"} | fields
    return HealthSnapshot.objects.create(tenant=tenant, taken_at=NOON - days_ago * DAY, received_at=NOON, **told)


def left():
    return {(row.tenant.slug, row.kind, row.name, row.resource_id, row.value) for row in HealthSnapshot.objects.all()}


def test_what_is_old_goes_and_the_newest_of_each_series_stays(settings, monkeypatch):
    settings.SNAPSHOTS_KEPT = 400 * DAY
    monkeypatch.setattr(forgetting, "BATCH", 2)
    acme, quiet = TenantFactory(slug="acme"), TenantFactory(slug="quiet")
    ingest = ResourceFactory(tenant=acme)
    for days in (1, 399, 400, 401, 500, 600, 700, 800):
        sent(acme, days)
    for days in (500, 600):
        sent(acme, days, resource=ingest)
        sent(acme, days, kind="flag", name="uploader")
        sent(quiet, days)
    assert forget_snapshots(at=NOON) == 8
    stays = {("acme", "sli", "latency", None, days) for days in (1, 399, 400)} | {
        ("acme", "sli", "latency", ingest.pk, 500),
        ("acme", "flag", "uploader", None, 500),
        ("quiet", "sli", "latency", None, 500),
    }
    assert left() == stays
    assert forget_snapshots(at=NOON) == 0
    assert left() == stays


def test_nothing_old_nothing_goes():
    sent(TenantFactory(), 399)
    assert (forget_snapshots(at=NOON), HealthSnapshot.objects.count()) == (0, 1)
