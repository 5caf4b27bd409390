"""What can be done on a case page, by name.

A move's place, its name and whether it is allowed come from the domain; the tables gathered here say only which form
asks, which door hears, and under which key it lies.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cases.models import Case
from cases.pages.desk.action import Action
from cases.pages.desk.move_actions import MOVING
from cases.pages.desk.tie_actions import TYING
from cases.pages.desk.work_actions import WORKING
from tenants.domain.actors import Actor

ACTIONS: Mapping[str, Action] = {action.name: action for action in (*MOVING, *WORKING, *TYING)}

MOVES = ("accept", "start", "wait", "resume", "resolve", "confirm", "reject", "reopen", "close")


@dataclass(frozen=True, slots=True)
class Button:
    action: Action
    why_not: str
    main: bool


def buttons(case: Case, by: Actor) -> list[Button]:
    """The moves in their order: the first one that can be made is what most people do next."""
    drawn, found = [], False
    for name in MOVES:
        action = ACTIONS[name]
        why = action.why_not(case, by)
        main = not why and not found and not action.danger
        found = found or main
        drawn.append(Button(action, why, main))
    return drawn
