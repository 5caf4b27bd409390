"""What can be done to a selection of cases, an entry each: the door that each case goes through, and the way back.

ACTIONS is the whole list: one more needs an entry here and a form.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain import (
    editing,
    escalation,
    incident_links,
    macro_sending,
    merging,
    ownership,
    priorities,
    snoozing,
    taking_back,
    talking,
    ties,
)
from cases.domain.desk import bulk_moves
from cases.enums import InteractionKind, TieKind
from cases.models import Case, CaseTie
from config.errors import Invalid

Data = Mapping[str, Any]
Door = Callable[[Case, Data, dict[str, Any]], Case]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`do` gets the case as it is, what was asked (JSON values), and what every door is told. `before`: of the case,
    what `undo` needs to put it back; without `undo` it can't be taken back together.
    """

    name: str
    label: Any
    said: Any
    do: Door
    undo: Door | None = None
    before: Callable[[Case, Data], dict[str, Any]] = lambda _case, _asked: {}


def _assign(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return ownership.assign(owner_id=data["owner_id"], reason=data.get("reason", ""), **told)


def _take(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return ownership.assign(owner_id=told["by"].user_id, **told)


def _own_again(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return ownership.assign(owner_id=data["owner_id"], reason="taken back", **told)


def _move(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return bulk_moves.make(case, data, told)


def _move_back(case: Case, data: Data, told: dict[str, Any]) -> Case:
    """Where it can be: within ten minutes, and as long as nothing was told that has left the house."""
    return taking_back.take_back(reason="taken back", **told)


def _tag(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return editing.edit_case(changes={"tags": [*case.tags, *data["tags"]]}, **told)


def _untag(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return editing.edit_case(changes={"tags": [tag for tag in case.tags if tag not in data["tags"]]}, **told)


def _tags_again(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return editing.edit_case(changes={"tags": data["tags"]}, **told)


def _prioritise(case: Case, data: Data, told: dict[str, Any]) -> Case:
    if not data.get("reason", "").strip():
        raise Invalid(gettext("Say why."), field="reason", code="required")
    return priorities.change_priority(priority=data["priority"], reason=data["reason"], **told)


def _priority_again(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return priorities.change_priority(priority=data["priority"], reason="taken back", **told)


def _escalate(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return escalation.escalate(
        to=data["to"], known_issues_searched=data["known_issues_searched"], reason=data["reason"], **told
    )


def _snooze(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return snoozing.snooze(until=datetime.fromisoformat(data["until"]), note=data.get("note", ""), **told)


def _unsnooze(case: Case, data: Data, told: dict[str, Any]) -> Case:
    if data["until"] is None:
        return snoozing.wake(**told)
    return snoozing.snooze(until=datetime.fromisoformat(data["until"]), **told)


def _answer(case: Case, data: Data, told: dict[str, Any]) -> Case:
    """The macro in each case's own words, sent as it says. What it leaves open in a case is that case's refusal."""
    return macro_sending.send(case, macro_id=data["macro_id"], **told)


def _broadcast(case: Case, data: Data, told: dict[str, Any]) -> Case:
    """The same words to everybody, one message a case."""
    talking.add_interaction(
        kind=InteractionKind.MESSAGE, public=True, body=data["body"], promise_meant="", follow=False, **told
    )
    case.refresh_from_db()
    return case


def _link(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return incident_links.link_incident(incident_id=data["incident_id"], **told)


def _linked(case: Case, data: Data) -> dict[str, Any]:
    links = case.case_incidents.filter(incident_id=data["incident_id"], removed_at=None)
    return {"incident_id": data["incident_id"], "linked": links.exists()}


def _unlink(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return case if data["linked"] else incident_links.unlink_incident(incident_id=data["incident_id"], **told)


def _merge(case: Case, data: Data, told: dict[str, Any]) -> Case:
    return merging.merge(into=data["into"], reason=data.get("reason", ""), **told)


def _unmerge(case: Case, data: Data, told: dict[str, Any]) -> Case:
    tie = CaseTie.objects.filter(case=case, kind=TieKind.MERGED, undone_at=None).latest("pk")
    ties.untie(tie_id=tie.pk, reason="taken back", **told)
    case.refresh_from_db()
    return case


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action(
            name="take",
            label=_("Take"),
            said=_("You own them."),
            do=_take,
            undo=_own_again,
            before=lambda case, _asked: {"owner_id": case.owner_id},
        ),
        Action(
            name="assign",
            label=_("Assign"),
            said=_("The owner is set."),
            do=_assign,
            undo=_own_again,
            before=lambda case, _asked: {"owner_id": case.owner_id},
        ),
        Action(name="move", label=_("Move the status"), said=_("Moved, each with its log."), do=_move, undo=_move_back),
        Action(
            name="tag",
            label=_("Add tags"),
            said=_("Tagged."),
            do=_tag,
            undo=_tags_again,
            before=lambda case, _asked: {"tags": case.tags},
        ),
        Action(
            name="untag",
            label=_("Remove tags"),
            said=_("The tags are gone."),
            do=_untag,
            undo=_tags_again,
            before=lambda case, _asked: {"tags": case.tags},
        ),
        Action(
            name="priority",
            label=_("Priority"),
            said=_("The priority is set; the clocks follow it."),
            do=_prioritise,
            undo=_priority_again,
            before=lambda case, _asked: {"priority": case.priority},
        ),
        Action(name="escalate", label=_("Escalate"), said=_("Escalated."), do=_escalate),
        Action(
            name="snooze",
            label=_("Snooze"),
            said=_("Snoozed: they come back by themselves."),
            do=_snooze,
            undo=_unsnooze,
            before=lambda case, _asked: {"until": case.snoozed_until and case.snoozed_until.isoformat()},
        ),
        Action(name="macro", label=_("Macro"), said=_("Sent, to each in its own words."), do=_answer),
        Action(name="message", label=_("Message"), said=_("Sent, one message a case."), do=_broadcast),
        Action(
            name="link",
            label=_("Link an incident"),
            said=_("Linked."),
            do=_link,
            undo=_unlink,
            before=_linked,
        ),
        Action(name="merge", label=_("Merge"), said=_("Merged: they go on as one."), do=_merge, undo=_unmerge),
    )
}
