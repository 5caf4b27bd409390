from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def add_interaction(
    *,
    case_id: int,
    kind: str,
    public: bool,
    body: str,
    on_behalf_of: int | None = None,
    attachment_ids: Sequence[int] = (),
    data: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Interaction:
    raise NotImplementedError
