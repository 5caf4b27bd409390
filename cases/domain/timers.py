from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cases.models import *  # noqa
from tenants.domain.actors import Actor


def run_due(*, at: datetime, limit: int = 200) -> int:
    raise NotImplementedError
