from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveState:
    """A move as a person sees it on a case; `asks` are the names of the fields it needs."""

    name: str
    label: str
    allowed: bool
    why_not: str
    asks: tuple[str, ...]


def accept(
    *,
    case_id: int,
    priority: str | None = None,
    owner_id: int | None = None,
    tier: str | None = None,
    note: str = "",
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    raise NotImplementedError


def start(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    raise NotImplementedError


def wait(
    *,
    case_id: int,
    ask: str,
    reason: str = "",
    attachment_ids: Sequence[int] = (),
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    raise NotImplementedError


def resume(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    raise NotImplementedError


def resolve(
    *,
    case_id: int,
    summary: str = "",
    validated: str = "",
    evidence: Sequence[Any] = (),
    preventive_actions: Sequence[str] | str = (),
    reason: str = "",
    attachment_ids: Sequence[int] = (),
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    raise NotImplementedError


def confirm(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    raise NotImplementedError


def reject(*, case_id: int, reason: str, by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    raise NotImplementedError


def close(
    *,
    case_id: int,
    reason: str,
    as_: str = "",
    of: int | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    raise NotImplementedError


def reopen(*, case_id: int, reason: str, by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    raise NotImplementedError


def take_back(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    raise NotImplementedError


def allowed_moves(case: Case, by: Actor) -> list[MoveState]:
    raise NotImplementedError
