"""What an open page asks every few seconds: is there news, and who else is here. Without news it costs no SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cases.domain.change_notes import EVERYWHERE, KEPT, of_case, of_tenant, read, written
from cases.domain.desk.presence import PEOPLE, Here, Reader, forgotten, others, stands, tell
from cases.domain.locking import not_here
from cases.enums import Doing
from cases.models import Case
from config.short_memory import asked
from tenants.domain.actors import Actor
from tenants.enums import Right

Standing = tuple[int, int]  # a case's version and tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """`version` of the case that was asked for. `stamp`: another one than before means that some case which the reader
    may see has changed; empty, nobody knows. `people`: everybody else, by case.
    """

    version: int | None
    stamp: str
    people: dict[int, list[Here]]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What `questions` were answered: who is where, the case's note, the stamp of everywhere."""

    people: dict[str, str]
    note: str | None
    everywhere: str | None


def questions(pipeline: Any, case_id: int | None) -> None:
    """Of any reader; three answers, the values of a `Remembered`."""
    pipeline.hgetall(PEOPLE)
    pipeline.get(of_case(case_id or 0))
    pipeline.get(EVERYWHERE)


def news(
    *,
    reader: Reader,
    case_id: int | None,
    doing: str,
    at: datetime,
    look: Callable[[int], Standing],
    known: Remembered | None = None,
) -> News:
    """`look` finds a case whose note is not there, or raises Absent; so does a case of a tenant that is not theirs.
    `known`: what has been read already.
    """
    if known is None:
        answers = asked(lambda pipeline: questions(pipeline, case_id))
        known = Remembered(*answers) if answers else None
    people, note = (known.people, known.note) if known else ({}, None)
    version = None
    if case_id is not None:
        version, tenant_id = read(note) if note else look(case_id)
        if not reader.sees(tenant_id):
            raise not_here()
        if known is not None:
            _say(reader, case_id, (version, tenant_id), doing, known, at)
    return News(
        version=version,
        stamp=_stamp(reader, known.everywhere) if known else "",
        people=others(people, reader=reader, at=at),
    )


def stamp_for(reader: Reader) -> str:
    """To be asked for before what it stands for is read."""
    answers = asked(lambda pipeline: pipeline.get(EVERYWHERE))
    return _stamp(reader, answers[0]) if answers else ""


def standing(actor: Actor) -> Callable[[int], Standing]:
    """The way to a case that nobody has noted lately: one statement."""

    def look(case_id: int) -> Standing:
        found = Case.objects.visible_to(actor, Right.SEE_CASES).filter(pk=case_id).values_list("version", "tenant_id")
        for version, tenant_id in found:
            return version, tenant_id
        raise not_here()

    return look


def _stamp(reader: Reader, everywhere: str | None) -> str:
    if reader.tenant_ids is None:
        return everywhere or "none"
    if not reader.tenant_ids:
        return "none"
    keys = [of_tenant(tenant_id) for tenant_id in sorted(reader.tenant_ids)]
    answers = asked(lambda pipeline: pipeline.mget(keys))
    return sha256("|".join(one or "" for one in answers[0]).encode()).hexdigest()[:12] if answers else ""


def _say(reader: Reader, case_id: int, found: Standing, doing: str, known: Remembered, at: datetime) -> None:
    """Nothing where it has just been said."""
    past = forgotten(known.people, at=at)
    spoken = doing not in Doing.values or stands(known.people, reader=reader, case_id=case_id, doing=doing, at=at)
    if known.note and spoken and not past:
        return

    def commands(pipeline: Any) -> None:
        pipeline.set(of_case(case_id), written(*found), ex=KEPT, nx=True)
        if past:
            pipeline.hdel(PEOPLE, *past)
        if not spoken:
            tell(pipeline, reader=reader, case_id=case_id, tenant_id=found[1], doing=doing, at=at)

    asked(commands)
