"""Rows a second and memory of `import_cases` on a generated log of the shape of the example beside its mapping.

    .venv/bin/python -m config.stack.scratch .venv/bin/python -m tests.bench.bench_import [ROWS]

Measures, asserts nothing. What it writes is gone with the scratch servers and a temporary folder.
"""

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAPPING = ROOT / "mappings" / "uci_incidents.yaml"
EXAMPLE = ROOT / "mappings" / "example_incidents.csv"
STATES = ["Active", "Active", "Awaiting User Info", "Active", "Awaiting Vendor", "Active"]
PRIORITIES = ["1 - Critical", "2 - High", *["3 - Moderate"] * 8, "4 - Low"]
FILLING = "x" * 200  # as wide as the rows of real logs
TENANT = "from tenants.models import Tenant; Tenant.objects.create(slug='acme', name='Acme')"


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        written = write_log(log, wanted)
        manage("migrate", "-v0")
        manage("shell", "-v0", "-c", TENANT)
        for name in ("first import", "second import"):
            begun = time.perf_counter()
            report = json.loads(manage("import_cases", str(log), "--mapping", str(MAPPING), "--tenant", "acme"))
            seconds = time.perf_counter() - begun
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"{name}: {written:,} rows, {report['cases']:,} cases in {seconds:,.0f} s = {written / seconds:,.0f} "
                f"rows/s; peak of the process so far {peak:,.0f} MiB"
            )
            print(json.dumps(report))


def manage(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ).stdout


def write_log(path: Path, wanted: int) -> int:
    """Rows of cases lie among each other, as in a log in the order of time."""
    dice = random.Random(1)
    with EXAMPLE.open(newline="") as example:
        header = next(csv.reader(example))
    written = 0
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow([*header, "filling"])
        number = 0
        while written < wanted:
            open_cases = [list(rows_of(number + place, dice)) for place in range(200)]
            number += len(open_cases)
            while open_cases:
                one = dice.choice(open_cases)
                out.writerow(one.pop(0))
                written += 1
                if not one:
                    open_cases.remove(one)
    return written


def rows_of(number: int, dice: random.Random) -> Iterator[list[str]]:
    at = datetime(2016, 1, 1) + timedelta(minutes=dice.randrange(3 * 365 * 1440))
    opened, priority = f"{at:%d/%m/%Y %H:%M}", dice.choice(PRIORITIES)
    steps = ["New", *dice.sample(STATES, dice.randrange(0, 6)), "Resolved"]
    if dice.random() < 0.02:
        steps += ["Active", "Resolved"]
    for state in [*steps, "Closed"]:
        yield [
            f"INC{number:07}", state, f"Caller {number % 5000}", "Phone", opened, f"{at:%d/%m/%Y %H:%M}",
            f"Updated by {number % 300}", f"Symptom {number % 500}", f"Category {number % 50}", "2 - Medium", priority,
            f"Group {number % 80}", f"Resolver {number % 200}", "?", "?", FILLING,
        ]  # fmt: skip
        at += timedelta(minutes=dice.choice([0, 5, 60, 700, 3000]))


if __name__ == "__main__":
    main()
