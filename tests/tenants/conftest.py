import pytest


@pytest.fixture
def blob_root(tmp_path, settings):
    settings.BLOB_ROOT = tmp_path / "blobs"
    return settings.BLOB_ROOT
