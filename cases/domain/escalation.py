from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def escalate(
    *,
    case_id: int,
    to: str,
    known_issues_searched: bool = False,
    target: Mapping[str, Any] | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    raise NotImplementedError
