"""`make bench`: every measurement, each in a process of its own, and one table of them all.

BENCH_SIZES=10000,100000 chooses the numbers of cases, BENCH_ONLY=tick,pages the measurements. BENCH_DATA names a folder
that keeps the made cases for the next run.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from config.stack.data import ROOT
from config.stack.errors import StackError
from tests.bench.figures import OUT, SIZE, Figure
from tests.bench.ground import Ground, ground
from tests.bench.machine import machine, need_room
from tests.bench.table import table

SIZES = "10000,100000,1000000"
RESULTS = ROOT / ".data" / "bench"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`tests/bench/bench_<name>.py`. `sized`: once a size. `on`: a new empty database, or the one full of cases.

    `role`: as whom the product does this. `cold`: on a PostgreSQL that has just started. `after`: a command that does
    what the worker would have done by then.
    """

    name: str
    sized: bool = False
    on: str = "empty"
    role: str = ""
    cold: bool = False
    after: str = ""


# In this order. What only reads the cases comes before what adds to them.
SUBJECTS = (
    Subject(name="engine"),
    Subject(name="tick", sized=True, role="desk_system"),
    Subject(name="deadlines", role="desk_system"),
    Subject(name="running", role="desk_system"),
    Subject(name="intake", role="desk_app"),
    Subject(name="import"),
    Subject(name="seed", sized=True, on="cases"),
    Subject(name="pages", sized=True, on="cases", role="desk_app", cold=True),
    Subject(name="search", sized=True, on="cases", role="desk_app", cold=True),
    Subject(name="views", sized=True, on="cases", role="desk_app"),
    Subject(name="metrics", sized=True, on="cases", role="desk_app", cold=True, after="keep_days"),
    Subject(name="live", sized=True, on="cases"),
    Subject(name="replay", sized=True, on="cases"),
)


failed: list[str] = []


def main() -> int:
    sizes = sorted(int(one) for one in os.environ.get("BENCH_SIZES", SIZES).split(","))
    wanted = {name for name in os.environ.get("BENCH_ONLY", "").split(",") if name}
    subjects = [one for one in SUBJECTS if not wanted or one.name in wanted]
    if unknown := wanted - {one.name for one in SUBJECTS}:
        raise StackError(f"nothing is measured under the name {', '.join(sorted(unknown))}")
    need_room(max(sizes))
    about = machine()
    began = time.monotonic()
    with ground() as here:
        figures = [figure for one in subjects if not one.sized for figure in measured(one, here, size=sizes[-1])]
        for size in sizes:
            figures += measured_at(size, [one for one in subjects if one.sized], here)
    about |= {"minutes": round((time.monotonic() - began) / 60, 1), "load at the end": machine()["load"]}
    print(table(figures, about))
    print(f"desk: {kept(figures, about)}")
    if failed:
        print(f"desk: not measured: {', '.join(failed)}")
    return 1 if failed else 0


def measured_at(size: int, subjects: list[Subject], here: Ground) -> list[Figure]:
    figures = []
    on_cases = [one for one in subjects if one.on == "cases"]
    for one in subjects:
        if one not in on_cases:
            figures += measured(one, here, size=size)
    if on_cases:
        name = database_of(size)
        if on_cases[0].name == "seed":  # it fills the database as it measures
            here.database(name)
        else:
            here.cases(name, wanted=size)
        for one in on_cases:
            figures += measured(one, here, size=size)
            if one.name == "seed":
                here.settled(name)
        if not here.keeps:
            here.drop(name)
    return figures


def database_of(size: int) -> str:
    return f"cases_{size}"


def measured(subject: Subject, here: Ground, *, size: int) -> list[Figure]:
    """A measurement that fails is told and leaves the others alone."""
    print(f"desk: {subject.name}{f', {size:,}' if subject.sized else ''}", flush=True)
    database = database_of(size) if subject.on == "cases" else "empty"
    if subject.on == "empty":
        here.database(database)
    if subject.after:
        here.manage(database, subject.after, role="desk_system")
    if subject.cold:
        here.cool_down()
    try:
        return figures_of(subject, here, database, size=size)
    finally:
        if subject.on == "empty":
            here.drop(database)


def figures_of(subject: Subject, here: Ground, database: str, *, size: int) -> list[Figure]:
    """In a process of its own, whose memory is its own, too."""
    with NamedTemporaryFile("r") as out:
        environment = here.environment(database, role=subject.role) | {OUT: out.name, SIZE: str(size)}
        command = [sys.executable, "-m", "tests.bench.subject", subject.name]
        done = subprocess.run(command, cwd=ROOT, env=environment)
        if done.returncode:
            failed.append(f"{subject.name}, {size:,}" if subject.sized else subject.name)
            print(f"desk: {failed[-1]} failed (exit {done.returncode})", flush=True)
        return [Figure(**json.loads(line)) for line in out]


def kept(figures: list[Figure], about: dict[str, object]) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.json"
    path.write_text(json.dumps({"about": about, "figures": [vars(one) for one in figures]}, indent=1))
    return path


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of `finally`: servers and folder go, too
    try:
        sys.exit(main())
    except StackError as refusal:
        sys.exit(f"desk: {refusal}")
