"""A case's columns and clocks as plain values: what changed in a change, and what take-back puts back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
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
    }
)


def columns_of(row: models.Model) -> dict[str, Any]:
    """Values by attribute name; lists and objects are copied by the encoder when they are kept, not here."""
    return {
        field.attname: _copied(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def changed_columns(case: Case, before: Mapping[str, Any]) -> list[str]:
    """Names as `save(update_fields=…)` takes them."""
    names = {field.attname: field.name for field in case._meta.concrete_fields}
    return [names[name] for name, value in before.items() if getattr(case, name) != value]


def restore_point(before: Mapping[str, Any], case: Case, clocks: Iterable[Clock]) -> dict[str, Any]:
    return {
        "case": {name: _plain(case, name, value) for name, value in before.items() if name not in NOT_RESTORED},
        "clocks": {
            str(clock.pk): {name: _plain(clock, name, value) for name, value in columns_of(clock).items()}
            for clock in clocks
        },
    }


NOT_RESTORED = frozenset({"version"})


def put_back(row: models.Model, values: Mapping[str, Any]) -> list[str]:
    """Set the columns to what they were; the names of those that differed."""
    changed = []
    for field in row._meta.concrete_fields:
        if field.attname not in values:
            continue
        value = field.to_python(values[field.attname]) if values[field.attname] is not None else None
        if getattr(row, field.attname) != value:
            # Around the guard of the protected status: taking back is no move of the table.
            row.__dict__[field.attname] = value
            changed.append(field.name)
    return changed


def _plain(row: models.Model, name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str | list | dict):
        return (
            [str(item) if not isinstance(item, str | int | dict) else item for item in value]
            if isinstance(value, list)
            else value
        )
    return DjangoJSONEncoder().default(value)


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return list(value)
    return dict(value) if isinstance(value, dict) else value
