"""What ties a case to others: incidents, and the case that a part of it becomes."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.domain import families, incident_links, splitting, ties
from cases.models import Case
from cases.pages.desk import forms
from cases.pages.desk.action import Action, Data, told
from tenants.domain.actors import Actor
from tenants.enums import Right


def declare(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return incident_links.declare_incident_for(
        case_id=case.pk, title=data["title"], severity=data["severity"], public=data["public"], by=by, at=at
    )


TYING = (
    Action(
        name="link",
        label=_("Link an incident"),
        form=forms.LinkForm,
        call=lambda case, data, by, at: incident_links.link_incident(
            incident_id=data["incident"].pk, **told(case, data, by, at)
        ),
        said=_("Linked."),
        key="l",
    ),
    Action(
        name="unlink",
        label=_("Unlink an incident"),
        form=forms.UnlinkForm,
        call=lambda case, data, by, at: incident_links.unlink_incident(
            incident_id=data["incident"].pk, **told(case, data, by, at)
        ),
        said=_("Unlinked; it will not be linked by itself again."),
    ),
    Action(
        name="declare",
        label=_("Declare an incident"),
        form=forms.DeclareForm,
        call=declare,
        said=_("Declared and linked."),
        explanation=_("It begins a clock of words to the client and tells who is on call."),
        right=Right.DECLARE_INCIDENT,
        initial=lambda case, _actor: {"title": case.subject[:200], "severity": case.severity},
    ),
    Action(
        name="split",
        label=_("Split off a new case"),
        form=forms.SplitForm,
        call=lambda case, data, by, at: splitting.split(
            interaction_ids=data["interactions"], subject=data["subject"], **told(case, data, by, at)
        ),
        said=_("Split off: the new case is linked, and its first response runs."),
        explanation=_("The new case opens now, for the same client. It can be taken back for a day."),
        # Of a case that others were merged into, it may be a colleague's.
        initial=lambda case, actor: (
            {} if families.merged_into(case, actor=actor).exists() else {"subject": case.subject}
        ),
    ),
    Action(
        name="untie",
        label=_("Take it back"),
        form=forms.UntieForm,
        call=lambda case, data, by, at: ties.untie(
            tie_id=data["tie"], reason=data["reason"], **told(case, data, by, at)
        ),
        said=_("Taken back."),
        explanation=_("A merge or a split within a day, a link at any time."),
    ),
)
