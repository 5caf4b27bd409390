"""Many rows at once: made without ceremony, numbered in blocks, written by COPY, one statement a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.base import ModelState

from config.json_columns import document, json_columns

BLOCK = 1000  # ids drawn at once

Row = TypeVar("Row", bound=models.Model)


def bare(model: type[Row], **columns: Any) -> Row:
    """An unsaved row from its columns (`case_id`, not `case`), as unpickling makes one.

    `__init__` with its signals and descriptors costs twenty times as much, and more than the row's way into the table.
    A column not given has its default.
    """
    row = model.__new__(model)
    row.__dict__ = {**_defaults(model), **columns, "_state": ModelState()}
    return row


@cache
def _defaults(model: type[models.Model]) -> dict[str, Any]:
    """Lists and tables among them are shared: give such a column a value of its own before changing it."""
    return {field.attname: field.get_default() for field in model._meta.concrete_fields}


def copy_in(rows: Sequence[models.Model]) -> None:
    """All of one model. Without ids the table numbers them itself; nothing is validated but by the database, whose
    refusals are Django's (IntegrityError, DataError).
    """
    if not rows:
        return
    model = type(rows[0])
    fields: list[models.Field[Any, Any]] = [
        one for one in model._meta.concrete_fields if not (one.primary_key and rows[0].pk is None)
    ]
    names = ", ".join(connection.ops.quote_name(str(one.column)) for one in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    held = [vars(row) for row in rows]
    columns = [_writer(one)([values[one.attname] for values in held]) for one in fields]
    lines = [*map("\t".join, zip(*columns, strict=True)), ""]  # the last line ends as well
    statement = f"COPY {table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.write("\n".join(lines))


def write_back(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """These fields of saved rows of one model, in one statement.

    `bulk_update` makes a CASE with a branch a row and column, which costs more than running it.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if field.name in columns]
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), [quote(str(field.column)) for field in fields]
    types = [f"{name} {field.db_type(connection)}" for name, field in zip(names, fields, strict=True)]
    written = json_columns(fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {', '.join(f'{name} = new.{name}' for name in names)} "  # noqa: S608  names of columns
            f"FROM jsonb_to_recordset(%s::jsonb) AS new (id bigint, {', '.join(types)}) WHERE {table}.id = new.id",
            [json.dumps([document(row, written) | {"id": row.pk} for row in rows])],
        )


def fresh_plans() -> None:
    """Foreign keys are checked by statements that a connection plans once. Planned over tables that were almost empty
    they may take the wrong index for ever, so whoever fills tables has them planned anew now and then.
    """
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


def new_ids(model: type[models.Model]) -> Iterator[int]:
    """Ids from the table's own sequence, drawn in blocks; those not used are gaps."""
    table = model._meta.db_table
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, BLOCK]
            )
            drawn = [pk for (pk,) in cursor.fetchall()]
        yield from drawn


# COPY's text format, written here: the driver's adapters, a call a value, took several times as long as all of this. By
# column, because what holds for all values of one (nothing is null, nothing to escape) is found out in one look.

Writer = Callable[[Sequence[Any]], Iterable[str]]
PLAIN = (models.IntegerField, models.DateField, models.DecimalField, models.FloatField)
NULL = r"\N"
ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})
as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def _writer(field: models.Field[Any, Any]) -> Writer:
    """How the values of this column are written. TypeError for a kind of column that nobody has needed yet."""
    if isinstance(field, models.ForeignKey):
        return _writer(field.target_field)
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, ArrayField):
        return _arrays
    if isinstance(field, models.BooleanField):
        return _flags
    if isinstance(field, models.CharField | models.TextField):
        return _texts
    if isinstance(field, models.DateTimeField):
        return _moments
    if isinstance(field, PLAIN):
        return _plain
    raise TypeError(f"{field} has no way into COPY")


def _plain(values: Sequence[Any]) -> Iterable[str]:
    return [NULL if value is None else str(value) for value in values] if None in values else map(str, values)


def _moments(values: Sequence[datetime | None]) -> Iterable[str]:
    return map(_moment, values)


@lru_cache(maxsize=30_000)
def _moment(value: datetime | None) -> str:
    """What happened at once stands in many columns of many rows, and text is dear to make."""
    return NULL if value is None else str(value)


def _flags(values: Sequence[bool | None]) -> Iterable[str]:
    return [NULL if value is None else "t" if value else "f" for value in values]


def _texts(values: Sequence[str | None]) -> Iterable[str]:
    """An enumeration's member is written as its value."""
    known = [value for value in values if value is not None]
    whole = "".join(known)
    if any(sign in whole for sign in "\\\n\t\r"):
        return [NULL if value is None else value.translate(ESCAPED) for value in values]
    return known if len(known) == len(values) else [NULL if value is None else value for value in values]


def _json(values: Sequence[Any]) -> Iterable[str]:
    """All in one call, because to begin one takes longer than most documents, and cut at marks that none may hold:
    PostgreSQL refuses a null character in a document.
    """
    marked = [part for value in values for part in (value, "\0")][:-1]
    texts = as_json(marked)[1:-1].split(', "\\u0000", ')
    return _texts([None if value is None else text for value, text in zip(values, texts, strict=True)])


def _arrays(values: Sequence[Sequence[Any] | None]) -> Iterable[str]:
    return _texts([None if value is None else _array(value) for value in values])


def _array(values: Sequence[Any]) -> str:
    """Of one dimension, without nulls."""
    texts = [str(value) for value in values]
    whole = "".join(texts)
    if '"' in whole or "\\" in whole:
        texts = [text.replace("\\", r"\\").replace('"', r"\"") for text in texts]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"
