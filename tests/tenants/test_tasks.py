import os

import pytest

from tenants.tasks import sweep_blobs


@pytest.mark.django_db
def test_the_nightly_sweep_runs(blob_root):
    left = blob_root / "1" / "ab" / "cd" / "abcd"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"nobody's")
    os.utime(left, (0, 0))
    sweep_blobs(added_later=True)
    assert not left.exists()
