"""What can be done on a case page: one form and one door each.

A move's place, its name and whether it is allowed come from the domain; here is only which form asks, which door
hears, and under which key it lies.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.domain import (
    attachments,
    editing,
    escalation,
    families,
    incident_links,
    lifecycle,
    moves,
    ownership,
    priorities,
    resolution,
    sending,
    snoozing,
    splitting,
    taking_back,
    thanks,
    ties,
)
from cases.enums import ComposerTab, Move
from cases.models import Case
from cases.pages.desk import field_widgets, filling, forms
from cases.pages.desk.snooze_form import SnoozeForm
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


def accept(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return lifecycle.accept(
        priority=data["priority"],
        owner_id=data["owner"].pk,
        tier=data.get("tier") or None,
        note=data["note"],
        **told(case, data, by, at),
    )


def resolve(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return lifecycle.resolve(
        summary=data["summary"],
        validated=data["validated"],
        evidence=data["evidence"],
        preventive_actions=data["preventive_actions"],
        fields=field_widgets.given(data),
        send_as=True,
        **spoken(data),
        **told(case, data, by, at),
    )


def close(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return lifecycle.close(reason=data["reason"], as_=data["closed_as"], of=data["of"], **told(case, data, by, at))


def escalate(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    target = {"at": data["target_at"], "who": data["target_who"]} if data["target_at"] else None
    return escalation.escalate(
        to=data["to"],
        known_issues_searched=data["known_issues_searched"],
        target=target,
        reason=data["reason"],
        **told(case, data, by, at),
    )


def edit(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    changes = {name: data[name] for name in ("subject", "severity", "tags", "needed_by")}
    changes["category"] = data["category"].slug if data["category"] else None
    return editing.edit_case(changes=changes, **told(case, data, by, at))


def attach(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    file = data["file"]
    return attachments.attach(case_id=case.pk, name=file.name, stream=file.file, by=by, at=at)


def declare(case: Case, data: Data, by: Actor, at: datetime) -> Any:
    return incident_links.declare_incident_for(
        case_id=case.pk, title=data["title"], severity=data["severity"], public=data["public"], by=by, at=at
    )


def with_reason(door: Callable[..., Any]) -> Call:
    return lambda case, data, by, at: door(reason=data["reason"], **told(case, data, by, at))


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action(
            name="accept",
            label=_("Accept"),
            form=forms.AcceptForm,
            call=accept,
            said=_("Accepted: the resolution clock runs."),
            explanation=_("You confirm the priority and who owns it. The resolution clock starts."),
            move=Move.ACCEPT,
            key="c",
            initial=lambda case, actor: {
                "priority": case.priority_proposed or case.priority,
                "owner": case.owner_id or actor.user_id,
            },
        ),
        Action(
            name="start",
            label=_("Start work"),
            form=forms.OptionalReasonForm,
            call=with_reason(lifecycle.start),
            said=_("In progress."),
            move=Move.START,
            key="s",
        ),
        Action(
            name="wait",
            label=_("Wait for the customer"),
            form=forms.WaitForm,
            call=lambda case, data, by, at: lifecycle.wait(
                ask=data["ask"], send_as=True, **spoken(data), **told(case, data, by, at)
            ),
            said=_("Sent. The resolution clock is paused until they answer."),
            explanation=_("The resolution clock pauses until they answer."),
            move=Move.WAIT,
            send_as=True,
            key="w",
        ),
        Action(
            name="resume",
            label=_("Resume"),
            form=forms.OptionalReasonForm,
            call=with_reason(lifecycle.resume),
            said=_("In progress again: the resolution clock goes on."),
            explanation=_("Without an answer of theirs: the resolution clock goes on."),
            move=Move.RESUME,
            key="s",
        ),
        Action(
            name="resolve",
            label=_("Resolve"),
            form=forms.ResolveForm,
            call=resolve,
            said=_("Resolved. The client was told and may confirm or reject it."),
            move=Move.RESOLVE,
            send_as=True,
            key="d",
            initial=lambda case, _actor: resolution.prefill(case),
        ),
        Action(
            name="confirm",
            label=_("Confirm for them"),
            form=forms.OptionalReasonForm,
            call=with_reason(lifecycle.confirm),
            said=_("Confirmed and closed."),
            explanation=_("On the client's behalf: say below how they told you."),
            move=Move.CONFIRM,
        ),
        Action(
            name="reject",
            label=_("Reject the resolution"),
            form=forms.ReasonForm,
            call=with_reason(lifecycle.reject),
            said=_("Back in work: the same clock goes on."),
            move=Move.REJECT,
        ),
        Action(
            name="reopen",
            label=_("Reopen"),
            form=forms.ReasonForm,
            call=with_reason(lifecycle.reopen),
            said=_("Reopened in a new resolution window."),
            move=Move.REOPEN,
        ),
        Action(
            name="close",
            label=_("Close"),
            form=forms.CloseForm,
            call=close,
            said=_("Closed."),
            move=Move.CLOSE,
            danger=True,
        ),
        Action(
            name="take-back",
            label=_("Take the last move back"),
            form=forms.OptionalReasonForm,
            call=lambda case, data, by, at: taking_back.take_back(reason=data["reason"], **told(case, data, by, at)),
            said=_("Taken back: the case stands as before the move."),
            explanation=_("Within ten minutes, while nothing happened since. Mail that was sent stays sent."),
        ),
        Action(
            name="keep-closed",
            label=_("Only a thank-you: keep it closed"),
            form=forms.OptionalReasonForm,
            call=with_reason(thanks.keep_closed),
            said=_("It stays closed."),
        ),
        Action(
            name="escalate",
            label=_("Escalate"),
            form=forms.EscalateForm,
            call=escalate,
            said=_("Escalated."),
            key="e",
            initial=lambda case, _actor: {"to": {"L1": "L2", "L2": "L3", "L3": "L2"}[case.level]},
        ),
        Action(
            name="assign",
            label=_("Assign"),
            form=forms.AssignForm,
            call=lambda case, data, by, at: ownership.assign(
                owner_id=data["owner"].pk if data["owner"] else None,
                reason=data["reason"],
                **told(case, data, by, at),
            ),
            said=_("The owner is set."),
            key="o",
            initial=lambda case, actor: {"owner": case.owner_id or actor.user_id},
        ),
        Action(
            name="priority",
            label=_("Change the priority"),
            form=forms.PriorityForm,
            call=lambda case, data, by, at: priorities.change_priority(
                priority=data["priority"], reason=data["reason"], **told(case, data, by, at)
            ),
            said=_("The priority is set; the clocks follow it."),
            key="p",
            initial=lambda case, _actor: {"priority": case.priority},
        ),
        Action(
            name="tier",
            label=_("Change the tier"),
            form=forms.TierForm,
            call=lambda case, data, by, at: priorities.change_tier(
                tier=data["tier"], reason=data["reason"], **told(case, data, by, at)
            ),
            said=_("The tier is set."),
            right=Right.HAND_OVER,
            initial=lambda case, _actor: {"tier": case.tier},
        ),
        Action(
            name="edit",
            label=_("Edit subject, category, tags"),
            form=forms.EditForm,
            call=edit,
            said=_("Saved."),
            key="t",
            initial=lambda case, _actor: {
                "subject": case.subject,
                "category": case.category_id,
                "severity": case.severity,
                "tags": ", ".join(case.tags),
                "needed_by": case.needed_by,
            },
        ),
        Action(
            name="fields",
            label=_("Fill in the fields"),
            form=filling.FieldsForm,
            call=filling.fill,
            said=_("Saved."),
            key="b",
        ),
        Action(
            name="steps",
            label=_("Add a checklist or a step"),
            form=filling.StepsForm,
            call=filling.add_steps,
            said=_("Added."),
        ),
        Action(
            name="time",
            label=_("Book time"),
            form=filling.TimeForm,
            call=filling.book,
            said=_("Booked."),
            key="h",
        ),
        Action(
            name="untime",
            label=_("Take the time back"),
            form=filling.RetractForm,
            call=filling.retract,
            said=_("Taken back."),
            explanation=_("It no longer counts; that it was booked stays in the history."),
        ),
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
        Action(
            name="attach",
            label=_("Attach a file"),
            form=forms.AttachForm,
            call=attach,
            said=_("The file waits for your next message or note."),
            key="f",
        ),
        Action(
            name="snooze",
            label=_("Snooze"),
            form=SnoozeForm,
            call=lambda case, data, by, at: snoozing.snooze(
                until=data["until"], note=data["note"], **told(case, data, by, at)
            ),
            said=_("Snoozed: it comes back by itself."),
            explanation=_("It leaves the working queues, for everybody, until then."),
            key="z",
        ),
        Action(
            name="wake",
            label=_("Take out of snooze"),
            form=forms.CaseForm,
            call=lambda case, data, by, at: snoozing.wake(**told(case, data, by, at)),
            said=_("Back in its queues."),
        ),
    )
}

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
