"""The moves of a case as the page asks for them, and what takes one back."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.domain import lifecycle, resolution, taking_back, thanks
from cases.enums import Move
from cases.models import Case
from cases.pages.desk import field_widgets, forms
from cases.pages.desk.action import Action, Data, spoken, told, with_reason
from tenants.domain.actors import Actor


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


MOVING = (
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
)
