"""Business time: pure sums over calendars. No database, no clock, no Django; aware UTC in, aware UTC out.

Read `Hours` (sla/domain/open_time.py) for how a calendar becomes a table of open intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sla.domain.open_time import Hours

Pauses = Sequence[tuple[datetime, datetime | None]]  # None: goes on


@dataclass(frozen=True, slots=True)
class Target:
    """`unit` is `seconds` or `business_days` of open time, or `wall_seconds` round the clock."""

    amount: int
    unit: str = "seconds"

    @classmethod
    def from_spec(cls, spec: Any) -> Self:
        """Reads `{"seconds": n}`, `{"business_days": n}` or `{"wall_seconds": n}`; raises `BadQuestion`."""
        ...

    def open_seconds(self, hours: Hours | None) -> int: ...


def due(hours: Hours | None, start: datetime, target: Target, pauses: Pauses = ()) -> datetime | None: ...


def elapsed(hours: Hours, start: datetime, end: datetime, pauses: Pauses = ()) -> float:
    """Seconds."""
    ...


def before(hours: Hours, end: datetime, target: Target) -> datetime: ...


def is_open(hours: Hours, at: datetime) -> bool: ...


def windows(hours: Hours, start: datetime, count: int) -> list[tuple[datetime, datetime]]: ...
