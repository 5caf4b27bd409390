"""Many rows at once: made without ceremony, numbered in blocks, written by COPY, one statement a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.base import ModelState

BLOCK = 1000  # ids drawn at once

Row = TypeVar("Row", bound=models.Model)


def bare(model: type[Row], **columns: Any) -> Row:
    """An unsaved row from its columns (`case_id`, not `case`), as unpickling makes one.

    `__init__` with its signals and descriptors costs twenty times as much, and more than the row's way into the table.
    A column not given has its default.
    """
    row = model.__new__(model)
    row.__dict__ |= {"_state": ModelState(), **_defaults(model), **columns}
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
    columns = [(one.attname, _writer(one)) for one in fields]
    lines = ["\t".join([write(values[name]) for name, write in columns]) for values in map(vars, rows)]
    lines.append("")  # the last line ends as well
    statement = f"COPY {table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.write("\n".join(lines))


def write_back(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """These fields of saved rows of one model, in one statement.

    `bulk_update` makes a CASE with a branch a row and column, which costs more than running it. Not for JSON fields.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if field.name in columns]
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), [quote(str(field.column)) for field in fields]
    types = [f"{name} {field.db_type(connection)}" for name, field in zip(names, fields, strict=True)]
    values = [{"id": row.pk, **{field.column: row.__dict__[field.attname] for field in fields}} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {', '.join(f'{name} = new.{name}' for name in names)} "  # noqa: S608  names of columns
            f"FROM jsonb_to_recordset(%s::jsonb) AS new (id bigint, {', '.join(types)}) WHERE {table}.id = new.id",
            [json.dumps(values, default=str)],
        )


def fresh_plans() -> None:
    """Foreign keys are checked by statements that a connection plans once. Planned over tables that were almost empty
    they may take the wrong index for ever, so whoever fills tables has them planned anew now and then.
    """
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


@contextmanager
def indexed_afterwards(*kinds: tuple[type[models.Model], str]) -> Iterator[None]:
    """Without these indexes (model, name) inside; they are built when all is written, at a fraction of what row by row
    costs, also when the work fails. Only the tables' owner may. A process that is killed leaves them away: the next
    that ends builds them.
    """
    with connection.cursor() as cursor:
        for _, name in kinds:
            cursor.execute(f"DROP INDEX IF EXISTS {connection.ops.quote_name(name)}")
    try:
        yield
    finally:
        with connection.schema_editor(atomic=False) as editor:
            editor.execute("SET maintenance_work_mem = '256MB'")
            for model, name in kinds:
                editor.add_index(model, next(one for one in model._meta.indexes if one.name == name))
            editor.execute("RESET maintenance_work_mem")


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


# COPY's text format, written here: the driver's adapters, a call a value, took twice as long as all of this.

Writer = Callable[[Any], str]
PLAIN = (models.IntegerField, models.DateField, models.DecimalField, models.FloatField)
NULL = r"\N"
as_json = json.JSONEncoder(ensure_ascii=False).encode


def _writer(field: models.Field[Any, Any]) -> Writer:
    """How a value of this column is written. TypeError for a kind of column that nobody has needed yet."""
    if isinstance(field, models.ForeignKey):
        return _writer(field.target_field)
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, ArrayField):
        return _array
    if isinstance(field, models.BooleanField):
        return _flag
    if isinstance(field, models.CharField | models.TextField):
        return _text
    if isinstance(field, models.DateTimeField):
        return _moments()
    if isinstance(field, PLAIN):
        return _plain
    raise TypeError(f"{field} has no way into COPY")


def _plain(value: Any) -> str:
    return NULL if value is None else str(value)


def _moments() -> Writer:
    """When rows were written is one moment for all of them, and text is dear to make."""
    last: Any = None
    text = NULL

    def write(value: Any) -> str:
        nonlocal last, text
        if value is not last:
            last, text = value, _plain(value)
        return text

    return write


def _flag(value: Any) -> str:
    return NULL if value is None else "t" if value else "f"


def _text(value: Any) -> str:
    """An enumeration's member is written as its value."""
    if value is None:
        return NULL
    text = str(value)
    if "\\" in text:
        text = text.replace("\\", r"\\")
    if "\n" in text:
        text = text.replace("\n", r"\n")
    if "\t" in text:
        text = text.replace("\t", r"\t")
    return text.replace("\r", r"\r") if "\r" in text else text


def _json(value: Any) -> str:
    if value is None:
        return NULL
    if not value and isinstance(value, dict | list):  # most are
        return "{}" if isinstance(value, dict) else "[]"
    return _text(as_json(value))


def _array(values: Sequence[Any] | None) -> str:
    """Of one dimension, without nulls."""
    if values is None:
        return NULL
    quoted = (str(value).replace("\\", r"\\").replace('"', r"\"") for value in values)
    return _text("{" + ",".join([f'"{value}"' for value in quoted]) + "}")
