import io

import pytest
from django.utils import timezone

from tenants.domain import blobs
from tenants.pages.downloads import download
from tests.factories.tenants import TenantFactory, actor


@pytest.mark.django_db
@pytest.mark.usefixtures("blob_root")
def test_a_file_leaves_as_a_download_and_never_as_a_page():
    page = b"<html><script>alert(document.cookie)</script>"
    blob = blobs.store(
        tenant_id=TenantFactory().pk,
        name='evil"\r\nSet-Cookie: a=b.html',
        stream=io.BytesIO(page),
        by=actor("l1"),
        at=timezone.now(),
    )
    answer = download(blob)
    assert b"".join(answer.streaming_content) == page
    assert {name: answer[name] for name in sorted(answer.headers)} == {
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'attachment; filename="evil_Set-Cookie_ a=b.html"',
        "Content-Length": str(len(page)),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Type": "text/plain",
        "X-Content-Type-Options": "nosniff",
    }
