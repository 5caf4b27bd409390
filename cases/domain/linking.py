from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def link_incident(
    *, case_id: int, incident_id: int, by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    raise NotImplementedError


def unlink_incident(
    *, case_id: int, incident_id: int, by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    raise NotImplementedError


def declare_incident_for(
    *, case_id: int, title: str = "", severity: str = "", public: bool = False, by: Actor, at: datetime
) -> Any:
    raise NotImplementedError
