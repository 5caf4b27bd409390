"""What had to be told was told: events heard once each, mail out under one id, the feed without gap or double."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from outbox.models import Consumption, Delivery, DeliveryAttempt, Event
from tests.soak.evidence import Evidence


def every_event_was_heard(evidence: Evidence) -> Iterator[str]:
    for row in Consumption.objects.exclude(status="done").select_related("event").order_by("pk"):
        yield f"consumption {row.pk}: {row.consumer} of {row.event} is {row.status}: {row.error[:200]}"


def every_mail_was_sent_once_or_again_under_its_id(evidence: Evidence) -> Iterator[str]:
    taken = defaultdict(list)
    for mail in evidence.mails:
        taken[mail.message_id].append(mail.at)
    outcomes = defaultdict(list)
    for delivery_id, outcome in DeliveryAttempt.objects.order_by("number").values_list("delivery_id", "outcome"):
        outcomes[delivery_id].append(outcome)
    rows = Delivery.objects.order_by("pk").values_list("pk", "message_id", "status", "error")
    for pk, message_id, status, error in rows.iterator():
        times = sorted(taken.pop(message_id, []))
        if status != "sent":
            yield f"delivery {pk} is {status}: {error[:200]}"
        elif not times:
            yield f"delivery {pk} is sent and never came"
        elif len(times) > len(outcomes[pk]):
            yield f"delivery {pk} came {len(times)} times in {len(outcomes[pk])} attempts"
        elif len(times) > 1 and outcomes[pk].count("sent") > 1 and not evidence.in_trouble(times[0]):
            yield f"delivery {pk} came {len(times)} times though nothing was wrong: attempts {outcomes[pk]}"
    for message_id in taken:
        yield f"a mail {message_id} came that no delivery knows"


def the_feed_has_no_gap_and_no_double(evidence: Evidence) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("select count(feed_number), count(distinct feed_number), min(feed_number), max(feed_number),"
                       " count(*) filter (where in_feed and feed_number is null) from outbox_event")  # fmt: skip
        count, distinct, first, last, unnumbered = cursor.fetchone()
    if unnumbered:
        yield f"{unnumbered} changes have no number"
    if count and (distinct != count or last - first + 1 != count):
        yield f"{count} changes are numbered from {first} to {last}, {distinct} different ones"


def the_reader_saw_each_change_once(evidence: Evidence) -> Iterator[str]:
    written = list(Event.objects.filter(feed_number__isnull=False).order_by("feed_number").values_list("pk", flat=True))
    if list(evidence.feed) == written:
        return
    seen, kept = set(evidence.feed), set(written)
    for pk in sorted(kept - seen):
        yield f"change {pk} was never read"
    for pk in sorted(seen - kept):
        yield f"change {pk} was read and is not there"
    if len(seen) != len(evidence.feed):
        yield f"{len(evidence.feed) - len(seen)} changes were read twice"
    elif seen == kept:
        yield "the changes were read in another order than they are numbered"
