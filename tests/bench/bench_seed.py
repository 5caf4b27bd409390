"""`seed_bulk` on an empty desk, and beside it the server's own part: rows of the same shape from table to table."""

import os
import resource
import subprocess
import sys

from django.db import connection

from cases.domain.bulk.seeding import WRITTEN
from config.stack.data import ROOT
from tests.bench.figures import Figure, memory, report, size, stopwatch

BARE = 10_000  # cases; more of them take as long each
BAR = 1_000_000 / 600  # a second: a million in ten minutes
OF_CASE = "case_id IN (SELECT id FROM cases_case ORDER BY id LIMIT %s)"
OF_CLOCK = f"id IN (SELECT clock_id FROM cases_caseclock WHERE {OF_CASE})"
PART = {
    "cases_case": "id IN (SELECT id FROM cases_case ORDER BY id LIMIT %s)",
    "sla_clock": OF_CLOCK,
    "sla_clockevent": OF_CLOCK.replace("id IN", "clock_id IN", 1),
    "tenants_auditentry": "id IN (SELECT id FROM tenants_auditentry WHERE table_name = 'cases_case' LIMIT %s)",
}


def main() -> None:
    wanted = size()
    before = processor_seconds()
    with stopwatch() as spent:
        subprocess.run([sys.executable, str(ROOT / "manage.py"), "seed_bulk", "--cases", str(wanted)], check=True)
    seconds = processor_seconds() - before
    report(
        Figure(
            line="seed_bulk",
            unit="/s",
            size=wanted,
            median=wanted / spent(),
            bar=BAR,
            at_least=True,
            bare=bare_rate(min(wanted, BARE)),
            memory=memory(children=True),
            note=f"cases; {seconds / wanted * 1000:.2f} s of processor time a thousand beside the server's; "
            f"load {os.getloadavg()[0]:.1f}",
        )
    )


def processor_seconds() -> float:
    """Of the children waited for, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bare_rate(cases: int) -> float:
    """Cases a second, one connection, with indexes and checks but no foreign keys and no audit."""
    tables = [model._meta.db_table for model in WRITTEN]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        with stopwatch() as spent:
            for table in tables:
                part = PART.get(table, OF_CASE)
                cursor.execute(
                    f"INSERT INTO bench_{table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} WHERE {part}", [cases]
                )
        cursor.execute(f"DROP TABLE {', '.join(f'bench_{table}' for table in tables)}")
    return cases / spent()
