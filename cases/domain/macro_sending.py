"""A macro sent to a case as it stands, without anybody's hand on its words: over a selection of cases."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.domain import macros, talking
from cases.domain.answering import answer
from cases.enums import InteractionKind
from cases.models import Case
from config.errors import Invalid
from tenants.domain.actors import Actor


def send(case: Case, *, case_id: int, macro_id: int, by: Actor, at: datetime, expected_version: int | None) -> Case:
    """Through the door that the macro names: a note, a message, waiting, resolved.

    Raises Invalid for a variable that has no value here, and for what a resolution asks for and the macro leaves open;
    PromisesATime for a first reply that promises a time.
    """
    taken = macros.take(case, macro_id=macro_id, by=by, at=at)
    if taken.unknown:
        raise Invalid(
            _("Unknown here: %(names)s.") % {"names": ", ".join(taken.unknown)},
            field="macro",
            code="unknown-variable",
        )
    told: dict[str, Any] = {"body": taken.text, "macro_id": macro_id, "expected_version": expected_version}
    if taken.macro.public:
        answer(case, taken.macro.send_as, promise_meant="", by=by, at=at, **told)
    else:
        talking.add_interaction(
            case_id=case_id, kind=InteractionKind.NOTE, public=False, follow=False, by=by, at=at, **told
        )
    case.refresh_from_db()
    return case
