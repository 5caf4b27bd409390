"""`sla_replay` of all cases under another policy, and beside it what reading their clocks' history alone takes."""

import json
import os
import subprocess
import sys

from django.db import connection
from django.db.models import Max, Min

from cases.models import Case
from config.stack.data import ROOT
from tests.bench.bench_seed import processor_seconds
from tests.bench.figures import Figure, memory, report, size, stopwatch

BAR = 300  # seconds for a million cases
READ = """
    SELECT count(*), count(e.data ->> 'ended_as'), count(e.data ->> 'priority')
    FROM cases_caseclock l JOIN sla_clock c ON c.id = l.clock_id JOIN sla_clockevent e ON e.clock_id = c.id
    WHERE c.stopped_at IS NOT NULL
"""


def main() -> None:
    span = Case.objects.aggregate(first=Min("opened_at"), last=Max("opened_at"))
    before = processor_seconds()
    with stopwatch() as spent:
        said = replayed(span["first"].date().isoformat(), span["last"].date().isoformat())
    seconds = processor_seconds() - before
    with connection.cursor() as cursor, stopwatch() as bare:
        cursor.execute(READ)
    cases = said["cases"]
    changed = sum(one["met_to_breached"] for one in said["promises"] if one["priority"] == "all")
    report(
        Figure(
            line="sla_replay of a year",
            unit="s",
            size=size(),
            median=spent(),
            bar=BAR * cases / 1_000_000 + 5,  # to start takes some
            bare=bare(),
            memory=memory(children=True),
            note=f"{cases:,} cases, {changed:,} promises kept then and late now; {seconds / cases * 1000:.2f} s of "
            f"processor time a thousand beside the server's; load {os.getloadavg()[0]:.1f}",
        )
    )


def replayed(first: str, last: str) -> dict:
    command = [sys.executable, str(ROOT / "manage.py"), "sla_replay", "--policy", "Premium", "--json"]
    done = subprocess.run([*command, "--from", first, "--to", last], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)
