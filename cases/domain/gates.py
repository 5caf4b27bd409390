"""What the desk asks before a case may be resolved, beside the resolution itself: its own fields, steps that hold."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.domain import checklists, custom_fields
from cases.domain.changing import Change
from cases.domain.custom_fields import Definition
from cases.models import Case
from config.errors import Invalid, Refused


def require(change: Change) -> None:
    """Raises Invalid, which names the fields that are empty, and Refused (`steps-open`), which names the steps."""
    if asked := missing_fields(change.case):
        names = ", ".join(one.label for one in asked)
        errors = [
            {
                "field": f"fields.{one.key}",
                "code": "required",
                "message": _("“%(field)s” is needed to resolve.") % {"field": one.label},
            }
            for one in asked
        ]
        raise Invalid(_("Before it is resolved, fill in: %(names)s.") % {"names": names}, errors=errors)
    if held := [step.text for step in checklists.open_steps(change.case) if step.holds]:
        raise Refused(
            _("Before it is resolved, these steps must be done: %(steps)s.") % {"steps": "; ".join(held)},
            code="steps-open",
        )


def warning(case: Case) -> str:
    """What the resolve form says beforehand of steps that are open; empty when none is."""
    steps = checklists.open_steps(case)
    if not steps:
        return ""
    told = "; ".join(step.text for step in steps)
    if any(step.holds for step in steps):
        return _("Open steps, of which some must be done first: {steps}.").format(steps=told)
    return _("Open steps: {steps}.").format(steps=told)


def missing_fields(case: Case) -> list[Definition]:
    return custom_fields.missing(case.category_id, case.custom_fields, custom_fields.definitions())
