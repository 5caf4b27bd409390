"""The desk's worker and beat with the outbox's rounds alone, and one slow consumer whose effects can be counted.

Started by test_outbox_faults: `celery -A tests.e2e.processes.outbox_worker worker -B`.
"""

import django
from django.db import connection

from config.celery import app
from outbox.domain.consuming import consumes

django.setup()
OFTEN = {"schedule": 1.0, "options": {"expires": 0.9}}  # so that the faults fall into many rounds
app.conf.beat_schedule = {
    name: entry | OFTEN for name, entry in app.conf.beat_schedule.items() if name in ("outbox.relay", "outbox.deliver")
}


@consumes("desk.fault-tested")
def count(*, event, at):
    with connection.cursor() as cursor:
        cursor.execute("insert into effects select %s from pg_sleep(0.05)", [event.id])
