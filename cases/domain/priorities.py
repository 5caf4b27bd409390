from __future__ import annotations

from datetime import datetime

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
