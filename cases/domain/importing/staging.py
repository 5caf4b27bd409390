"""Rows wait here, outside of memory, until all of a case stand together: a table of this connection alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter

from django.db import connection

from cases.domain.importing.rows import Row

BATCH = 4000  # rows read at once
MOST = 10_000  # rows of one case that are taken; a case with more is no case
COLUMNS = "id, at, line, digest, facts"
TYPES = 'id text COLLATE "C", at timestamptz, line bigint, digest text, facts text'
TABLE = "importing_rows"


@contextmanager
def staging() -> Iterator[Staging]:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")
        cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} ({TYPES})")
    try:
        yield Staging()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")


class Staging:
    def fill(self, rows: Iterable[Row]) -> None:
        """Once. In one statement, as they come."""
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY pg_temp.{TABLE} ({COLUMNS}) FROM STDIN") as copy:
                for row in rows:
                    facts = json.dumps(row.facts, ensure_ascii=False)
                    copy.write_row((row.id, row.at, row.line, row.digest, facts))
            cursor.execute(f"CREATE INDEX ON pg_temp.{TABLE} (id, at, line)")
            cursor.execute(f"ANALYZE pg_temp.{TABLE}")

    def batches(self) -> Iterator[list[list[Row]]]:
        """Whole cases, their rows by time and then by file; of a case with more than `MOST` one row more than that."""
        after = ""
        while rows := self._read("id > %s", [after], BATCH):
            if len(rows) == BATCH:
                last = rows[-1].id
                whole = [row for row in rows if row.id != last]
                rows = whole or self._read("id = %s", [last], MOST + 1)
            after = rows[-1].id
            yield [list(some) for _id, some in groupby(rows, attrgetter("id"))]

    def lines(self, case_id: str) -> Iterator[int]:
        """Of every row of a case, in the order of the file, in bounded memory."""
        after = 0
        with connection.cursor() as cursor:
            while True:
                cursor.execute(
                    f"SELECT line FROM pg_temp.{TABLE} WHERE id = %s AND line > %s ORDER BY line LIMIT %s",  # noqa: S608
                    [case_id, after, BATCH],
                )
                lines = [line for (line,) in cursor.fetchall()]
                if not lines:
                    return
                yield from lines
                after = lines[-1]

    def _read(self, condition: str, names: list[str], limit: int) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {COLUMNS} FROM pg_temp.{TABLE} WHERE {condition} ORDER BY id, at, line LIMIT %s",  # noqa: S608
                [*names, limit],
            )
            found = cursor.fetchall()
        return [Row(name, at, line, digest, json.loads(facts)) for name, at, line, digest, facts in found]
