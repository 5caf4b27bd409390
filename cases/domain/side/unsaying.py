"""Taking back one's own word in a side talk before it goes out, as a message to a client is taken back; the text is a
draft in the talk's box again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from cases.domain import drafts
from cases.domain.changing import Change, changing_root
from cases.domain.people.noting import require_noting
from cases.domain.restoring import retract
from cases.domain.side.reading import locked_talk
from cases.domain.unsending import CANNOT, TOO_LATE
from cases.enums import ComposerTab, InteractionKind
from cases.models import Interaction, Notice, SideTalk, SideWord
from config.errors import Absent, Refused
from config.inserting import insert
from tenants.domain.actors import Actor


def unsay(*, token: UUID, talk_id: int, by: Actor, at: datetime) -> SideWord:
    """One's own press only; Absent for another's. Refused once it has left, once its time is over, and where somebody
    who may have read it has answered; then nothing changed.
    """
    said = SideWord.objects.visible_to(by).filter(token=token, talk=talk_id, user_id=by.user_id)
    word: SideWord | None = said.select_related("talk").first()
    if word is None or by.user_id is None:
        raise Absent(_("There is nothing here."))
    with changing_root(case_id=word.talk.case_id, by=by, at=at) as change:
        require_noting(change)
        talk = locked_talk(talk_id)
        _require_possible(word, at=at)
        _take_back(change, talk, word)
        drafts.put_before(
            change.case,
            tab=ComposerTab.SIDE,
            talk=talk,
            body=word.body,
            user_id=by.user_id,
            at=at,
        )
    return word


def _require_possible(word: SideWord, *, at: datetime) -> None:
    if SideWord.objects.filter(retracts=word).exists():
        raise Refused(_("It has been taken back already."), code=CANNOT)
    told = Notice.objects.filter(side_talk_id=word.talk_id, at=word.at)  # who tells them holds the talk
    if word.held_until is None or at > word.held_until or told.exists():
        raise Refused(_(TOO_LATE), code=CANNOT)
    # What is mailed nobody has read yet, whatever they write meanwhile; what stands among us may have been read.
    since = SideWord.objects.filter(talk=word.talk_id, pk__gt=word.pk).exclude(user_id=word.user_id)
    if word.delivery_id is None and since.standing().exists():
        raise Refused(_("Somebody has answered meanwhile: look again."), code=CANNOT)


def _take_back(change: Change, talk: SideTalk, word: SideWord) -> None:
    told = Interaction.objects.filter(
        case=change.case, kind=InteractionKind.SYSTEM, at=word.at, data__side_talk=word.talk_id, retracted_by=None
    )
    entries = list(told.values_list("pk", flat=True)) if word.theirs else []
    mails = [word.delivery_id] if word.delivery_id is not None else []
    if not retract(change, delivery_ids=mails, entry_ids=entries):
        raise Refused(_(TOO_LATE), code=CANNOT)
    insert(
        [
            SideWord(
                talk=talk,
                tenant_id=talk.tenant_id,
                at=change.at,
                user_id=word.user_id,
                name=word.name,
                theirs=word.theirs,
                body="",
                retracts=word,
            )
        ]
    )
    last = SideWord.objects.filter(talk=talk).standing().order_by("-pk").first()
    answered_at = last.at if last is not None and last.theirs else None
    if talk.answered_at != answered_at:
        talk.answered_at = answered_at
        talk.save(update_fields=["answered_at"])
