"""Files: bytes under BLOB_ROOT by their digest, apart per tenant; a row for each upload.

A row stands only for bytes that are safely on disk. Bytes without a row and rows that nothing links to are swept
after a day. Who may see a file is decided where it is linked.
"""

import errno
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, DomainError, Invalid
from tenants.domain.actors import SYSTEM, Actor
from tenants.domain.blob_types import HEAD_SIZE, clean_name, refuse_by_content, refuse_by_name, type_of
from tenants.hooks import blob_in_use
from tenants.models import Blob

logger = logging.getLogger(__name__)
MAX_SIZE = 25 * 1024 * 1024  # bytes of one file
CHUNK = 64 * 1024
KEPT_UNLINKED = timedelta(hours=24)
INCOMING = ".incoming"
SWEPT_AT_ONCE = 500  # rows a transaction


class StorageFull(DomainError):
    """No room for files: nothing was stored."""

    status: ClassVar[int] = 503
    default_code = "storage-full"


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Swept:
    rows: int
    files: int


@dataclass(frozen=True)
class _Received:
    path: Path
    sha256: str
    size: int
    head: bytes


def store(*, tenant_id: int, name: str, stream: Readable, by: Actor, at: datetime) -> Blob:
    """Keeps the bytes and makes the row. Raises Invalid (too large, empty, a program) or StorageFull; then nothing is
    left behind. The size is counted while it flows: what a caller says about it is not believed.
    """
    if not by.access.sees(tenant_id):
        raise Absent(_("There is no such tenant here, or not for you."))
    refuse_by_name(name)
    with _received(stream, tenant_id=tenant_id) as file:
        refuse_by_content(file.path, file.head)
        place = f"{tenant_id}/{file.sha256[:2]}/{file.sha256[2:4]}/{file.sha256}"
        with unit_of_work(by.label):
            _lock(place)
            _put(file.path, settings.BLOB_ROOT / place)
            return Blob.objects.create(
                tenant_id=tenant_id,
                sha256=file.sha256,
                size=file.size,
                name=clean_name(name),
                content_type=type_of(file.head),
                path=place,
                stored_at=at,
                uploaded_by_label=by.label,
            )


def open_blob(blob: Blob) -> BinaryIO:
    """The bytes, for the caller to close. Raises Absent (and logs it: that is lost data) when they are gone."""
    try:
        return (settings.BLOB_ROOT / blob.path).open("rb")
    except FileNotFoundError:
        logger.error("The bytes of a blob are missing", extra={"blob_id": blob.pk, "path": blob.path})
        raise Absent(_("This file is missing.")) from None


def sweep_orphans(*, at: datetime) -> Swept:
    """Removes rows that nothing links to and bytes without a row, both older than a day. Safe to repeat or interrupt.

    Without a room that answers `blob_in_use`, no row is thought unused.
    """
    before = at - KEPT_UNLINKED
    return Swept(rows=_sweep_rows(before), files=_sweep_files(before))


@contextmanager
def _received(stream: Readable, *, tenant_id: int) -> Iterator[_Received]:
    """The stream on disk, flushed to it, under a name of its own; removed again unless it was moved away."""
    path = settings.BLOB_ROOT / str(tenant_id) / INCOMING / uuid4().hex
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        with _full_disk_told():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("xb") as file:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > MAX_SIZE:
                        raise Invalid(_("A file may have 25 MiB."), field="file", code="file-too-large")
                    if len(head) < HEAD_SIZE:
                        head += chunk[: HEAD_SIZE - len(head)]
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        if not size:
            raise Invalid(_("This file is empty."), field="file", code="file-empty")
        yield _Received(path=path, sha256=digest.hexdigest(), size=size, head=head)
    finally:
        path.unlink(missing_ok=True)


def _put(path: Path, target: Path) -> None:
    """Atomically, and safe against a power cut, before the row that speaks of it commits."""
    with _full_disk_told():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as refusal:
        if refusal.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        logger.exception("No room for files")
        raise StorageFull(_("There is no room for files just now. Nothing was stored; try again later.")) from refusal


def _lock(place: str) -> None:
    """Until the transaction ends: a sweep must not remove bytes whose row is just being made."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"blob:{place}"])


def _sweep_rows(before: datetime) -> int:
    if not blob_in_use.answers:
        return 0
    removed, last = 0, 0
    old = Blob.objects.filter(stored_at__lt=before).order_by("pk")
    while ids := list(old.filter(pk__gt=last).values_list("pk", flat=True)[:SWEPT_AT_ONCE]):
        last = ids[-1]
        try:
            with unit_of_work(SYSTEM.label):
                # Locked first: a link that is being made holds its row, and such a row is left for tomorrow.
                rows = Blob.objects.filter(pk__in=ids).select_for_update(skip_locked=True)
                held = set(rows.values_list("pk", flat=True))
                used = set[int]().union(*blob_in_use.ask(blob_ids=held))
                removed += Blob.objects.filter(pk__in=held - used).delete()[0]
        except ProtectedError:
            logger.exception("Files that a room calls unused are linked all the same; this batch is left")
    return removed


def _sweep_files(before: datetime) -> int:
    removed = 0
    for path in settings.BLOB_ROOT.glob("*/**/*"):
        if not path.is_file() or not _older(path, before):
            continue
        place = path.relative_to(settings.BLOB_ROOT).as_posix()
        if path.parent.name == INCOMING:
            path.unlink(missing_ok=True)
            removed += 1
            continue
        if Blob.objects.filter(path=place).exists():
            continue
        with transaction.atomic():
            _lock(place)
            if not Blob.objects.filter(path=place).exists() and _older(path, before):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _older(path: Path, before: datetime) -> bool:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) < before
    except FileNotFoundError:  # another sweep was faster
        return False
