"""Numbers for the change feed, given to committed events by one sequencer at a time.

Ids are drawn before a transaction commits, so they say nothing about what a reader has missed. Numbers are drawn
after it: whoever has read up to a number has read everything that will ever stand below it.
"""

from django.db import connection, transaction

from outbox.models import Event

SEQUENCER_LOCK = 0x6F7574_626F78  # 'outbox'
NUMBERED_AT_ONCE = 1000

# The lock is taken in a statement of its own: the snapshot of the next one is then younger than whatever the last
# holder committed. Retention leaves the newest numbered event standing, so max() never falls back.
NUMBER = """
WITH newest AS (SELECT coalesce(max(feed_number), 0) AS number FROM outbox_event WHERE feed_number IS NOT NULL),
     unnumbered AS (
         SELECT id, row_number() OVER (ORDER BY id) AS place
         FROM (SELECT id FROM outbox_event WHERE in_feed AND feed_number IS NULL ORDER BY id LIMIT %s) AS next_ones
     )
UPDATE outbox_event
SET feed_number = newest.number + unnumbered.place
FROM newest, unnumbered
WHERE outbox_event.id = unnumbered.id
"""


def sequence() -> int:
    """Number what was committed so far; answers how many. 0 also when another sequencer is at work."""
    numbered = 0
    while Event.objects.filter(in_feed=True, feed_number__isnull=True).exists():
        some = _number_some()
        numbered += some
        if some < NUMBERED_AT_ONCE:
            break
    return numbered


def _number_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(NUMBER, [NUMBERED_AT_ONCE])
        return cursor.rowcount
