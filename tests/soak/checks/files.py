"""Each row stands for bytes that are there, and tomorrow's sweep leaves no bytes without a row."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tenants.domain.blobs import KEPT_UNLINKED, sweep_orphans
from tenants.models import Blob
from tests.soak.evidence import Evidence


def each_file_is_there_whole(evidence: Evidence) -> Iterator[str]:
    for pk, place, size, digest in Blob.objects.order_by("pk").values_list("pk", "path", "size", "sha256").iterator():
        path = settings.BLOB_ROOT / place
        if not path.is_file():
            yield f"blob {pk} has no file {place}"
        elif path.stat().st_size != size or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield f"blob {pk}: {place} is not what was stored"


def the_sweep_leaves_no_file_without_a_row(evidence: Evidence) -> Iterator[str]:
    """Really sweeps, as it will be done when what is left behind now is old enough. Do it last."""
    sweep_orphans(at=timezone.now() + KEPT_UNLINKED + timedelta(hours=1))
    rows = set(Blob.objects.values_list("path", flat=True))
    files = {path.relative_to(settings.BLOB_ROOT).as_posix() for path in settings.BLOB_ROOT.glob("*/**/*") if
             path.is_file()}  # fmt: skip
    for place in sorted(files - rows):
        yield f"{place} is on disk and no row knows it"
    for place in sorted(rows - files):
        yield f"{place} was swept though a row stands for it"
