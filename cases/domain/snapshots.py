"""A case's columns and clocks as plain values: what changed in a change, and what take-back puts back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from cases.models import Case
from sla.models import Clock

BOOKKEEPING = frozenset(
    {
        "version",
        "next_due_at",
        "next_due_kind",
        "next_timer_at",
        "next_timer",
        "timer_step",
        "timer_retry_after",
        "last_message_at",
        "last_message_by",
        "customer_waiting_since",
        "first_response_at",
        "breached",
        "woken_at",
    }
)


def columns_of(row: models.Model) -> dict[str, Any]:
    """Values by attribute name."""
    return {
        field.attname: _copied(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def changed_columns(case: Case, before: Mapping[str, Any]) -> list[str]:
    """Names as `save(update_fields=…)` takes them."""
    names = {field.attname: field.name for field in case._meta.concrete_fields}
    return [names[name] for name, value in before.items() if getattr(case, name) != value]


def restore_point(case: Case, clocks: Iterable[Clock]) -> dict[str, Any]:
    """To be taken before anything is changed. JSON values, read back by `put_back`."""
    return {
        "case": {name: value for name, value in _stored(case).items() if name != "version"},
        "clocks": {str(clock.pk): _stored(clock) for clock in clocks},
    }


def changed_since(point: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """The columns that are not as they were at a restore point, as they are now."""
    was = point.get("case", {})
    return {name: value for name, value in _stored(case).items() if name in was and value != was[name]}


def stands(case: Case, values: Mapping[str, Any]) -> bool:
    """Whether the columns still are what `changed_since` told."""
    now = _stored(case)
    return all(now[name] == value for name, value in values.items())


def put_back(row: models.Model, values: Mapping[str, Any]) -> None:
    """Set the columns to what they were."""
    for field in row._meta.concrete_fields:
        if field.attname not in values:
            continue
        value = field.to_python(values[field.attname])
        if getattr(row, field.attname) != value:
            # Around the guard of the protected status: taking back is no move of the table.
            row.__dict__[field.attname] = value
            if isinstance(field, models.ForeignKey) and field.is_cached(row):
                field.delete_cached_value(row)


def _stored(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: None if getattr(row, field.attname) is None else field.value_to_string(row)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return list(value)
    return dict(value) if isinstance(value, dict) else value
