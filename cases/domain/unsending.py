"""Undoing a press of a send button before its mail has left: the message, what it did to the promises and to the case,
and the moves that went with it. The text is a draft again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.domain import drafts, snapshots
from cases.domain.changing import Change, changing
from cases.domain.people.noting import require_noting
from cases.domain.restoring import can_restore, log_back, restore, retract
from cases.enums import ComposerTab
from cases.models import Interaction, Sending
from config.errors import Absent, Refused
from tenants.domain.actors import Actor

CANNOT = "cannot-take-back"
TOO_LATE = gettext_noop("It has left: say what changed instead.")


def unsend(*, token: UUID, case_id: int, by: Actor, at: datetime) -> Sending:
    """One's own press only; Absent for another's. Refused once the mail has left, once its time is over, and when
    something else has happened on the case that rests on it; then nothing changed.
    """
    sent = Sending.objects.filter(token=token, case_id=case_id, user_id=drafts.writer(by)).first()
    if sent is None:
        raise Absent(_("There is nothing here."))
    with changing(case_id=case_id, by=by, at=at) as change:
        require_noting(change)
        change.sending = sent
        sent.refresh_from_db()
        _require_possible(change, sent, at=at)
        said = list(Interaction.objects.filter(pk__in=sent.entries).order_by("pk"))
        if not retract(change, delivery_ids=sent.before.get("deliveries", []), entry_ids=[one.pk for one in said]):
            raise Refused(_(TOO_LATE), code=CANNOT)
        restore(change, sent.before, moved_at=sent.at, only=sent.after.keys())
        log_back(change, change.case.transitions.filter(case_version=sent.case_version, at=sent.at).order_by("-pk"))
        drafts.put_before(
            change.case,
            tab=ComposerTab(sent.tab),
            body="\n\n".join(one.body for one in said),
            user_id=drafts.writer(by),
            at=at,
        )
        sent.undone_at = at
        sent.save(update_fields=["undone_at"])
    return sent


def _require_possible(change: Change, sent: Sending, *, at: datetime) -> None:
    if sent.undone_at is not None:
        raise Refused(_("It has been taken back already."), code=CANNOT)
    if at > sent.held_until:
        raise Refused(_(TOO_LATE), code=CANNOT)
    case = change.case
    if case.version == sent.case_version:
        return
    if not snapshots.stands(case, sent.after) or not can_restore(change, moved_at=sent.at):
        raise Refused(_("Something else has happened on this case meanwhile: look again."), code=CANNOT)
