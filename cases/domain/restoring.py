"""A case and its clocks put back to what they were before a move, from the restore point that the move left; what was
said with it taken back, and the log of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cases.domain import snapshots
from cases.domain.changing import Change
from cases.enums import InteractionKind, Move
from cases.models import Attachment, CaseClock, Transition
from outbox.domain import withdrawing
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


def retract(change: Change, *, delivery_ids: Sequence[int], entry_ids: Sequence[int]) -> bool:
    """What was said is held back and says so; its files wait for the next message. False, and nothing changed, when
    one of the mails has left.
    """
    reason = "Taken back before it was sent"
    if not withdrawing.withdraw(delivery_ids=delivery_ids, reason=reason, at=change.at):
        return False
    for entry_id in entry_ids:
        change.say(InteractionKind.SYSTEM, "Message taken back before it was sent.", retracts_id=entry_id)
    Attachment.objects.filter(interaction_id__in=entry_ids).update(interaction=None, public=False)
    return True


def log_back(change: Change, moves: Iterable[Transition], *, reason: str = "") -> None:
    """The newest of them first."""
    for move in moves:
        change.log_move(Move.TAKE_BACK, before=move.to_status, after=move.from_status, reason=reason, undoes=move)


def can_restore(change: Change, *, moved_at: datetime) -> bool:
    """Whether the sweep has left alone, since, the clocks that the move touched."""
    return undoing.can_put_back(change.clocks, moved_at=moved_at)
