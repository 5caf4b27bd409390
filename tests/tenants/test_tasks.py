import os
from datetime import UTC, datetime

import pytest

from tenants.models import HealthSnapshot
from tenants.tasks import forget_snapshots, sweep_blobs
from tests.factories.tenants import TenantFactory


@pytest.mark.django_db
def test_the_nightly_sweep_runs(blob_root):
    left = blob_root / "1" / "ab" / "cd" / "abcd"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"nobody's")
    os.utime(left, (0, 0))
    sweep_blobs(added_later=True)
    assert not left.exists()


@pytest.mark.django_db
def test_the_nightly_forgetting_runs():
    tenant = TenantFactory()
    for year in (2000, 2001):
        HealthSnapshot.objects.create(
            tenant=tenant,
            kind="sli",
            name="latency",
            value=year,
            status="green",
            taken_at=datetime(year, 1, 1, tzinfo=UTC),
            received_at=datetime(year, 1, 1, tzinfo=UTC),
        )
    forget_snapshots(added_later=True)
    assert HealthSnapshot.objects.get().value == 2001
