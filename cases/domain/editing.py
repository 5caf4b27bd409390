"""The properties of a case: those without a door of their own, and several of any sort at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.domain import custom_fields, fields
from cases.domain.changing import Change, changing
from cases.domain.ownership import assign
from cases.domain.priorities import change_priority, change_tier
from cases.enums import InteractionKind
from cases.models import Case
from config.db import unit_of_work
from tenants.domain.actors import Actor
from tenants.enums import Right

DOORS_OF_THEIR_OWN = ("tier", "priority", "owner_id")


def edit_case(
    *, case_id: int, changes: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """`changes`: names of `fields.CLEAN`, values as `open_case` takes them, and `fields`: the desk's own, as
    `custom_fields.put`. What is the same already changes nothing.

    Raises Invalid for an unknown name or a value that may not stand there.
    """
    own = changes.get("fields", {})
    clean = fields.clean({name: value for name, value in changes.items() if name != "fields"})
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        put(change, clean)
        custom_fields.put(change, own)
    return change.case


def put(change: Change, clean: Mapping[str, Any]) -> None:
    """Values that are fit to be kept, as part of a change: the timeline tells which of them are new."""
    told = []
    for name, value in clean.items():
        before = getattr(change.case, name)
        if before == value:
            continue
        setattr(change.case, name, value)
        told.append(_in_words(name, before, value))
    if told:
        change.say(InteractionKind.SYSTEM, "; ".join(told))
    if "category" in change.changed_columns:
        change.tell("cases.case-sorted", category_id=change.case.category_id, priority=change.case.priority)


def amend_case(
    *,
    case_id: int,
    changes: Mapping[str, Any],
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Several properties as one, all or none. `changes`: names that `edit_case` takes, and `priority`, `tier`,
    `owner_id` (None: nobody), which have doors of their own and share `reason`. Raises what those doors raise.
    """
    plain = {name: value for name, value in changes.items() if name not in DOORS_OF_THEIR_OWN}
    who: dict[str, Any] = {"case_id": case_id, "by": by, "at": at}
    with unit_of_work(by.label):
        edit_case(changes=plain, expected_version=expected_version, **who)
        if "tier" in changes:
            change_tier(tier=changes["tier"], reason=reason, **who)
        if "priority" in changes:
            change_priority(priority=changes["priority"], reason=reason, **who)
        if "owner_id" in changes:
            assign(owner_id=changes["owner_id"], reason=reason, **who)


def _in_words(name: str, before: Any, after: Any) -> str:
    label = name.replace("_", " ").capitalize()
    if name in ("description", "telemetry"):
        return f"{label} edited"
    return f"{label}: {_shown(before)} → {_shown(after)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value) if value not in (None, "") else "none"
