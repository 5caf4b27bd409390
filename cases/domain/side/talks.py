"""Side talks: somebody outside, colleagues or a level are asked beside the case, and the client never reads of it.

No word of one meets a clock, moves the case, or counts as anybody's answer to the client. The case's timeline tells
that one began and that it was answered, among ourselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from cases.domain import drafts, fields
from cases.domain.changing import Change, changing_root
from cases.domain.ownership import NO_WAY_TO_L3, is_third_level
from cases.domain.people.colleagues import with_access
from cases.domain.people.noting import require_noting
from cases.domain.sending import HELD_FOR, NOT_HELD, AlreadySent
from cases.domain.side.mail import mail_out
from cases.domain.side.partners import Partner, partner, require_outside
from cases.domain.side.reading import WORDS_AT_MOST, case_id_of, locked_talk, named, not_here, whom
from cases.domain.talking import checked_body
from cases.enums import ComposerTab, InteractionKind, SideKind, SpokenBy
from cases.models import SidePerson, SideTalk, SideWord
from config.db import unit_of_work
from config.errors import Forbidden, Invalid, Refused, TooOften
from config.inserting import insert
from outbox.domain.publish import publish
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right
from tenants.models import User

AT_MOST = 20  # talks of one case
AN_HOUR = 20  # words of somebody outside: each is told to people, by mail as well
HOUR = timedelta(hours=1)
SUBJECT_LENGTH = 200


def start(
    *,
    case_id: int,
    subject: str,
    body: str,
    address: str = "",
    name: str = "",
    people: Sequence[int] = (),
    level: str = "",
    token: UUID | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> SideTalk:
    """With exactly one of: somebody outside by `address` (and `name`), colleagues by their ids, a support `level`. It
    begins with the first words. On a merged case it begins on the one that this has become.

    L3 is out of reach for L1 and the CS Lead (Forbidden, `no-way-to-l3`), by an address of theirs as well; so is
    whoever belongs to the client (Invalid): they would read it. `token`: of the form, taken once (AlreadySent).
    """
    title = " ".join(fields.text(subject, field="subject", longest=SUBJECT_LENGTH).split())
    if not title:
        raise Invalid(_("Say in a few words what it is about."), field="subject", code="required")
    words = checked_body(body)
    with changing_root(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        if by.user_id is None:
            raise Forbidden(_("One of us asks."))
        case = change.case
        if SideTalk.objects.filter(case=case).count() >= AT_MOST:
            raise Refused(
                _("%(case)s has %(most)s side conversations already.") % {"case": case.reference, "most": AT_MOST},
                code="too-many",
            )
        other = partner(change, address=address, name=name, people=people, level=level)
        [talk] = insert(
            [
                SideTalk(
                    case=case,
                    tenant_id=case.tenant_id,
                    subject=title,
                    opened_at=at,
                    opened_by_id=by.user_id,
                    **other.columns,
                )
            ]
        )
        _seat(talk, other)
        told = whom(talk, [str(person) for person in other.people])
        change.say(
            InteractionKind.SYSTEM, f"Side conversation with {told} started: {title}", data={"side_talk": talk.pk}
        )
        _speak(change, talk, words, theirs=False, token=token)
    return talk


def say(*, talk_id: int, body: str, token: UUID | None = None, by: Actor, at: datetime) -> SideWord:
    """One of us goes on; to somebody outside it is mailed. Who was added to the case to note may do so, too.

    Absent for a talk of a case that they can't see; Forbidden with L3 for who has no way there, unless they were asked
    in it themselves; Refused (`closed`); Invalid where who was outside belongs to the client by now, or to us.
    """
    words = checked_body(body)
    with changing_root(case_id=case_id_of(talk_id, actor=by), by=by, at=at) as change:
        require_noting(change)
        talk = locked_talk(talk_id)
        _require_open(talk)
        if talk.kind == SideKind.OUTSIDE:
            require_outside(talk.address, change.case.tenant)
        asked = named(talk)
        _require_way(talk, asked, by=by, at=at)
        theirs = _is_other_side(talk, asked, by=by)
        if theirs:
            _tell_of_an_answer(change, talk, name=by.name)
        word = _speak(change, talk, words, theirs=theirs, token=token)
        drafts.forget(case_id=talk.case_id, tab=ComposerTab.SIDE, talk_id=talk.pk, by=by)
    return word


def hear(*, talk_id: int, body: str, at: datetime) -> SideWord:
    """Somebody outside answers, who proved to be whom we asked by a signed link. Refused once the talk is closed;
    TooOften for more than AN_HOUR words within one.
    """
    words = checked_body(body)
    asked = SideTalk.objects.filter(pk=talk_id, kind=SideKind.OUTSIDE).first()
    if asked is None:
        raise not_here()
    with changing_root(case_id=asked.case_id, by=SYSTEM, at=at) as change:
        talk = locked_talk(talk_id)
        _require_open(talk)
        require_outside(talk.address, change.case.tenant)
        if SideWord.objects.filter(talk=talk, theirs=True, at__gt=at - HOUR).count() >= AN_HOUR:
            raise TooOften(_("That is a lot within an hour: please go on a little later."))
        _tell_of_an_answer(change, talk, name=whom(talk))
        return _speak(change, talk, words, theirs=True)


def close(*, talk_id: int, by: Actor, at: datetime) -> SideTalk:
    """Nobody says anything in it any more, and whoever is outside can answer no more; closed already is closed.
    Forbidden with L3 as `say` is: who has no way there silences nobody there.
    """
    return _mark(talk_id, closed_at=at, by=by, at=at)


def reopen(*, talk_id: int, by: Actor, at: datetime) -> SideTalk:
    return _mark(talk_id, closed_at=None, by=by, at=at)


def sent(*, token: UUID | None, body: str, by: Actor) -> SideWord | None:
    """What this form of theirs has said, where it came before with these words, and they stand."""
    if token is None or by.user_id is None:
        return None
    said = SideWord.objects.standing().filter(token=token, user_id=by.user_id, body=body.strip())
    word: SideWord | None = said.select_related("talk").first()
    return word


def _mark(talk_id: int, *, closed_at: datetime | None, by: Actor, at: datetime) -> SideTalk:
    with unit_of_work(by.label):
        case_id_of(talk_id, actor=by)
        talk = locked_talk(talk_id)
        by.require(Right.WORK_CASES, tenant_id=talk.tenant_id)
        _require_way(talk, named(talk), by=by, at=at)
        if (talk.closed_at is None) != (closed_at is None):
            talk.closed_at = closed_at
            talk.save(update_fields=["closed_at"])
    return talk


def _seat(talk: SideTalk, other: Partner) -> None:
    insert(SidePerson(talk=talk, tenant_id=talk.tenant_id, user=person) for person in other.people)


def _speak(change: Change, talk: SideTalk, body: str, *, theirs: bool, token: UUID | None = None) -> SideWord:
    by, at = change.by, change.at
    if SideWord.objects.filter(talk=talk).count() >= WORDS_AT_MOST:
        raise Refused(_("This side conversation is full: begin another one."), code="too-many")
    ours_to_outside = talk.kind == SideKind.OUTSIDE and not theirs
    held_for = HELD_FOR if token is not None and by.is_person else NOT_HELD
    held_until = at + held_for if held_for else None
    mail = None
    if ours_to_outside:
        mail = mail_out(talk, body, author=by.name, automated=not by.is_person, at=at, held_for=held_for)
    word = SideWord(
        talk=talk,
        tenant_id=talk.tenant_id,
        at=at,
        user_id=by.user_id,
        name=(by.name if by.user_id is not None else whom(talk))[:254],
        theirs=theirs,
        body=body,
        delivery_id=mail.pk if mail is not None else None,
        token=token,
        held_until=held_until,
    )
    try:
        insert([word])
    except IntegrityError as taken:
        raise AlreadySent(_("This has been sent already."), code="already-sent") from taken
    answered_at = at if theirs else None
    if talk.answered_at != answered_at:
        talk.answered_at = answered_at
        talk.save(update_fields=["answered_at"])
    publish(  # by itself: the case has not changed by it, and nobody's half-written reply is out of date
        name="cases.side-word-written",
        tenant_id=talk.tenant_id,
        payload={
            "case_id": change.case.pk,
            "talk_id": talk.pk,
            "word_id": word.pk,
            "theirs": theirs,
            "by": by.label,
            **({"held_until": held_until.isoformat()} if held_until is not None else {}),
        },
        at=at,
        key=f"case:{change.case.pk}",
    )
    return word


def _tell_of_an_answer(change: Change, talk: SideTalk, *, name: str) -> None:
    """Once for each time that it was their turn."""
    if talk.answered_at is None:
        change.say(
            InteractionKind.SYSTEM,
            f"answered in the side conversation: {talk.subject}",
            by_kind=SpokenBy.SYSTEM,
            actor_name=name,
            data={"side_talk": talk.pk},
        )


def _require_open(talk: SideTalk) -> None:
    if talk.closed_at is not None:
        raise Refused(_("This side conversation is closed."), code="closed")


def _require_way(talk: SideTalk, asked: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Who was below L3 when they were asked may be there by now."""
    if by.user_id in asked or by.can(Right.ASSIGN_L3, talk.tenant_id):
        return
    people = with_access(User.objects.filter(pk__in=asked), at=at) if asked else []
    if talk.third_level or any(is_third_level(person, access) for person, access in people):
        raise Forbidden(_(NO_WAY_TO_L3), code="no-way-to-l3")


def _is_other_side(talk: SideTalk, asked: Sequence[int], *, by: Actor) -> bool:
    if talk.kind == SideKind.OUTSIDE or by.user_id == talk.opened_by_id:
        return False
    if talk.kind == SideKind.PEOPLE:
        return by.user_id in asked
    return User.objects.filter(pk=by.user_id, level=talk.level).exists()
