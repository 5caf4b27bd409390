"""The properties of a case that have no door of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cases.domain import fields
from cases.domain.changing import changing
from cases.enums import InteractionKind
from cases.models import Case
from config.errors import Invalid
from tenants.domain.actors import Actor
from tenants.enums import Right

CLEAN: dict[str, Callable[[Any], Any]] = {
    "subject": fields.subject,
    "description": lambda value: fields.text(value, field="description", longest=100_000),
    "severity": fields.severity,
    "impact": lambda value: fields.text(value, field="impact", longest=200),
    "category": fields.category,
    "tags": lambda value: fields.words(value, field="tags", longest=80),
    "error_ids": lambda value: fields.words(value, field="error_ids", longest=200),
    "trace_links": lambda value: fields.links(value, field="trace_links"),
    "telemetry": fields.telemetry,
    "needed_by": lambda value: value,
}


def edit_case(
    *, case_id: int, changes: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """`changes`: some of CLEAN's names; values as `open_case` takes them. What is the same already changes nothing.

    Raises Invalid for an unknown name or a value that may not stand there.
    """
    unknown = set(changes) - set(CLEAN)
    if unknown:
        raise Invalid("This can't be edited here.", field=min(unknown), code="unknown-field")
    clean = {name: CLEAN[name](value) for name, value in changes.items()}
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        told = []
        for name, value in clean.items():
            before = getattr(change.case, name)
            if before == value:
                continue
            setattr(change.case, name, value)
            told.append(_in_words(name, before, value))
        if told:
            change.say(InteractionKind.SYSTEM, "; ".join(told))
    return change.case


def keep_closed(
    *, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """The message after closing was only a thank-you: the case stays closed. Doing it twice changes nothing."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        if change.case.possible_thanks_at is not None:
            change.case.possible_thanks_at = None
            why = f" ({reason.strip()})" if reason.strip() else ""
            change.say(InteractionKind.SYSTEM, f"Taken as a thank-you: stays closed{why}")
    return change.case


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
