"""`import_cases` on a generated log of the shape of the example beside its mapping, and the same log once more."""

import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from config.stack.data import ROOT
from tenants.models import Tenant
from tests.bench.figures import Figure, memory, report, size, stopwatch

MAPPING = ROOT / "mappings" / "uci_incidents.yaml"
EXAMPLE = ROOT / "mappings" / "example_incidents.csv"
STATES = ["Active", "Active", "Awaiting User Info", "Active", "Awaiting Vendor", "Active"]
PRIORITIES = ["1 - Critical", "2 - High", *["3 - Moderate"] * 8, "4 - Low"]
FILLING = "x" * 200  # as wide as the rows of real logs
MOST = 200_000  # rows; the rate no longer changes


def main() -> None:
    Tenant.objects.create(slug="acme", name="Acme")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        written = write_log(log, min(size(), MOST))
        for name in ("import", "the same import again"):
            with stopwatch() as spent:
                said = imported(log)
            report(
                Figure(
                    line=f"{name}, {written:,} rows",
                    unit="/s",
                    median=written / spent(),
                    bar=2000,
                    at_least=True,
                    memory=memory(children=True),
                    note=f"{said['cases']:,} cases; memory may be 512 MiB",
                )
            )


def imported(log: Path) -> dict:
    command = [sys.executable, str(ROOT / "manage.py"), "import_cases", str(log)]
    done = subprocess.run(
        [*command, "--mapping", str(MAPPING), "--tenant", "acme"], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


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
