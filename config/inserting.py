"""New rows, all of one model, by one statement that is put together once a model.

Django's own INSERT is written anew at each call, a parameter a row and column: that takes longer than running it, for
one row as for the hundreds of a sweep. Here the values travel as one JSON document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

from config.json_columns import Columns, document, json_columns

Row = TypeVar("Row", bound=models.Model)


def insert(rows: Iterable[Row]) -> list[Row]:
    """Rows without ids, which get them in their order, and what the database itself fills in (`db_default`).

    As with `bulk_create` no signals are sent and nothing is validated but by the database. Its refusals are Django's.
    Such a column of the database's own cannot be given a value here.
    """
    new = list(rows)
    if not new:
        return new
    way = _way_of(type(new[0]))
    with connection.cursor() as cursor:
        cursor.execute(way.statement, [json.dumps([way.values(row) for row in new])])
        for row, returned in zip(new, sorted(cursor.fetchall()), strict=True):
            row.__dict__.update(zip(way.returned, returned, strict=True))
            row._state.adding, row._state.db = False, connection.alias
    return new


@dataclass(frozen=True, slots=True)
class _Way:
    """How rows of one model are written. `returned`: attributes that the answer fills, the id first."""

    statement: str
    columns: Columns
    dated: tuple[models.DateTimeField[Any, Any], ...]
    returned: tuple[str, ...]

    def values(self, row: models.Model) -> dict[str, Any]:
        for field in self.dated:
            field.pre_save(row, add=True)
        return document(row, self.columns)


@cache
def _way_of(model: type[models.Model]) -> _Way:
    fields: list[models.Field[Any, Any]] = list(model._meta.concrete_fields)
    if not isinstance(model._meta.pk, models.AutoField):
        raise TypeError(f"{model._meta.label} makes its keys itself")
    by_server = [field for field in fields if field.primary_key or field.has_db_default() or field.generated]
    by_server.sort(key=lambda field: not field.primary_key)
    given = [field for field in fields if field not in by_server]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in given)
    typed = ", ".join(f"{quote(str(field.column))} {field.db_type(connection)}" for field in given)
    answer = ", ".join(quote(str(field.column)) for field in by_server)
    return _Way(
        statement=f"INSERT INTO {quote(model._meta.db_table)} ({names}) "  # noqa: S608  names of columns
        f"SELECT {names} FROM jsonb_to_recordset(%s::jsonb) AS new ({typed}) RETURNING {answer}",
        columns=json_columns(given),
        dated=tuple(
            field
            for field in given
            if isinstance(field, models.DateTimeField) and (field.auto_now_add or field.auto_now)
        ),
        returned=tuple(field.attname for field in by_server),
    )
