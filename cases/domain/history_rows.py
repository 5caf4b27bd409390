"""Rows on their way into a table by COPY: unsaved models in, one statement a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection, models

BLOCK = 1000  # ids drawn at once


def copy_in(rows: Sequence[models.Model]) -> None:
    """All of one model. Without ids the table numbers them itself; nothing is validated but by the database."""
    if not rows:
        return
    model = type(rows[0])
    fields = [one for one in model._meta.concrete_fields if not (one.primary_key and rows[0].pk is None)]
    names = ", ".join(connection.ops.quote_name(one.column) for one in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    readers = [_reader(one) for one in fields]
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            values = row.__dict__
            copy.write_row([read(values) for read in readers])


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
