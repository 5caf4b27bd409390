"""What a status that became another one is called, and which happenings of the clocks lie between."""

from __future__ import annotations

from cases.domain import moves
from cases.domain.history_events import Moved
from cases.enums import NEVER_WORKED, Move, Status
from sla.domain.conversation import Happening, Stage

#: What leads the clocks from one stage to another. Closed → Resolved has no promise of its own: see `history_replay`.
WAY: dict[tuple[Stage, Stage], tuple[Happening, ...]] = {
    (Stage.NEW, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.WORKING, Stage.WAITING): (Happening.WAIT,),
    (Stage.WORKING, Stage.RESOLVED): (Happening.RESOLVE,),
    (Stage.WORKING, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.WAITING, Stage.WORKING): (Happening.RESUME,),
    (Stage.WAITING, Stage.RESOLVED): (Happening.RESOLVE,),
    (Stage.WAITING, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.RESOLVED, Stage.WORKING): (Happening.REJECT,),
    (Stage.RESOLVED, Stage.WAITING): (Happening.REJECT, Happening.WAIT),
    (Stage.RESOLVED, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.CLOSED, Stage.WORKING): (Happening.REOPEN,),
    (Stage.CLOSED, Stage.WAITING): (Happening.REOPEN, Happening.WAIT),
}
ARRIVALS = {
    Status.NEW: Move.OPEN,
    Status.TRIAGE: Move.ACCEPT,
    Status.IN_PROGRESS: Move.START,
    Status.WAITING: Move.WAIT,
    Status.RESOLVED: Move.RESOLVE,
    Status.CLOSED: Move.CLOSE,
}


def move_between(before: Status, to: Status) -> Move:
    """What leaving Resolved or Closed is called comes before where it leads to."""
    if before == Status.RESOLVED and to != Status.CLOSED:
        return Move.REJECT
    if before == Status.CLOSED and to != Status.RESOLVED:
        return Move.REOPEN
    if before == Status.WAITING and to == Status.IN_PROGRESS:
        return Move.RESUME
    return ARRIVALS[to]


def allowed(move: Move, before: Status, event: Moved) -> bool:
    """Whether the lifecycle has this move from here to there."""
    rule = moves.TABLE.get(move)
    if rule is None or before not in rule.sources:
        return False
    if move in (Move.REJECT, Move.REOPEN, Move.START, Move.RESUME):
        return event.to == Status.IN_PROGRESS
    if move == Move.CLOSE:
        return before == Status.RESOLVED or event.closed_as in NEVER_WORKED
    return ARRIVALS[event.to] == move or move == Move.CONFIRM
