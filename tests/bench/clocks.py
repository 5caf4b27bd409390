"""Running clocks by the hundred thousand, straight into the table."""

from datetime import datetime

from django.db import connection

from sla.models import CalendarVersion
from tests.factories.tenants import TenantFactory

TENANTS = 50
# As a door leaves a promise of a day that has been given just now; `spread` seconds lie between the first and the last.
FILL = """
    INSERT INTO sla_clock (tenant_id, kind, label, "window", priority, calendar_version_id, target_amount, target_unit,
        warn_steps, phase, ended_as, started_at, counted_to, used, paused, due_at, warn_at, generation, warned_steps,
        next_at, error, excused_by, excused_with, excused_reason)
    SELECT (%(tenants)s::bigint[])[1 + number %% cardinality(%(tenants)s::bigint[])],
        'resolution', 'CASE-' || number, 1,
        (ARRAY['P1', 'P2', 'P2', 'P3'])[1 + number %% 4], %(calendar)s, 86400, 'wall_seconds', ARRAY[0.75], 'running',
        '', due_at - interval '1 day', due_at - interval '1 day', 0, 0, due_at, due_at - interval '6 hours', 1, 0,
        due_at - interval '6 hours', '', '', '', ''
    FROM generate_series(1, %(clocks)s) AS number,
        LATERAL (SELECT %(first)s + make_interval(secs => (number::bigint * 7919 %% %(clocks)s) * %(spread)s
            / %(clocks)s)) AS moment (due_at)
"""


def fill(*, clocks: int, first: datetime, spread: float) -> None:
    """Deadlines from `first` on, in no order, over `spread` seconds; the calendars of the shipped policies."""
    tenants = [TenantFactory().pk for _ in range(TENANTS)]
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "tenants": tenants,
                "calendar": CalendarVersion.objects.order_by("pk").values_list("pk", flat=True).first(),
                "clocks": clocks,
                "first": first,
                "spread": spread,
            },
        )


def vacuum(*tables: str) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
