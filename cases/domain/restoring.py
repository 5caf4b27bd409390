"""A case and its clocks put back to what they were before a move, from the restore point that the move left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from cases.domain import snapshots
from cases.domain.changing import Change
from cases.models import CaseClock
from sla.domain import undoing


def restore(
    change: Change, point: Mapping[str, Any], *, moved_at: datetime, only: Collection[str] | None = None
) -> None:
    """`only`: of the case's columns these, because others may have changed since; None: all. A clock that something
    else began since stays. Raises Refused when the sweep has worked on a clock that the move touched.
    """
    kept = {int(pk): values for pk, values in point.get("clocks", {}).items()}
    made = undoing.begun([clock for clock in change.clocks if clock.pk not in kept], at=moved_at)
    undoing.put_back(
        clocks=[clock for clock in change.clocks if clock.pk in kept],
        columns=kept,
        never_were=made,
        moved_at=moved_at,
        by=change.by,
        at=change.at,
    )
    CaseClock.objects.filter(clock__in=made).delete()
    change.clocks = [clock for clock in change.clocks if clock not in made]
    columns = point.get("case", {})
    wanted = columns if only is None else {name: value for name, value in columns.items() if name in only}
    snapshots.put_back(change.case, wanted)
    # A breach that the move brought to light stays recorded.
    change.case.breached = change.case.breached or any(clock.breached_at is not None for clock in change.clocks)


def can_restore(change: Change, *, moved_at: datetime) -> bool:
    """Whether the sweep has left alone, since, the clocks that the move touched."""
    return undoing.can_put_back(change.clocks, moved_at=moved_at)
