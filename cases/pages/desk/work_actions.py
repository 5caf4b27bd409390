"""What is set, kept and booked on a case, whatever its status."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.domain import attachments, editing, escalation, ownership, priorities, snoozing
from cases.models import Case
from cases.pages.desk import filling, forms
from cases.pages.desk.action import Action, Data, told
from cases.pages.desk.snooze_form import SnoozeForm
from tenants.domain.actors import Actor
from tenants.enums import Right


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


WORKING = (
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
    Action(
        name="attach",
        label=_("Attach a file"),
        form=forms.AttachForm,
        call=attach,
        said=_("The file waits for your next message or note."),
        key="f",
    ),
)
