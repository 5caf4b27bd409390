from __future__ import annotations

from datetime import datetime

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def assign(
    *,
    case_id: int,
    owner_id: int | None,
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    raise NotImplementedError
