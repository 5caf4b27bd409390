"""Many rows at once: made without ceremony, numbered in blocks, written by COPY, one statement a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

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
    """All of one model. Without ids the table numbers them itself; nothing is validated but by the database."""
    if not rows:
        return
    model = type(rows[0])
    fields = [one for one in model._meta.concrete_fields if not (one.primary_key and rows[0].pk is None)]
    names = ", ".join(connection.ops.quote_name(str(one.column)) for one in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    readers = [_reader(one) for one in fields]
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            values = row.__dict__
            copy.write_row([read(values) for read in readers])


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


def _reader(field: models.Field[Any, Any]) -> Callable[[dict[str, Any]], Any]:
    name = field.attname
    if isinstance(field, models.JSONField):
        return lambda values: None if values[name] is None else json.dumps(values[name], ensure_ascii=False)
    if isinstance(field, models.CharField | models.TextField) and not field.null:
        return lambda values: str(values[name])  # an enumeration's member is written as its value
    return lambda values: values[name]
