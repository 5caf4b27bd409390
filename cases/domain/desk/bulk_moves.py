"""Moves of a selection: those for which one text to all of them is enough, each case through its own door."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain import lifecycle, moves
from cases.enums import ClosedAs, Move, Status
from cases.models import Case
from config.errors import Invalid
from tenants.domain.actors import Actor
from tenants.enums import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """`call` gets the text, by the name that `says` gives it, and what every door is told. `send_as`: with the moves
    that lead there.
    """

    label: Any
    move: Move
    call: Callable[..., Case]
    says: str = "reason"
    send_as: bool = False
    resolved_only: bool = False

    @property
    def needs_text(self) -> bool:
        return self.says in moves.TABLE[self.move].needs

    def why_not(self, case: Case, by: Actor) -> str:
        """Empty when the case could make it now."""
        if not by.can(Right.HAND_OVER, case.tenant_id):
            return gettext("You may not do this: %(label)s.") % {"label": Right.HAND_OVER.label}
        why = moves.why_not(case, self.move, by, send_as=self.send_as)
        return moves.not_resolved(case) if not why and self.resolved_only and case.status != Status.RESOLVED else why


MOVES: Mapping[str, Together] = {
    "accept": Together(label=Move.ACCEPT.label, move=Move.ACCEPT, call=lifecycle.accept),
    "start": Together(label=Move.START.label, move=Move.START, call=lifecycle.start),
    "wait": Together(
        label=Move.WAIT.label,
        move=Move.WAIT,
        call=partial(lifecycle.wait, send_as=True, promise_meant=""),
        says="ask",
        send_as=True,
    ),
    "resume": Together(label=Move.RESUME.label, move=Move.RESUME, call=lifecycle.resume),
    "confirm": Together(label=_("Confirm for them"), move=Move.CONFIRM, call=lifecycle.confirm),
    "reject": Together(label=Move.REJECT.label, move=Move.REJECT, call=lifecycle.reject),
    "reopen": Together(label=Move.REOPEN.label, move=Move.REOPEN, call=lifecycle.reopen),
    "close": Together(label=Move.CLOSE.label, move=Move.CLOSE, call=lifecycle.close, resolved_only=True),
    "spam": Together(label=_("Close as spam"), move=Move.CLOSE, call=partial(lifecycle.close, as_=ClosedAs.SPAM)),
    "withdrawn": Together(
        label=_("Close as withdrawn"), move=Move.CLOSE, call=partial(lifecycle.close, as_=ClosedAs.WITHDRAWN)
    ),
}


def checked(move: str, text: str) -> None:
    """Raises Invalid for what every case alike would refuse."""
    if move not in MOVES:
        raise Invalid(gettext("Choose a move."), field="move", code="required")
    if MOVES[move].needs_text and not text.strip():
        raise Invalid(gettext("This move needs words."), field="text", code="required")


def make(case: Case, asked: Mapping[str, Any], told: Mapping[str, Any]) -> Case:
    chosen = MOVES[asked["move"]]
    return chosen.call(**{chosen.says: asked.get("text", "")}, **told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """`refused`: the cases that can't make it as they are now, each with why."""

    able: int
    refused: list[tuple[Case, str]]


def expected(asked: Mapping[str, Any], chosen: Iterable[int], *, by: Actor) -> Expected:
    """What a run would come to, as far as the cases themselves say; each door looks again."""
    checked(asked["move"], asked["text"])
    cases = Case.objects.visible_to(by).filter(pk__in=list(chosen)).order_by("pk")
    told = [(case, MOVES[asked["move"]].why_not(case, by)) for case in cases]
    refused = [(case, why) for case, why in told if why]
    return Expected(able=len(told) - len(refused), refused=refused)
