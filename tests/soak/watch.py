"""Looks at the desk from outside while it suffers: its own word on its health, and what it uses."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from statistics import median
from typing import Any

import psutil
import psycopg

from tests.soak.building import Building
from tests.soak.faults import Fault
from tests.soak.journal import Lines

ASKS_EVERY = 0.5  # seconds
SAMPLES_EVERY = 10.0
MIB = 2**20
CONNECTIONS = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
LAG = """
select coalesce(greatest(0, extract(epoch from now() - least(
    (select min(next_attempt_at) from outbox_consumption where status = 'pending'),
    (select min(next_attempt_at) from outbox_delivery where status in ('queued', 'sending', 'failed'))))), 0)
"""


class Readiness:
    """What `/healthz/ready` said, each time something in it changed."""

    def __init__(self, building: Building, said: Lines) -> None:
        self.building = building
        self.said = said
        self.history: list[tuple[float, frozenset[str]]] = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.ending.set()
        self.thread.join(15)

    def _watch(self) -> None:
        while not self.ending.wait(ASKS_EVERY):
            health = self.building.desk.health()
            checks = health["checks"]
            broken = (
                frozenset(name for name, check in checks.items() if not check["ok"])
                if isinstance(checks, dict)
                else frozenset({"silent"})
            )
            if not self.history or self.history[-1][1] != broken:
                self.history.append((time.time(), broken))
                self.said.add(at=time.time(), broken=sorted(broken), health=health)

    def named(self, *, begun: float, ended: float, words: Sequence[str]) -> float | None:
        """Seconds from the fault until one of its checks failed; None when none did while it lasted."""
        holding = [broken for at, broken in self.history if at <= begun][-1:]
        if any(set(words) & broken for broken in holding):
            return 0.0
        times = [at for at, broken in self.history if begun < at <= ended + 1 and set(words) & broken]
        return round(min(times) - begun, 1) if times else None


class Samples:
    def __init__(self, building: Building, lines: Lines) -> None:
        self.building = building
        self.lines = lines
        self.taken: list[dict[str, Any]] = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._sample, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.ending.set()
        self.thread.join(15)

    def _sample(self) -> None:
        while not self.ending.wait(SAMPLES_EVERY):
            sample = {"at": time.time(), **self.memory(), **self.database()}
            self.taken.append(sample)
            self.lines.add(**sample)

    def memory(self) -> dict[str, float]:
        """MiB a part, its children's too."""
        parts = {name: [process] for name, process in self.building.desk.parts().items()}
        parts |= {f"second {name}": self.building.second(name) for name in self.building.seconds}
        used = {}
        for name, processes in parts.items():
            total = 0
            for process in processes:
                with suppress(psutil.Error):
                    total += sum(used_by(one) for one in [process, *process.children(recursive=True)])
            used[f"{name} MiB"] = round(total / MIB, 1)
        return used

    def database(self) -> dict[str, float]:
        try:
            with self.building.connect() as connection:
                connection.execute("set statement_timeout = '3s'")
                return {
                    "connections": connection.execute(CONNECTIONS).fetchone()[0],
                    "lag s": round(float(connection.execute(LAG).fetchone()[0]), 1),
                }
        except psycopg.Error:  # in the middle of a fault
            return {}


def used_by(process: psutil.Process) -> int:
    """Bytes, of what it shares with others its part: PostgreSQL's processes share nearly all."""
    try:
        return int(process.memory_full_info().pss)
    except (psutil.AccessDenied, AttributeError):  # another user's; no Linux
        return int(process.memory_info().rss)


def growth(samples: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each figure the medians of the last two quarters: what leaks is higher in the last.

    Medians, because a part that was just killed is small for a while.
    """
    half = samples[len(samples) // 2 :]
    third, fourth = half[: len(half) // 2], half[len(half) // 2 :]
    rows = []
    for name in sorted({name for sample in samples for name in sample} - {"at"}):
        before = [sample[name] for sample in third if name in sample]
        after = [sample[name] for sample in fourth if name in sample]
        if before and after:
            rows.append(
                {
                    "figure": name,
                    "third quarter": median(before),
                    "last quarter": median(after),
                    "worst": max(sample[name] for sample in samples if name in sample),
                }
            )
    return rows


LEAST = {"postgres MiB": 128, "connections": 5, "lag s": 10}  # PostgreSQL fills the cache that it was given
LEAST_MEMORY = 15


def grown(row: dict[str, Any]) -> bool:
    """More than a tenth and more than chance."""
    least = LEAST.get(row["figure"], LEAST_MEMORY)
    return bool(row["last quarter"] > row["third quarter"] * 1.1 + least)


def unnamed(readiness: Readiness, done: Sequence[tuple[Fault, float, float]]) -> list[dict[str, Any]]:
    """The long faults with how soon readiness named them."""
    return [
        {
            "fault": fault.kind.name,
            "lasted": round(ended - begun, 1),
            "within": fault.kind.named_within,
            "named after": readiness.named(begun=begun, ended=ended, words=fault.kind.shows_as),
        }
        for fault, begun, ended in done
        if fault.kind.shows_as and ended - begun >= fault.kind.named_within
    ]
