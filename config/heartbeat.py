"""Signs of life: who works by itself says so in a row, so that silence shows without asking the broker."""

import json
from datetime import datetime

from django.db import connection

# Nobody waits for the disk: a beat that a crash of the server loses is soon followed by another.
UPSERT = """
    WITH quietly AS (
        SELECT set_config('synchronous_commit', coalesce(%(commit)s, current_setting('synchronous_commit')), true)
    )
    INSERT INTO config_heartbeat (name, at, counters)
    SELECT %(name)s, %(at)s, %(figures)s::jsonb || '{"rounds": 1}' FROM quietly
    ON CONFLICT (name) DO UPDATE SET at = excluded.at, counters = excluded.counters || jsonb_build_object(
        'rounds', coalesce((config_heartbeat.counters ->> 'rounds')::bigint, 0) + 1)
"""


def beat(*, name: str, at: datetime, **figures: float) -> None:
    """`name` ("sweep", "outbox", "worker") finished a round at `at`, with these figures of it; its rounds are
    counted. One upsert.
    """
    commit = None if connection.in_atomic_block else "off"  # of a caller's transaction we decide nothing
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, {"name": name, "at": at, "figures": json.dumps(figures), "commit": commit})
