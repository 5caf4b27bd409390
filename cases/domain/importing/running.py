"""A foreign log becomes cases: read, checked and put aside row by row, then written case by case in batches.

Each batch is one transaction and holds whole cases, so an import that is interrupted leaves no half case and goes on
where it was when it is run again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Protocol

from django.db import connection

from cases.domain.history import Historian
from cases.domain.importing.batches import Batches
from cases.domain.importing.mapping import Mapping, read_mapping
from cases.domain.importing.records import Log, open_log, records
from cases.domain.importing.rejects import Rejects
from cases.domain.importing.report import Report
from cases.domain.importing.rows import Reader, Rejected, Row
from cases.domain.importing.staging import MOST, staging
from cases.models import ImportedSource
from config.db import unit_of_work
from config.errors import Invalid, Refused
from tenants.domain.actors import IMPORTER
from tenants.models import Tenant


class Tell(Protocol):
    """`what` is "rows" (read) or "cases" (their rows written); `total` None while it is not known."""

    def __call__(self, what: str, done: int, total: int | None) -> None: ...


def import_file(
    path: Path,
    *,
    mapping: Path,
    tenant: str,
    rejects: Path | None = None,
    dry_run: bool = False,
    progress: Tell,
    at: datetime,
) -> Report:
    """Raises Invalid for a mapping, file or tenant that is none, Refused while the same source is being imported."""
    begun = time.monotonic()
    known = read_mapping(mapping)
    owner = Tenant.objects.filter(slug=tenant).first()
    if owner is None:
        raise Invalid(f"There is no tenant {tenant!r}.")
    with ExitStack() as stack:
        stack.enter_context(_alone(known.source))
        source = _source(known)
        log = open_log(
            path, columns=[*known.columns, *source.columns], delimiter=known.delimiter, encoding=known.encoding
        )
        if rejects is not None and rejects.resolve() in (path.resolve(), mapping.resolve()):
            raise Invalid(f"{rejects} is the file that is read.")
        refused = stack.enter_context(Rejects(rejects, header=log.header))
        report = Report(without=_without(known), encoding=log.encoding)
        stage = stack.enter_context(staging())
        stage.fill(_rows(log, Reader(known, log, identity=source.columns, now=at), refused, report, progress))
        if not dry_run:
            _remember(source, at=at)
        historian = Historian(by=IMPORTER, at=at)
        if dry_run:
            historian.case_ids = historian.clock_ids = count(1)  # numbers of nothing: none is drawn
        batches = Batches(known, owner, historian, dry_run=dry_run)
        done, good = 0, report.rows - refused.count
        for batch in stage.batches():
            taken: list[list[Row]] = []
            for rows in batch:
                if len(rows) <= MOST:
                    taken.append(rows)
                    continue
                for line in stage.lines(rows[0].id):
                    refused.add(line, f"its case has more than {MOST:,} rows", case_id=rows[0].id)
            batches.take(taken, report=report, refused=refused)
            done += sum(map(len, batch))
            progress("cases", done, good)
        report.rejected, report.reasons = refused.count, refused.reasons
    report.seconds = round(time.monotonic() - begun, 2)
    return report


def _rows(log: Log, reader: Reader, refused: Rejects, report: Report, progress: Tell) -> Iterator[Row]:
    for record in records(log):
        report.rows += 1
        if report.rows % 1000 == 0:
            progress("rows", report.rows, None)
        try:
            yield reader.read(record)
        except Rejected as reason:
            refused.add(record.line, str(reason), values=record.values)


@contextmanager
def _alone(source: str) -> Iterator[None]:
    """Two imports of one source would each miss what the other is writing."""
    key = int.from_bytes(hashlib.sha256(f"import_cases/{source}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise Refused(f"{source} is being imported just now; wait until that has ended.", code="import-running")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _source(mapping: Mapping) -> ImportedSource:
    """As known from its first import, else not yet saved."""
    source = ImportedSource.objects.filter(name=mapping.source).first()
    if source is None:
        return ImportedSource(name=mapping.source, rows=mapping.rows, columns=mapping.identity)
    if source.rows != mapping.rows:
        raise Invalid(
            f"{mapping.source} was imported with rows: {source.rows} before; its rows can't change their kind."
        )
    return source


def _remember(source: ImportedSource, *, at: datetime) -> None:
    if source.pk is None:
        with unit_of_work(IMPORTER.label):
            source.first_imported_at = at
            source.save(force_insert=True)


def _without(mapping: Mapping) -> list[str]:
    """Nobody's words are in such a log, so there is no next reply, and no target told to a client."""
    kinds = ["next_reply", "target"]
    return ["first_response", *kinds] if mapping.first_response == "none" else kinds
