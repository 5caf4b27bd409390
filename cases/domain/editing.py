from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def edit_case(
    *, case_id: int, changes: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    raise NotImplementedError
