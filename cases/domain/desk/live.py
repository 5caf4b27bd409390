"""What an open page asks every few seconds: is there news, and who else is here. Without news it costs no SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cases.domain.change_notes import EVERYWHERE, KEPT, of_case, of_tenant, read, written
from cases.domain.desk.presence import PEOPLE, Here, Reader, forgotten, others, tell
from cases.enums import Doing
from cases.models import Case
from config.errors import Absent
from config.short_memory import asked
from tenants.domain.actors import Actor
from tenants.enums import Right

NOT_HERE = "There is no such case here, or not for you."
Standing = tuple[int, int]  # a case's version and tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """`version` of the case that was asked for. `stamp`: another one than before means that some case which the reader
    may see has changed; empty, nobody knows. `people`: everybody else, by case.
    """

    version: int | None
    stamp: str
    people: dict[int, list[Here]]


def news(*, reader: Reader, case_id: int | None, doing: str, at: datetime, look: Callable[[int], Standing]) -> News:
    """`look` finds a case whose note is not there, or raises Absent; so does a case of a tenant that is not theirs."""
    known = asked(lambda pipeline: _questions(pipeline, reader, case_id))
    people, note, *stamps = known or [{}, None]
    version = None
    if case_id is not None:
        version, tenant_id = read(note) if note else look(case_id)
        if not reader.sees(tenant_id):
            raise Absent(NOT_HERE)
        if known is not None:
            asked(lambda pipeline: _say(pipeline, reader, case_id, (version, tenant_id), doing, people, at))
    return News(version=version, stamp=_stamp(stamps), people=others(people, reader=reader, at=at))


def stamp_for(reader: Reader) -> str:
    """To be asked for before what it stands for is read."""
    return _stamp(asked(lambda pipeline: _stamps(pipeline, reader)) or [])


def standing(actor: Actor) -> Callable[[int], Standing]:
    """The way to a case that nobody has noted lately: one statement."""

    def look(case_id: int) -> Standing:
        found = Case.objects.visible_to(actor, Right.SEE_CASES).filter(pk=case_id).values_list("version", "tenant_id")
        for version, tenant_id in found:
            return version, tenant_id
        raise Absent(NOT_HERE)

    return look


def _questions(pipeline: Any, reader: Reader, case_id: int | None) -> None:
    pipeline.hgetall(PEOPLE)
    pipeline.get(of_case(case_id or 0))
    _stamps(pipeline, reader)


def _stamps(pipeline: Any, reader: Reader) -> None:
    if reader.tenant_ids is None:
        pipeline.get(EVERYWHERE)
    elif reader.tenant_ids:
        pipeline.mget([of_tenant(tenant_id) for tenant_id in sorted(reader.tenant_ids)])


def _stamp(answers: list[Any]) -> str:
    if not answers:
        return ""
    [answer] = answers
    if not isinstance(answer, list):
        return answer or "none"
    return sha256("|".join(one or "" for one in answer).encode()).hexdigest()[:12]


def _say(
    pipeline: Any, reader: Reader, case_id: int, found: Standing, doing: str, people: dict[str, str], at: datetime
) -> None:
    pipeline.set(of_case(case_id), written(*found), ex=KEPT, nx=True)
    if past := forgotten(people, at=at):
        pipeline.hdel(PEOPLE, *past)
    if doing in Doing.values:
        tell(pipeline, reader=reader, case_id=case_id, tenant_id=found[1], doing=doing, at=at)
