"""How the value of a column travels in a JSON document to `jsonb_to_recordset`, whether it is inserted or updated.

COPY has writers of its own (`config/bulk.py`): its text format escapes otherwise, and a million rows are written by
column, which a writer of one value can't do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

Writer = Callable[[Any], Any]
Columns = Sequence[tuple[str, str, Writer | None]]  # column, attribute, how its value becomes JSON
AS_IT_IS = (
    models.IntegerField,
    models.BooleanField,
    models.FloatField,
    models.CharField,
    models.TextField,
    models.JSONField,
)


def json_columns(fields: Iterable[models.Field[Any, Any]]) -> Columns:
    return tuple((str(field.column), field.attname, _writer(field)) for field in fields)


def document(row: models.Model, columns: Columns) -> dict[str, Any]:
    known = row.__dict__
    return {
        column: value if (value := known[name]) is None or write is None else write(value)
        for column, name, write in columns
    }


def _writer(field: models.Field[Any, Any]) -> Writer | None:
    """None: the value is JSON as it is. TypeError for a kind of column that nobody has needed yet."""
    if isinstance(field, models.ForeignKey):
        return _writer(field.target_field)
    if isinstance(field, ArrayField):
        write = _writer(field.base_field)
        return None if write is None else lambda values: [write(value) for value in values]
    if isinstance(field, models.DateField):
        return lambda value: value.isoformat()
    if isinstance(field, models.DecimalField | models.UUIDField):
        return str
    if isinstance(field, models.GenericIPAddressField):
        return lambda value: value or None
    if isinstance(field, AS_IT_IS):
        return None
    raise TypeError(f"{field} has no way into a JSON document")
