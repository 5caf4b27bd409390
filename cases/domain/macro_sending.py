"""A macro sent to a case as it stands, without anybody's hand on its words: over a selection of cases."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.domain import lifecycle, macros, resolution, talking
from cases.domain.macros import Taken
from cases.enums import InteractionKind, MacroSends
from cases.models import Case
from config.errors import Invalid
from tenants.domain.actors import Actor


def send(case: Case, *, case_id: int, macro_id: int, by: Actor, at: datetime, expected_version: int | None) -> Case:
    """Through the door that the macro names: a note, a message, waiting, resolved.

    Raises Invalid for a variable that has no value here, and for what a resolution asks for and the macro leaves open;
    PromisesATime for a first reply that promises a time.
    """
    told: dict[str, Any] = {"case_id": case_id, "by": by, "at": at, "expected_version": expected_version}
    taken = macros.take(case, macro_id=macro_id, by=by, at=at)
    if taken.unknown:
        raise Invalid(
            _("Unknown here: %(names)s.") % {"names": ", ".join(taken.unknown)},
            field="macro",
            code="unknown-variable",
        )
    _say(case, taken, told | {"macro_id": macro_id})
    case.refresh_from_db()
    return case


def _say(case: Case, taken: Taken, told: dict[str, Any]) -> None:
    macro, text = taken.macro, taken.text
    if not macro.public:
        talking.add_interaction(kind=InteractionKind.NOTE, public=False, body=text, follow=False, **told)
        return
    told["promise_meant"] = ""
    if macro.send_as == MacroSends.WAITING:
        lifecycle.wait(ask=text, send_as=True, **told)
    elif macro.send_as == MacroSends.RESOLVED:
        gates = macros.gates(case, macro_id=macro.pk, by=told["by"])
        lifecycle.resolve(send_as=True, **(resolution.prefill(case, answer=text) | gates), **told)
    else:
        talking.add_interaction(kind=InteractionKind.MESSAGE, public=True, body=text, follow=False, **told)
