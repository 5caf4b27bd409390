"""Side talks as our people read them. A client reads none: `visible_to` gives them no row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from cases.domain.families import FamilyIds, family_of
from cases.domain.people.inbox import unread
from cases.enums import SideKind
from cases.models import Case, SideLook, SidePerson, SideTalk, SideWord
from config.any_of import AnyOf
from config.counting import CountTo
from config.errors import Absent
from outbox.models import Delivery
from tenants.domain.actors import Actor
from tenants.models import User
from tenants.models.user import name_of

WORDS_AT_MOST = 500  # of one talk


def not_here() -> Absent:
    return Absent(_("There is no such side conversation here, or not for you."))


def told_of_talks(user_id: Any) -> dict[str, Any]:
    """A column of a case: its talks and those of cases merged into it, oldest first, as [{id, kind, subject, name,
    address, level, names, answered_at, closed_at, words, new}]; `new`: words that this reader has not read.
    """
    shown = JSONObject(
        id="pk",
        kind="kind",
        subject="subject",
        name="name",
        address="address",
        level="level",
        answered_at="answered_at",
        closed_at="closed_at",
        names=_names(),
        words=_count(_standing()),
        new=_count(_unread(user_id)),
    )
    talks = SideTalk.objects.filter(AnyOf("case_id", FamilyIds(OuterRef("pk")))).order_by("pk")
    return {"side_talks_shown": ArraySubquery(talks.values_list(shown, flat=True))}


def talks_of(case: Case, *, actor: Actor) -> QuerySet[SideTalk]:
    """Of the case and of those merged into it, oldest first, with `names` of colleagues, `said`, `last_at` and the
    numbers of the `first_new` word that this reader has not read and of the notice that `told` them.
    """
    mine = SideTalk.objects.visible_to(actor).filter(case__in=family_of(case, actor=actor))
    told_them = unread(actor).filter(side_talk_id=OuterRef("pk"))
    told = {
        "names": _names(),
        "said": _count(_standing()),
        "last_at": Subquery(_standing().order_by("-pk").values("at")[:1]),
        "first_new": Subquery(_unread(actor.user_id or 0).order_by("pk").values("pk")[:1]),
        "told": Subquery(told_them.order_by("pk").values("pk")[:1]),
    }
    return mine.select_related("opened_by").annotate(**told).order_by("pk")


def talk_of(case: Case, *, talk_id: int, actor: Actor) -> Any:
    """As `talks_of` tells them. Absent for another case's, and for a client."""
    found = talks_of(case, actor=actor).filter(pk=talk_id).first()
    if found is None:
        raise not_here()
    return found


def case_id_of(talk_id: int, *, actor: Actor) -> int:
    """Where it was begun. Absent for one that they may not see."""
    found = SideTalk.objects.visible_to(actor).filter(pk=talk_id).values_list("case_id", flat=True).first()
    if found is None:
        raise not_here()
    return int(found)


def locked_talk(talk_id: int) -> SideTalk:
    """For a door that has found it for its caller, and locked its case where it changes that."""
    talk: SideTalk = SideTalk.objects.locked().get(pk=talk_id)
    return talk


def mailed_talk(talk_id: int, *, actor: Actor) -> SideTalk | None:
    """One with somebody outside that this reader may see."""
    mine = SideTalk.objects.visible_to(actor)
    found: SideTalk | None = mine.filter(pk=talk_id, kind=SideKind.OUTSIDE).first()
    return found


def words_of(talk: SideTalk) -> QuerySet[Any]:
    """Oldest first, with the `mail_status` of what was mailed, without what was taken back; the talk has been found for
    this reader.
    """
    status = Delivery.objects.filter(pk=OuterRef("delivery_id")).values("status")
    return SideWord.objects.filter(talk=talk).standing().annotate(mail_status=Subquery(status)).order_by("pk")


def words_for_outside(talk: SideTalk, *, at: datetime) -> QuerySet[Any]:
    """As `words_of`, without what may yet be taken back."""
    return words_of(talk).filter(Q(held_until=None) | Q(held_until__lt=at))


def named(talk: SideTalk) -> list[int]:
    """Ids of the colleagues whom it is with."""
    if talk.kind != SideKind.PEOPLE:
        return []
    return list(SidePerson.objects.filter(talk=talk).order_by("pk").values_list("user_id", flat=True))


def audience(talk: SideTalk) -> list[int]:
    """Who of us hears of each word: who began it and whom it is with; of a level, all of it until one has spoken, then
    those who have.
    """
    with_it = named(talk)
    if talk.kind == SideKind.LEVEL:
        level = User.objects.filter(level=talk.level, is_active=True, requester=None)
        spoke = level.filter(pk__in=SideWord.objects.standing().filter(talk=talk, theirs=True).values("user"))
        with_it = list((spoke if spoke.exists() else level).order_by("pk").values_list("pk", flat=True))
    return list(dict.fromkeys([talk.opened_by_id, *with_it]))


def read_by(word: SideWord) -> list[int]:
    """Who of us has looked at it by now."""
    looked = SideLook.objects.filter(talk=word.talk_id, word_id__gte=word.pk)
    return list(looked.values_list("user_id", flat=True))


def whom(talk: SideTalk, names: Sequence[str] = ()) -> str:
    """With whom, in a word. `names` of colleagues."""
    return told_whom(kind=talk.kind, name=talk.name, address=talk.address, level=talk.level, names=names)


def told_whom(*, kind: str, name: str, address: str, level: str, names: Sequence[str]) -> str:
    if kind == SideKind.OUTSIDE:
        return name or address
    return level if kind == SideKind.LEVEL else ", ".join(names)


def _names() -> ArraySubquery:
    people = SidePerson.objects.filter(talk=OuterRef("pk")).order_by("pk")
    return ArraySubquery(people.annotate(called=name_of("user")).values_list("called", flat=True))


def _standing() -> QuerySet[Any]:
    return SideWord.objects.standing().filter(talk=OuterRef("pk"))


def _unread(user_id: Any) -> QuerySet[Any]:
    """Others' words after the last one that they have looked at; 0 for who is nobody."""
    seen = SideLook.objects.filter(talk=OuterRef("talk"), user_id=user_id).values("word_id")
    new = _standing().filter(pk__gt=Coalesce(Subquery(seen), 0))
    return new.filter(Q(user=None) | ~Q(user_id=user_id))


def _count(words: QuerySet[Any]) -> CountTo:
    return CountTo(words.order_by().values("pk")[:WORDS_AT_MOST])
