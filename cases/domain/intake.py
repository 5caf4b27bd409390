from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def open_case(
    *,
    tenant_id: int,
    requester: int | Mapping[str, str],
    subject: str,
    description: str,
    channel: str = "api",
    opened_by: str = "customer",
    severity: str = "",
    impact: str = "",
    category: str | int | None = None,
    tags: Iterable[str] = (),
    error_ids: Iterable[str] = (),
    trace_links: Iterable[str] = (),
    telemetry: Mapping[str, Any] | None = None,
    resource_ids: Iterable[int] = (),
    external: Mapping[str, str] | None = None,
    priority: str | None = None,
    needed_by: datetime | None = None,
    reopened_from_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    raise NotImplementedError
