"""Who has which case open just now: looking, typing, or away. It is told and nothing is locked by it.

One hash of the short memory holds everybody, a field a person and case; who says nothing more is gone after a while.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.enums import Doing
from config.short_memory import asked
from tenants.domain.actors import Actor
from tenants.enums import Right

PEOPLE = "live:people"
# Seconds that a word of it holds. A page that is looked at speaks every few seconds, one left alone every dozen; one
# that is hidden says so once.
HOLDS = {Doing.LOOKING: 15, Doing.TYPING: 8, Doing.AWAY: 600}
IDLE_HOLDS = 600  # seconds that the hash outlives the last word
BUSY = (Doing.LOOKING, Doing.TYPING)


@dataclass(frozen=True, slots=True)
class Here:
    name: str
    doing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks, and whom they may know of. `tenant_ids` None: everybody."""

    user_id: int
    name: str
    tenant_ids: frozenset[int] | None

    def sees(self, tenant_id: int) -> bool:
        return self.tenant_ids is None or tenant_id in self.tenant_ids


def reader_of(actor: Actor) -> Reader:
    return Reader(user_id=actor.user_id or 0, name=actor.name[:80], tenant_ids=actor.access.tenant_ids(Right.SEE_CASES))


def tell(pipeline: Any, *, reader: Reader, case_id: int, tenant_id: int, doing: str, at: datetime) -> None:
    """`gone` takes the word back."""
    place = f"{reader.user_id}:{case_id}"
    if doing == Doing.GONE:
        pipeline.hdel(PEOPLE, place)
        return
    until = int(at.timestamp()) + HOLDS[Doing(doing)]
    pipeline.hset(PEOPLE, place, f"{until}|{tenant_id}|{doing}|{reader.name}")
    pipeline.expire(PEOPLE, IDLE_HOLDS)


def stands(told: Mapping[str, str], *, reader: Reader, case_id: int, doing: str, at: datetime) -> bool:
    """Whether the same has been said, and holds for a while yet."""
    value = told.get(f"{reader.user_id}:{case_id}")
    if doing == Doing.GONE or value is None:
        return doing == Doing.GONE and value is None
    until, _tenant, was, _name = value.split("|", 3)
    return was == doing and int(until) - at.timestamp() > HOLDS[Doing(doing)] / 2


def others(told: Mapping[str, str], *, reader: Reader, at: datetime) -> dict[int, list[Here]]:
    """By case, everybody else whom the reader may see there, out of the hash as it was read."""
    found: dict[int, list[Here]] = defaultdict(list)
    now = at.timestamp()
    for place, value in sorted(told.items()):
        user_id, case_id = place.split(":")
        until, tenant_id, doing, name = value.split("|", 3)
        if int(until) >= now and int(user_id) != reader.user_id and reader.sees(int(tenant_id)):
            found[int(case_id)].append(Here(name, doing))
    return found


def forgotten(told: Mapping[str, str], *, at: datetime) -> list[str]:
    """Fields whose word holds no longer."""
    return [place for place, value in told.items() if int(value.split("|", 1)[0]) < at.timestamp()]


def busy_elsewhere(*, actor: Actor, at: datetime) -> dict[int, str]:
    """The cases that somebody else has before them now, and who. Nobody is known of while the memory is away."""
    answers = asked(lambda pipeline: pipeline.hgetall(PEOPLE))
    here = others(answers[0], reader=reader_of(actor), at=at) if answers else {}
    names = {case_id: [one.name for one in people if one.doing in BUSY] for case_id, people in here.items()}
    return {case_id: ", ".join(found) for case_id, found in names.items() if found}
