"""`make soak`: a desk of its own under load while it is hurt, and then the proof that nothing came of it.

SOAK_MINUTES of load (60), SOAK_SEED for the same faults again, SOAK_FAULTS how many (3.5 a minute). All that it wrote
down is kept in .data/soak/<start>-<seed>; the desk's own data only when something was found.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from config.stack.supervisor import say
from tests.e2e.processes.desk import ROOT
from tests.soak.building import Building
from tests.soak.evidence import FAULTS, FEED, JOURNAL, MAILS
from tests.soak.faults import Fault, Hands, kinds, schedule
from tests.soak.journal import Lines, asked_in, lines
from tests.soak.load import Load
from tests.soak.mail import sink
from tests.soak.report import outcomes, problems, table
from tests.soak.watch import Readiness, Samples, growth, unnamed

TICK = 0.1  # seconds
A_MINUTE = 3.5  # faults
LAST_REQUESTS = 130.0  # seconds the clients may take to learn what became of their last ones
SETTLES_WITHIN = 300.0  # seconds until everything is told after the last fault
TELLS_EVERY = 15.0
LAST_ROUND = 2.0  # seconds for what a worker has begun

# A person is told of alerts once a minute: who waits no longer than that is owed nothing yet.
OWED = """
select (select count(*) from outbox_consumption where status = 'pending') as consumptions,
       (select count(*) from outbox_delivery where status in ('queued', 'sending', 'failed')) as deliveries,
       (select count(*) from outbox_event where in_feed and feed_number is null) as unnumbered,
       (select count(*) from sla_alert where addressed_at is null and status <> 'resolved') as unaddressed,
       (select count(*) from sla_alertrecipient
         where told_at is null and tell_at < now() - interval '75 seconds') as untold,
       (select count(*) from sla_clock where next_at < now() - interval '3 seconds') as overdue
"""


@dataclass(frozen=True)
class Settings:
    minutes: float
    seed: int
    faults: int
    longest: float
    """Seconds of the faults that readiness has to name."""


def settings_of(environment: dict[str, str]) -> Settings:
    minutes = float(environment.get("SOAK_MINUTES") or 60)
    seed = int(environment.get("SOAK_SEED") or random.SystemRandom().randrange(1_000_000))
    short = minutes < 5
    faults = int(environment.get("SOAK_FAULTS") or max(len(kinds(1)), round(minutes * A_MINUTE)))
    return Settings(minutes=minutes, seed=seed, faults=faults, longest=3.0 if short else 15.0)


class Soak:
    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.done: list[tuple[Fault, float, float]] = []
        self.still_since = 0.0

    def run(self) -> dict[str, Any]:
        with ExitStack() as stack:
            journal = stack.enter_context(lines(self.folder / JOURNAL))
            mails = stack.enter_context(sink(self.folder / MAILS))
            self.faults_log = stack.enter_context(lines(self.folder / FAULTS))
            said = stack.enter_context(lines(self.folder / "readiness.jsonl"))
            samples = stack.enter_context(lines(self.folder / "samples.jsonl"))
            self.folder.chmod(0o711)  # PostgreSQL's own user walks through
            self.building = Building(self.folder, mails.port)
            good = False
            try:
                report = self._run(journal, mails, said, samples)
                good = not problems(report)
            finally:
                self.building.close(keep=not good)
            return report

    def _run(self, journal: Lines, mails: Any, said: Lines, samples: Lines) -> dict[str, Any]:
        say("soak", f"seed {self.settings.seed}, {self.settings.faults} faults, written down in {self.folder}")
        self.building.start()
        load = Load(
            port=self.building.desk.port, people=self._furnish(), journal=journal, seed=self.settings.seed
        )  # fmt: skip
        readiness, sampler = Readiness(self.building, said), Samples(self.building, samples)
        for one in (readiness, sampler, load):
            one.start()
        hurt = Hands(
            self.building, mails, random.Random(f"{self.settings.seed} hands"),
            steps=(20, -15) if self.settings.minutes < 5 else (45, -30, 150, -90),
        )  # fmt: skip
        self._hurt(hurt)
        say("soak", "the last fault is over; what is owed is being told")
        all_answered = self._wait_for(load)
        readiness.stop()
        settled = self._settle()
        sampler.stop()
        with lines(self.folder / FEED) as feed:
            for change in load.finish_feed():
                feed.add(id=change)
        found = self._check()
        zombies = self._zombies()
        self.building.go_on()
        if not all_answered:
            load.tally.wrong.append("a client never learnt what became of its last request")
        return self._report(load, readiness, sampler, settled, found, zombies)

    def _furnish(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._manage("tests.soak.furnish"))
        return told

    def _check(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._manage("tests.soak.checking", str(self.folder), str(self.still_since)))
        return told

    def _manage(self, *module: str) -> str:
        """With Django on the running desk, as its owner; the last line it says."""
        kept = {name: value for name, value in self.building.desk.env.items() if not name.startswith("SOAK_")}
        done = subprocess.run(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=kept | self.building.addresses | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"{module[0]} failed:\n{done.stderr[-4000:]}")
        return done.stdout.splitlines()[-1]

    def _hurt(self, hands: Hands) -> None:
        """The schedule, kept by this thread alone: it also starts again what the supervisor does not look after."""
        seconds = self.settings.minutes * 60
        waiting = schedule(
            seconds=seconds, count=self.settings.faults, kinds=kinds(self.settings.longest), seed=self.settings.seed
        )
        began, lasting = time.monotonic(), []
        while waiting or lasting or time.monotonic() - began < seconds:
            self.building.look_after()
            now = time.monotonic() - began
            while waiting and waiting[0].at <= now:
                fault = waiting.pop(0)
                say(
                    "soak", f"{fault.number}: {fault.kind.name}" + (f" for {fault.seconds:.0f} s" * bool(fault.seconds))
                )
                begun, undo = time.time(), fault.kind.begin(hands)
                if undo is None:
                    self._over(fault, begun)
                else:
                    lasting.append((now + fault.seconds, fault, begun, undo))
            for entry in [entry for entry in lasting if entry[0] <= now]:
                lasting.remove(entry)
                entry[3]()
                self._over(entry[1], entry[2])
            time.sleep(TICK)

    def _over(self, fault: Fault, begun: float) -> None:
        ended = time.time()
        self.done.append((fault, begun, ended))
        self.faults_log.add(number=fault.number, kind=fault.kind.name, begun=begun, ended=ended)

    def _wait_for(self, load: Load) -> bool:
        load.ending.set()
        ends = time.monotonic() + LAST_REQUESTS
        while time.monotonic() < ends and any(thread.is_alive() for thread in load.threads):
            self.building.look_after()
            time.sleep(TICK)
        return load.stop(0.1)

    def _settle(self) -> dict[str, Any]:
        """Until the desk is green, owes nothing, and does nothing by itself any more."""
        began = time.monotonic()
        while True:
            settled = self._wait_until_nothing_is_owed()
            self.still_since = time.time()
            self.building.still()
            time.sleep(LAST_ROUND)
            owed = self._owed()
            owed.pop("overdue", None)  # what falls due now waits for a beat
            if not owed or time.monotonic() - began > SETTLES_WITHIN:
                return settled | {"seconds": round(time.monotonic() - began, 1)}
            self.building.go_on()

    def _wait_until_nothing_is_owed(self) -> dict[str, Any]:
        began = told = time.monotonic()
        health: dict[str, object] = {}
        owed: dict[str, int] = {"unknown": 1}
        while time.monotonic() - began < SETTLES_WITHIN:
            self.building.look_after()
            health = self.building.desk.health()
            owed = self._owed()
            if health["status"] == "ready" and not owed:
                break
            if time.monotonic() - told > TELLS_EVERY:
                told = time.monotonic()
                say("soak", f"{health['status']}, owed: {owed}")
            time.sleep(0.5)
        return {"green": health["status"] == "ready", "health": health, "owed": owed}

    def _owed(self) -> dict[str, int]:
        try:
            with self.building.connect() as connection:
                cursor = connection.execute(OWED)
                names = [column.name for column in cursor.description or ()]
                return {name: count for name, count in zip(names, cursor.fetchone() or (), strict=True) if count}
        except psycopg.OperationalError:  # it is just coming back
            return {"unknown": 1}

    def _zombies(self) -> list[str]:
        roots = [psutil.Process(self.building.desk.process.pid), *map(psutil.Process, self._second_ids())]
        family = [child for root in roots for child in [root, *root.children(recursive=True)]]
        return [str(one) for one in family if one.status() == psutil.STATUS_ZOMBIE]

    def _second_ids(self) -> list[int]:
        return [process.pid for process in self.building.seconds.values() if process.poll() is None]

    def _report(
        self,
        load: Load,
        readiness: Readiness,
        sampler: Samples,
        settled: dict[str, Any],
        found: dict[str, Any],
        zombies: list[str],
    ) -> dict[str, Any]:
        names = sorted(fault.kind.name for fault, _begun, _ended in self.done)
        return {
            "seed": self.settings.seed,
            "minutes": self.settings.minutes,
            "faults": len(self.done),
            "kinds": {name: names.count(name) for name in dict.fromkeys(names)},
            "disk full by": "a full tmpfs" if self.building.can_fill else "a file in the folder's place",
            "machine load": " ".join(f"{one:.1f}" for one in os.getloadavg()),
            "requests": outcomes(asked_in(self.folder / JOURNAL)),
            "answers": dict(sorted(load.tally.answers.items())),
            "wrong answers": load.tally.wrong,
            "growth": growth(sampler.taken),
            "readiness": unnamed(readiness, self.done),
            "settled": settled,
            "findings": found["findings"],
            "counted": found["counted"],
            "zombies": zombies,
            "stop": self.building.stop(),
        }


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is put away
    settings = settings_of(dict(os.environ))
    stamp = time.strftime("%Y%m%d-%H%M%S")
    parent = Path(os.environ.get("SOAK_FOLDER") or ROOT / ".data" / "soak")
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{stamp}-{settings.seed}-", dir=parent))
    report = Soak(settings, folder).run()
    (folder / "report.json").write_text(json.dumps(report, indent=1))
    (folder / "report.txt").write_text(table(report) + "\n")
    print(table(report), flush=True)
    return 1 if problems(report) else 0


if __name__ == "__main__":
    sys.exit(main())
