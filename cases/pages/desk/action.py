"""One thing that can be done on a case page: a form that asks, and a door that hears."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.domain import moves, sending
from cases.enums import ComposerTab, Move
from cases.models import Case
from cases.pages.desk import forms
from tenants.domain.actors import Actor
from tenants.enums import Right

Data = dict[str, Any]
Call = Callable[[Case, Data, Actor, datetime], Any]
Initial = Callable[[Case, Actor], Data]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`call` gets the case, the form's data, who acts and when. `move`: the one it is, where it is one; with `send_as`
    it can be made from before, running the moves in between.
    """

    name: str
    label: Any
    form: type[forms.CaseForm]
    call: Call
    said: Any
    explanation: Any = ""
    right: Right = Right.WORK_CASES
    move: Move | None = None
    send_as: bool = False
    key: str = ""
    initial: Initial = lambda _case, _actor: {}
    danger: bool = False

    def why_not(self, case: Case, by: Actor) -> str:
        """Empty when it can be done now."""
        if self.move is not None:
            return moves.why_not(case, self.move, by, send_as=self.send_as)
        return "" if by.can(self.right, case.tenant_id) else str(_("Your role does not allow this."))

    def first(self, case: Case) -> list[Any]:
        """The names of the moves that it runs before its own."""
        way = moves.way_to(case, self.move) if self.move is not None and self.send_as else ()
        return [move.label for move in way]


def told(case: Case, data: Data, by: Actor, at: datetime) -> dict[str, Any]:
    """What every door of a case is told."""
    return {"case_id": case.pk, "by": by, "at": at, "expected_version": data.get("version")}


def spoken(data: Data) -> dict[str, Any]:
    """What a door that speaks to the client is told of where the words came from."""
    tab = ComposerTab.REPLY if data["composed"] else None
    press = sending.Press(token, tab) if (token := data["token"]) else None
    return {"macro_id": data["macro"], "promise_meant": data["promise_meant"], "press": press}


def with_reason(door: Callable[..., Any]) -> Call:
    return lambda case, data, by, at: door(reason=data["reason"], **told(case, data, by, at))
