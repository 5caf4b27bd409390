from __future__ import annotations

from datetime import datetime

from cases.models import *  # noqa


def run_due(*, at: datetime, limit: int = 200) -> int:
    raise NotImplementedError
