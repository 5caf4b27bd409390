"""A press of a send button: done once however often the same form arrives, its mail held while it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from cases.domain import drafts, snapshots
from cases.enums import SPOKEN, ComposerTab
from cases.models import Case, Interaction, Sending
from config.errors import Refused
from config.inserting import insert
from outbox.domain.consuming import EventValue
from tenants.domain.actors import Actor

if TYPE_CHECKING:
    from cases.domain.changing import Change

HELD_FOR = timedelta(seconds=10)
NOT_HELD = timedelta(0)
KEPT = timedelta(days=7)  # then no form of it comes again


class AlreadySent(Refused):
    """The same form came twice: nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Press:
    """`token` comes with the form. `tab`: where the words stood; None: in a sheet, and drafts stay."""

    token: UUID
    tab: ComposerTab | None = None


def begin(change: Change, press: Press | None) -> None:
    """Before anything is changed."""
    if press is not None and change.by.is_person:
        change.press = press
        change.can_be_taken_back()


def held_for(change: Change) -> timedelta:
    return HELD_FOR if change.press is not None else NOT_HELD


def record(changes: Sequence[Change]) -> None:
    """With the change itself, once it has been written down; the draft is no more, nor what the
    person sent long ago. Raises AlreadySent.
    """
    pressed = [(change, change.press) for change in changes if change.press is not None]
    rows = [_row(change, press) for change, press in pressed]
    try:
        insert(rows)
    except IntegrityError as taken:
        raise AlreadySent(_("This has been sent already."), code="already-sent") from taken
    for (change, press), row in zip(pressed, rows, strict=True):
        change.sending = row
        if press.tab is not None:
            drafts.forget(case_id=change.case.pk, tab=press.tab, by=change.by)
        Sending.objects.filter(user_id=drafts.writer(change.by), at__lt=change.at - KEPT).delete()


def told(change: Change) -> dict[str, Any]:
    """What its events say of the press, for who waits until it can't be taken back any more."""
    sent = change.sending
    return {} if sent is None else {"sending_id": sent.pk, "held_until": sent.held_until.isoformat()}


def was_undone(payload: Mapping[str, Any]) -> bool:
    """Of an event: whether it tells of a press that was taken back, or of that. Ask with the case locked."""
    sending_id = payload.get("sending_id")
    return sending_id is not None and Sending.objects.filter(pk=sending_id, undone_at__isnull=False).exists()


def not_before(event: EventValue) -> datetime:
    """What can still be taken back is nobody's news, and no event for a rule."""
    held_until = event.payload.get("held_until")
    return event.at if held_until is None else datetime.fromisoformat(held_until)


def that_stand(events: Iterable[EventValue]) -> list[EventValue]:
    """Those that tell of no press that was taken back, nor of that. Locks the cases of presses: whoever is about to
    take one back is waited for.
    """
    heard = list(events)
    pressed = [event.payload for event in heard if "sending_id" in event.payload]
    if not pressed:
        return heard
    list(Case.objects.filter(pk__in={told["case_id"] for told in pressed}).locked().values_list("pk"))
    taken_back = Sending.objects.filter(pk__in={told["sending_id"] for told in pressed}, undone_at__isnull=False)
    undone = set(taken_back.values_list("pk", flat=True))
    return [event for event in heard if event.payload.get("sending_id") not in undone]


def done(*, token: UUID | None, body: str, by: Actor) -> bool:
    """Whether this form of theirs has been taken with these words, and they stand: somebody who goes back to a page
    may write others in the same form.
    """
    if token is None:
        return False
    sent = Sending.objects.filter(token=token, user_id=drafts.writer(by), undone_at=None).first()
    return sent is not None and Interaction.objects.filter(pk__in=sent.entries, body=body.strip()).exists()


def _row(change: Change, press: Press) -> Sending:
    case, before = change.case, change.restore_point or {}
    return Sending(
        token=press.token,
        case=case,
        tenant_id=case.tenant_id,
        user_id=drafts.writer(change.by),
        tab=press.tab or ComposerTab.REPLY,
        at=change.at,
        held_until=change.at + HELD_FOR,
        entries=[said.interaction.pk for said in change.said if said.interaction.kind in SPOKEN],
        case_version=case.version,
        before=before,
        after=snapshots.changed_since(before, case),
    )
