"""The checker: holds the rows of a desk against what the world outside knows of it.

`python -m tests.soak.checking FOLDER STILL_SINCE` on the desk that DATABASE_URL names; prints one line of JSON.
"""

import json
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()

from django.db import connection, transaction

from tests.soak.checks import cases, files, outbox, promises, requests
from tests.soak.evidence import Evidence, gathered

Check = Callable[[Evidence], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    requests.each_request_once,
    requests.external_names_stand_on_the_case_they_were_given_to,
    requests.acknowledged_alerts_are_acknowledged,
    promises.clocks_equal_the_fold_of_their_events,
    promises.nothing_due_was_passed_over,
    promises.each_alert_once,
    promises.each_breach_has_its_alert_at_its_deadline,
    promises.everybody_was_told,
    outbox.every_event_was_heard,
    outbox.every_mail_was_sent_once_or_again_under_its_id,
    outbox.the_feed_has_no_gap_and_no_double,
    outbox.the_reader_saw_each_change_once,
    cases.status_is_where_the_last_move_led,
    cases.each_move_begins_where_the_last_one_ended,
    cases.next_due_is_the_first_of_its_clocks,
    cases.a_broken_promise_shows_on_its_case,
    files.each_file_is_there_whole,
    files.the_sweep_leaves_no_file_without_a_row,
)
SHOWN = 20  # findings of one check
COUNTED = {
    "cases": "select count(*) from cases_case",
    "clocks": "select count(*) from sla_clock",
    "broken promises": "select count(*) from sla_clock where breached_at is not null",
    "alerts": "select count(*) from sla_alert",
    "events": "select count(*) from outbox_event",
    "consumptions": "select count(*) from outbox_consumption",
    "consumed in a second try": "select count(*) from outbox_consumption where attempts > 1",
    "mails": "select count(*) from outbox_delivery",
    "mails tried again": "select count(*) from outbox_delivery where attempts > 1",
    "files": "select count(*) from tenants_blob",
}


def check(evidence: Evidence) -> dict[str, list[str]]:
    """What each check has found, at most `SHOWN` of each; empty lists where all is well."""
    return {one.__name__.replace("_", " "): list(islice(one(evidence), SHOWN)) for one in CHECKS}


def counted() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for name, query in COUNTED.items():
            cursor.execute(query)
            found[name] = cursor.fetchone()[0]
    return found


def main(folder: Path, still_since: float) -> None:
    evidence = gathered(folder, still_since=still_since)
    with transaction.atomic():
        print(json.dumps({"findings": check(evidence), "counted": counted()}))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
