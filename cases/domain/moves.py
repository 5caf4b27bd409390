"""The moves of a case as one table: from where, by whom, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases.enums import Move, Status
from cases.models import Case
from config.errors import Forbidden, TransitionRefused
from tenants.domain.actors import Actor
from tenants.enums import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`needs` must be given; `takes` may be."""

    move: Move
    sources: frozenset[Status]
    customers: bool = False
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ("reason",)


TABLE: dict[Move, Rule] = {
    rule.move: rule
    for rule in (
        Rule(
            move=Move.ACCEPT,
            sources=frozenset({Status.NEW}),
            takes=("priority", "owner", "tier", "note", "reason"),
        ),
        Rule(move=Move.START, sources=frozenset({Status.TRIAGE})),
        Rule(move=Move.WAIT, sources=frozenset({Status.TRIAGE, Status.IN_PROGRESS}), needs=("ask",)),
        Rule(move=Move.RESUME, sources=frozenset({Status.WAITING})),
        Rule(
            move=Move.RESOLVE,
            sources=frozenset({Status.TRIAGE, Status.IN_PROGRESS, Status.WAITING}),
            needs=("summary", "validated", "evidence", "preventive_actions"),
        ),
        Rule(move=Move.CONFIRM, sources=frozenset({Status.RESOLVED}), customers=True),
        Rule(move=Move.REJECT, sources=frozenset({Status.RESOLVED}), customers=True, needs=("reason",), takes=()),
        Rule(
            move=Move.CLOSE,
            sources=frozenset(Status) - {Status.CLOSED},
            customers=True,
            needs=("reason",),
            takes=("as", "of"),
        ),
        Rule(move=Move.REOPEN, sources=frozenset({Status.CLOSED}), customers=True, needs=("reason",), takes=()),
    )
}

#: What 'send as waiting' and 'send as resolved' do first.
ON_THE_WAY: dict[str, tuple[Move, ...]] = {
    Status.NEW.value: (Move.ACCEPT, Move.START),
    Status.TRIAGE.value: (Move.START,),
}


def require(case: Case, move: Move, by: Actor) -> None:
    """Forbidden without the right, TransitionRefused where the move does not follow from the status."""
    if not may(case, move, by):
        raise Forbidden(_no_right(by))
    if case.status not in TABLE[move].sources or case.merged_into_id is not None:
        raise TransitionRefused(_does_not_follow(case, move), allowed=allowed(case, by))


def way_to(case: Case, move: Move) -> tuple[Move, ...]:
    """What sending as `move` does first."""
    return ON_THE_WAY.get(case.status, ()) if move in (Move.WAIT, Move.RESOLVE) else ()


def why_not(case: Case, move: Move, by: Actor, *, send_as: bool = False) -> str:
    """Empty when `by` may make this move now (`send_as`: with those before it); else one sentence for them."""
    if not may(case, move, by):
        return _no_right(by)
    if send_as and (way := way_to(case, move)):
        return why_not(case, way[0], by)
    follows = case.status in TABLE[move].sources and case.merged_into_id is None
    return "" if follows else _does_not_follow(case, move)


def allowed(case: Case, by: Actor) -> list[str]:
    """Names of the moves that `by` could make now."""
    return [move.value for move in TABLE if not why_not(case, move, by)]


def may(case: Case, move: Move, by: Actor) -> bool:
    """Of a client who asked, or who sees all of the tenant's; who only gets copies answers, and moves nothing."""
    if by.is_customer:
        theirs = by.sees_all_tenant_cases or by.requester_id == case.requester_id
        return theirs and TABLE[move].customers and by.can(Right.CLIENT_CASES, case.tenant_id)
    return by.can(Right.WORK_CASES, case.tenant_id)


def not_resolved(case: Case) -> str:
    """Why it does not close as it is."""
    return _("%(case)s is in “%(status)s”: it closes once resolved, or as spam, duplicate or withdrawn.") % {
        "case": case.reference,
        "status": case.get_status_display(),
    }


def _no_right(by: Actor) -> str:
    if by.is_customer:
        return _("As a customer you can answer, confirm or reject a resolution, reopen, or withdraw the case.")
    return _("Your role reads this case; it does not move it.")


def _does_not_follow(case: Case, move: Move) -> str:
    if case.merged_into_id is not None:
        return _("%(case)s was merged into CASE-%(into)s: go on there, or take the merge back.") % {
            "case": case.reference,
            "into": case.merged_into_id,
        }
    sources = _(" or ").join(str(status.label) for status in Status if status in TABLE[move].sources)
    return _("%(case)s is in “%(status)s”; “%(move)s” follows from %(sources)s.") % {
        "case": case.reference,
        "status": Status(case.status).label,
        "move": move.label,
        "sources": sources,
    }
