from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def attach(*, case_id: int, name: str, stream: Any, public: bool = False, by: Actor, at: datetime) -> Attachment:
    raise NotImplementedError


def open_attachment(*, case_id: int, attachment_id: int, actor: Actor) -> Any:
    raise NotImplementedError
