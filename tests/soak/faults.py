"""What is done to the desk, and when: a deck of all kinds of faults, shuffled by the seed, again and again."""

import random
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg
import redis

from tests.soak.building import Building
from tests.soak.mail import HANGING, REFUSING, TAKING, Sink

Undo = Callable[[], object]
SILENT = 60.0  # seconds without a tick that readiness allows
MORE_THAN_ENOUGH = 200  # connections; the server gives up before


@dataclass(frozen=True)
class Kind:
    """`seconds`: how long at least and at most, 0 for a blow. `shows_as`: the checks of `/healthz/ready`, of which one
    has to fail within `named_within` seconds when it lasts so long; empty where nobody need notice."""

    name: str
    begin: Callable[["Hands"], Undo | None]
    seconds: tuple[float, float] = (0.0, 0.0)
    shows_as: tuple[str, ...] = ()
    named_within: float = 10.0


@dataclass(frozen=True)
class Fault:
    number: int
    kind: Kind
    at: float
    """Seconds after the start of the load."""
    seconds: float


@dataclass
class Hands:
    building: Building
    sink: Sink
    chance: random.Random
    steps: Sequence[float]
    held: list[psycopg.Connection[Any]] = field(default_factory=list)

    def kill(self, processes: list[psutil.Process]) -> None:
        self.building.signal(processes, signal.SIGKILL)

    def stop(self, processes: list[psutil.Process]) -> Undo:
        self.building.signal(processes, signal.SIGSTOP)
        return lambda: self.building.signal(processes, signal.SIGCONT)

    def wipe(self) -> None:
        with suppress(redis.RedisError), self.building.valkey() as valkey:  # it may just be down for another fault
            valkey.flushall()

    def take_connections(self) -> Undo:
        with suppress(psycopg.OperationalError):
            for _ in range(MORE_THAN_ENOUGH):
                self.held.append(self.building.connect())
        return self.give_connections_back

    def give_connections_back(self) -> None:
        while self.held:
            with suppress(psycopg.Error):
                self.held.pop().close()

    def fill_disk(self) -> Undo:
        self.building.fill_disk()
        return self.building.free_disk

    def step_clock(self) -> Undo:
        self.building.step_clock(self.chance.choice(self.steps))
        return lambda: self.building.step_clock(0)

    def mail(self, mode: str) -> Undo:
        self.sink.become(mode)
        return lambda: self.sink.become(TAKING)

    def one_of(self, processes: list[psutil.Process]) -> list[psutil.Process]:
        return [self.chance.choice(processes)] if processes else []


def kinds(longest: float) -> list[Kind]:
    """`longest`: seconds of the faults that readiness has to name."""
    short, long = (1.0, 4.0), (longest, longest)
    tickless = (SILENT + longest, SILENT + longest) if longest > Kind.named_within else long

    def kill(part: str) -> Kind:
        return Kind(f"{part} killed", lambda on: on.kill(on.building.main(part)))

    def stop(part: str) -> Kind:
        return Kind(f"{part} stopped", lambda on: on.stop(on.building.whole(part)), short)

    def both(name: str) -> Callable[[Hands], Undo]:
        return lambda on: on.stop([*on.building.main(name), *on.building.second(name)])

    return [
        *map(kill, ("web", "worker", "beat", "postgres", "valkey")),
        *map(stop, ("web", "worker", "beat", "postgres", "valkey")),
        Kind("one web process killed", lambda on: on.kill(on.one_of(on.building.children("web")))),
        Kind("second worker killed", lambda on: on.kill(on.building.second("worker"))),
        Kind("second beat killed", lambda on: on.kill(on.building.second("beat"))),
        Kind("one backend killed", lambda on: on.kill(on.one_of(on.building.backends()))),
        Kind("valkey wiped", lambda on: on.wipe()),
        Kind("connections taken", lambda on: on.take_connections(), (2.0, 6.0)),
        Kind("disk full", lambda on: on.fill_disk(), (2.0, 6.0)),
        Kind("clock stepped", lambda on: on.step_clock(), (3.0, 12.0)),
        Kind("mail refused", lambda on: on.mail(REFUSING), (2.0, 8.0)),
        Kind("mail hangs", lambda on: on.mail(HANGING), (2.0, 8.0)),
        Kind("database gone", lambda on: on.stop(on.building.whole("postgres")), long, ("database",)),
        Kind("broker gone", lambda on: on.stop(on.building.whole("valkey")), long, ("broker",)),
        Kind("both workers stopped", both("worker"), long),
        Kind("both beats stopped", both("beat"), tickless, ("tick",), SILENT + Kind.named_within),
    ]


def schedule(*, seconds: float, count: int, kinds: Sequence[Kind], seed: int) -> list[Fault]:
    """`count` faults over `seconds`, each kind as often as the others (but for the last round), none at the very end.

    Two may overlap; a long one has the desk to itself, so that readiness can be held to it.
    """
    chance = random.Random(f"{seed} schedule")
    deck: list[Kind] = []
    while len(deck) < count:
        deck += chance.sample(list(kinds), len(kinds))
    faults: list[Fault] = []
    drawn = [(kind, chance.uniform(*kind.seconds)) for kind in deck[:count]]
    alone = sum(length + SETTLE for kind, length in drawn if kind.shows_as)
    step = max(seconds - alone, 0.4 * seconds) / (count + 1)
    at = step
    for number, (kind, length) in enumerate(drawn, 1):
        faults.append(Fault(number, kind, at, length))
        at += (length + SETTLE if kind.shows_as else 0.0) + step * chance.uniform(0.6, 1.4)
    last = max(fault.at + fault.seconds for fault in faults)
    squeeze = min(1.0, 0.99 * seconds / last)
    return [Fault(fault.number, fault.kind, fault.at * squeeze, fault.seconds) for fault in faults]


SETTLE = 2.0  # seconds between the end of a long fault and the next one
