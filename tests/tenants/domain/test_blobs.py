import errno
import hashlib
import io
import os
import zipfile
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from config.errors import Absent, DomainError, Invalid
from tenants.domain import blobs
from tenants.domain.blob_types import clean_name
from tenants.hooks import blob_in_use
from tenants.models import Blob
from tests.factories.tenants import TenantFactory, actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_root")]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40


def store(content=b"a line of a log\n", name="log.txt", tenant=None, by=None):
    tenant = tenant or TenantFactory()
    return blobs.store(
        tenant_id=tenant.pk, name=name, stream=io.BytesIO(content), by=by or actor("l1"), at=timezone.now()
    )


def files(root):
    return sorted(path for path in root.rglob("*") if path.is_file())


def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def test_a_file_is_kept_by_its_digest(blob_root):
    acme, by = TenantFactory(), actor("l1")
    blob = store(PNG, "Shot 1.png", acme, by)
    digest = hashlib.sha256(PNG).hexdigest()
    assert (blob.sha256, blob.size, blob.name, blob.content_type) == (digest, len(PNG), "Shot 1.png", "image/png")
    assert blob.path == f"{acme.pk}/{digest[:2]}/{digest[2:4]}/{digest}"
    assert blob.uploaded_by_label == by.label
    assert files(blob_root) == [blob_root / blob.path]
    with blobs.open_blob(blob) as file:
        assert file.read() == PNG


def test_equal_files_share_bytes_within_a_tenant_only(blob_root):
    acme = TenantFactory()
    one, two, other = store(tenant=acme), store(tenant=acme), store()
    assert one.path == two.path != other.path
    assert len(files(blob_root)) == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"plain words", "text/plain"),
        ("Größe: 5 €".encode(), "text/plain"),
        (b"\x1b[31mred\x1b[0m log", "text/plain"),
        (b"%PDF-1.7\n1 0 obj", "application/pdf"),
        (b"<script>alert(1)</script>", "text/plain"),
        (b"\x00\x01\x02\x03" * 50, "application/octet-stream"),
    ],
)
def test_the_type_comes_from_the_bytes_and_not_from_the_name(content, kind):
    assert store(content, "picture.png").content_type == kind


HOSTILE = {
    "pe": (b"MZ\x90\x00" + b"\x00" * 60, "report.pdf"),
    "elf": (b"\x7fELF\x02\x01\x01", "data.csv"),
    "mach-o": (b"\xcf\xfa\xed\xfe\x07\x00", "photo.jpg"),
    "universal": (b"\xca\xfe\xba\xbe\x00\x00", "photo.jpg"),
    "shell": (b"#!/bin/sh\nrm -rf /\n", "notes.txt"),
    "shell with mark": (b"\xef\xbb\xbf#!/usr/bin/env python\n", "notes.txt"),
    "batch": (b"@ECHO OFF\r\ndel *.*", "notes.txt"),
    "shortcut": (b"L\x00\x00\x00\x01\x14\x02\x00" + b"\x00" * 16, "readme"),
    "jar": (zipped("META-INF/MANIFEST.MF", "A.class"), "bundle.zip"),
    "apk": (zipped("AndroidManifest.xml", "classes.dex"), "bundle.zip"),
    "msi": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 9000 + bytes.fromhex("84100c0000000000c000000000000046"),
        "paper.doc",
    ),
}
NAMES = [
    *(f"x.{suffix}" for suffix in ("exe", "bat", "cmd", "ps1", "sh", "js", "jar", "apk", "msi", "scr", "vbs", "lnk")),
    "x.EXE",
    "x.exe.",
    "x.exe . . ",
    "x.exe\u200b",
    "x.\u202eexe",
    "x.ｅｘｅ",
    "x.exe\x00.png",
    "x.exe::$DATA",
    "x.png/../y.exe",
    "c:\\x.exe",
]


@pytest.mark.parametrize(("content", "name"), HOSTILE.values(), ids=HOSTILE)
def test_programs_are_refused_by_their_bytes(blob_root, content, name):
    with pytest.raises(Invalid) as refusal:
        store(content, name)
    assert refusal.value.extra["errors"][0]["code"] == "file-type-refused"
    assert (Blob.objects.count(), files(blob_root)) == (0, [])


@pytest.mark.parametrize("name", NAMES)
def test_programs_are_refused_by_their_name(blob_root, name):
    with pytest.raises(Invalid) as refusal:
        store(b"harmless", name)
    assert refusal.value.extra["errors"][0]["code"] == "file-type-refused"
    assert (Blob.objects.count(), files(blob_root)) == (0, [])


@pytest.mark.parametrize("name", ["notes.txt", "build.json", "shell.md", "a.exe.txt", "паспорт.pdf", "x.docx"])
def test_other_names_are_taken(name):
    assert store(zipped("word/document.xml"), name).name == name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.txt", "b.txt"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("fdp\u202etxt.doc", "fdptxt.doc"),
        ('a"b<c>.txt', "a_b_c_.txt"),
        (" . ", "file"),
        ("", "file"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt"),
        ("\ud800.txt", "txt"),
    ],
)
def test_names_are_made_harmless(given, kept):
    assert clean_name(given) == kept


class Endless:
    """A stream that says nothing about its size and never ends by itself."""

    def __init__(self):
        self.given = 0

    def read(self, size):
        self.given += size
        return b"x" * size


def test_the_limit_holds_while_it_flows(blob_root):
    stream = Endless()
    with pytest.raises(Invalid) as refusal:
        blobs.store(tenant_id=TenantFactory().pk, name="x.log", stream=stream, by=actor("l1"), at=timezone.now())
    assert refusal.value.extra["errors"][0]["code"] == "file-too-large"
    assert stream.given <= blobs.MAX_SIZE + blobs.CHUNK
    assert (Blob.objects.count(), files(blob_root)) == (0, [])


def test_exactly_the_limit_is_taken(blob_root):
    assert store(b"x" * blobs.MAX_SIZE).size == blobs.MAX_SIZE


def test_an_empty_file_is_refused(blob_root):
    with pytest.raises(Invalid):
        store(b"")
    assert (Blob.objects.count(), files(blob_root)) == (0, [])


def test_next_door_is_absent(blob_root):
    with pytest.raises(Absent):
        store(by=actor("l1", tenant=TenantFactory()))
    assert (Blob.objects.count(), files(blob_root)) == (0, [])


class Breaking:
    """A client that goes away in the middle."""

    def __init__(self):
        self.parts = [b"half"]

    def read(self, size):
        if self.parts:
            return self.parts.pop()
        raise ConnectionResetError


def test_half_an_upload_leaves_nothing(blob_root):
    with pytest.raises(ConnectionResetError):
        blobs.store(tenant_id=TenantFactory().pk, name="x.log", stream=Breaking(), by=actor("l1"), at=timezone.now())
    assert (Blob.objects.count(), files(blob_root)) == (0, [])


class NoRoom:
    """Stands for a disk that fills up while the file flows in."""

    def read(self, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_and_changes_nothing(blob_root):
    with pytest.raises(DomainError) as refusal:
        blobs.store(tenant_id=TenantFactory().pk, name="x.log", stream=NoRoom(), by=actor("l1"), at=timezone.now())
    assert (refusal.value.status, refusal.value.code) == (503, "storage-full")
    assert (Blob.objects.count(), files(blob_root)) == (0, [])


def test_a_row_that_is_undone_leaves_bytes_for_the_sweep_alone(blob_root):
    acme, by = TenantFactory(), actor("l1")
    with transaction.atomic():
        store(tenant=acme, by=by)
        transaction.set_rollback(True)
    [path] = files(blob_root)
    assert Blob.objects.count() == 0
    assert blobs.sweep_orphans(at=timezone.now()) == blobs.Swept(rows=0, files=0)
    os.utime(path, (0, 0))
    assert blobs.sweep_orphans(at=timezone.now()) == blobs.Swept(rows=0, files=1)
    assert files(blob_root) == []


def test_missing_bytes_are_absent():
    blob = store()
    (blobs.settings.BLOB_ROOT / blob.path).unlink()
    with pytest.raises(Absent):
        blobs.open_blob(blob)


@pytest.fixture
def answers(monkeypatch):
    """Only the answers that a test gives."""
    monkeypatch.setattr(blob_in_use, "answers", [])
    return blob_in_use.answers


def test_the_sweep_takes_what_nothing_links_after_a_day(blob_root, answers):
    acme = TenantFactory()
    used, shared, unused = store(b"used", tenant=acme), store(b"unused", tenant=acme), store(b"unused", tenant=acme)
    answers.extend([lambda *, blob_ids: {used.pk} & blob_ids, lambda *, blob_ids: {shared.pk} & blob_ids])
    for path in files(blob_root):
        os.utime(path, (0, 0))
    assert blobs.sweep_orphans(at=timezone.now()) == blobs.Swept(rows=0, files=0)
    tomorrow = timezone.now() + timedelta(hours=25)
    assert blobs.sweep_orphans(at=tomorrow) == blobs.Swept(rows=1, files=0)
    assert set(Blob.objects.all()) == {used, shared}
    assert not Blob.objects.filter(pk=unused.pk).exists()
    answers.pop()
    assert blobs.sweep_orphans(at=tomorrow) == blobs.Swept(rows=1, files=1)
    assert files(blob_root) == [blob_root / used.path]


def test_nobody_answering_means_nothing_is_unused(answers):
    store()
    assert blobs.sweep_orphans(at=timezone.now() + timedelta(days=2)).rows == 0
    assert Blob.objects.count() == 1


def test_what_a_killed_upload_left_is_swept(blob_root):
    left = blob_root / "1" / blobs.INCOMING / "abc"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert blobs.sweep_orphans(at=timezone.now()).files == 0
    assert blobs.sweep_orphans(at=timezone.now() + timedelta(hours=25)).files == 1


@pytest.mark.django_db(transaction=True)
def test_a_sweep_beside_an_upload_never_takes_its_bytes(blob_root):
    acme, by = TenantFactory(), actor("l1")
    start = Barrier(2)

    def sweep():
        start.wait()
        for _round in range(20):
            blobs.sweep_orphans(at=timezone.now())
        connection.close()

    thread = Thread(target=sweep)
    thread.start()
    start.wait()
    for _round in range(10):
        blob = store(tenant=acme, by=by)
        assert (blob_root / blob.path).exists()
        Blob.objects.filter(pk=blob.pk).delete()
        os.utime(blob_root / blob.path, (0, 0))  # an orphan, old enough for the sweep
    kept = store(tenant=acme, by=by)
    thread.join()
    assert (blob_root / kept.path).exists()
