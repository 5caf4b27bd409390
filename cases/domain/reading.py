from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def case_list(*, actor: Actor) -> Any:
    raise NotImplementedError


def case_detail(*, case_id: int, actor: Actor) -> Any:
    raise NotImplementedError


def queue(name: str, *, actor: Actor, at: datetime) -> Any:
    raise NotImplementedError


def timeline(*, case: Case, actor: Actor) -> Any:
    raise NotImplementedError
