from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def change_priority(
    *, case_id: int, priority: str, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    raise NotImplementedError


def change_tier(
    *, case_id: int, tier: str, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    raise NotImplementedError
