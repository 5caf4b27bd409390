"""The moves of a case as one table: from where, by whom, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass

from cases.enums import ClosedAs, Move, Status
from cases.models import Case
from tenants.domain.actors import Actor
from tenants.enums import Right

ANY_BUT_CLOSED = frozenset(Status) - {Status.CLOSED}


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
        Rule(
            move=Move.WAIT,
            sources=frozenset({Status.TRIAGE, Status.IN_PROGRESS}),
            needs=("ask",),
        ),
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
            sources=ANY_BUT_CLOSED,
            customers=True,
            needs=("reason",),
            takes=("as", "of"),
        ),
        Rule(move=Move.REOPEN, sources=frozenset({Status.CLOSED}), customers=True, needs=("reason",), takes=()),
    )
}

#: What a composer's 'send as waiting' or 'send as resolved' does first.
ON_THE_WAY: dict[Status, tuple[Move, ...]] = {
    Status.NEW: (Move.ACCEPT, Move.START),
    Status.TRIAGE: (Move.START,),
}


def why_not(case: Case, move: Move, by: Actor) -> str:
    """Empty when `by` may make this move now; else one sentence for them."""
    rule = TABLE[move]
    status = Status(case.status)
    if not _right_holds(case, rule, by):
        return "Customers confirm, reject, reopen or withdraw." if is_customer(by) else "Your role reads here only."
    if status not in rule.sources:
        sources = " or ".join(source.label for source in Status if source in rule.sources)
        return f"{case.reference} is {status.label.lower()}: “{move.label.lower()}” follows from {sources} only."
    return ""


def allowed(case: Case, by: Actor) -> list[str]:
    """Names of the moves that `by` could make now."""
    return [move.value for move in TABLE if not why_not(case, move, by)]


def is_customer(by: Actor) -> bool:
    return by.kind == "customer"


def closings(case: Case, by: Actor) -> tuple[ClosedAs, ...]:
    """As what `by` may close an open case; the plain closing of a resolved one is no choice."""
    if is_customer(by):
        return (ClosedAs.WITHDRAWN,)
    return (ClosedAs.SPAM, ClosedAs.DUPLICATE, ClosedAs.WITHDRAWN)


def _right_holds(case: Case, rule: Rule, by: Actor) -> bool:
    if by.kind == "system":
        return True
    if is_customer(by):
        return rule.customers
    return by.access.can(Right.WORK_CASES, case.tenant_id)
