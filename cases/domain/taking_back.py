"""Taking back one's last move: within ten minutes, as long as nothing left the house."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cases.domain import merging
from cases.domain.changing import changing
from cases.domain.restoring import log_back, restore, retract
from cases.enums import Move
from cases.models import Case, Transition
from config.errors import Refused
from tenants.domain.actors import Actor
from tenants.enums import Right

WITHIN = timedelta(minutes=10)


def take_back(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    """The case and its clocks are again what they were before one's last move; the log says so. A merge can be taken
    back for a day, by anybody who works the case (`merging.undo`).

    Refused when the last thing on the case is not a move of one's own, is older than ten minutes, told the client
    something that has been sent, or closed the case for good (reopen that).
    """
    tie = merging.merge_of(case_id, by=by)
    if tie is not None:
        return merging.undo(tie=tie, of=case_id, reason=reason, by=by, at=at, expected_version=expected_version)
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        undone = _last_stroke(change.case)
        why = _why_not(change.case, undone, by=by, at=at)
        if why:
            raise Refused(why, code="cannot-take-back")
        point = undone[-1].restore_point or {}
        if not retract(change, delivery_ids=point.get("deliveries", []), entry_ids=point.get("interactions", [])):
            raise Refused(_("The client has been told already; say what changed instead."), code="cannot-take-back")
        restore(change, point, moved_at=undone[-1].at)
        log_back(change, reversed(undone), reason=reason)
    return change.case


def why_not(case: Case, last: Transition | None, *, by: Actor, at: datetime) -> str:
    """Empty when `take_back` may be offered; seen from the case's newest move, without a query."""
    return _why_not(case, [last] if last is not None else [], by=by, at=at)


def _why_not(case: Case, undone: list[Transition], *, by: Actor, at: datetime) -> str:
    if not undone or undone[-1].case_version != case.version:
        return _("Something else happened on this case since its last move.")
    last = undone[-1]
    if last.move == Move.MERGE:
        return _("A merge is taken back among the links of the case.")
    if last.by_label != by.label:
        return _("The last move was %(name)s's, not yours.") % {"name": last.actor_name}
    if last.restore_point is None:
        return _("“%(move)s” can't be taken back; make the opposite move.") % {"move": last.get_move_display()}
    if at - last.at > WITHIN:
        return _("The last move is more than ten minutes old.")
    return ""


def _last_stroke(case: Case) -> list[Transition]:
    """The moves of the newest change ('send as' makes several), oldest first; empty after a take-back."""
    last = case.transitions.order_by("-at", "-pk").first()
    if last is None or last.move == Move.TAKE_BACK:
        return []
    return list(case.transitions.filter(case_version=last.case_version).order_by("pk"))
