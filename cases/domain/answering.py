"""A public answer, through the door of what it is sent as: a message alone, waiting for the client, or resolved."""

from datetime import datetime
from typing import Any

from cases.domain import lifecycle, macros, resolution, talking
from cases.enums import InteractionKind, MacroSends
from cases.models import Case
from tenants.domain.actors import Actor


def answer(
    case: Case, send_as: str, *, body: str, macro_id: int | None = None, by: Actor, at: datetime, **told: Any
) -> None:
    """`send_as`: one of MacroSends; anything else is a message alone. `told`: what the doors of words take alike,
    `expected_version`, `promise_meant`, `press` and `attachment_ids`. Raises what the door raises.
    """
    told |= {"case_id": case.pk, "macro_id": macro_id, "by": by, "at": at}
    if send_as == MacroSends.WAITING:
        lifecycle.wait(ask=body, send_as=True, **told)
    elif send_as == MacroSends.RESOLVED:
        lifecycle.resolve(send_as=True, **gates(case, body=body, macro_id=macro_id, by=by), **told)
    else:
        talking.add_interaction(kind=InteractionKind.MESSAGE, public=True, body=body, follow=False, **told)


def gates(case: Case, *, body: str, macro_id: int | None, by: Actor) -> dict[str, Any]:
    """What a resolution asks for, as far as the words, the case's category and the macro give it."""
    filled = resolution.prefill(case, answer=body)
    if macro_id is not None:
        filled |= macros.gates(case, macro_id=macro_id, by=by)
    return filled
