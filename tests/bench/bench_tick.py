"""An idle tick: as many running clocks as the size says, none of them due; after VACUUM, and again after updates."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from sla.domain.sweep import sweep
from tests.bench import clocks
from tests.bench.figures import Figure, memory, report, size, timed
from tests.bench.statements import bare, caught

TICKS = 100
APART = 0.05  # seconds; a tight loop would keep everything warmer than a tick a second finds it
UPDATED = 100_000
MOVE = """
    UPDATE sla_clock SET due_at = due_at + interval '1 hour', next_at = next_at + interval '1 hour'
    WHERE id IN (SELECT id FROM sla_clock ORDER BY id OFFSET %s LIMIT %s)
"""


def main() -> None:
    clocks.fill(clocks=size(), first=timezone.now() + timedelta(days=2), spread=14 * 86_400)
    clocks.vacuum("sla_clock", "config_heartbeat")
    measure("idle tick after VACUUM")
    with connection.cursor() as cursor:
        updated = min(UPDATED, size())
        for start in range(0, updated, 1000):
            cursor.execute(MOVE, [start, 1000])
    measure("idle tick after updates", note=f"{updated:,} of them")


def measure(line: str, *, note: str = "bare: the index probe alone") -> None:
    with caught() as statements:
        sweep(at=timezone.now())
    ticks = timed([lambda: sweep(at=timezone.now())] * TICKS, apart=APART)
    probe = statements[:1]
    report(
        Figure(
            line=line,
            size=size(),
            **ticks.figures("ms"),
            bar=5,
            bar_on="worst",
            statements=len(statements),
            bare=bare(probe) * 1e3,
            memory=memory(),
            note=note,
        )
    )
