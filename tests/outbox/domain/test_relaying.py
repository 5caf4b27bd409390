from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from outbox.domain import relaying
from outbox.domain.consuming import consumes, consumes_batch, other_consumers
from outbox.domain.relay import relay
from outbox.domain.retrying import CONSUMING
from outbox.models import Consumption, Event
from tests.factories.outbox import AT, EventFactory

LATER = AT + timedelta(hours=2)


@pytest.fixture(autouse=True)
def nobody_else_hears():
    with other_consumers():
        yield


@pytest.fixture
def heard():
    """Case ids in the order in which a consumer of opened cases heard them; negative ones make it fail."""
    ids = []

    @consumes("cases.case-opened")
    def hear(*, event, at):
        ids.append(event.payload["case_id"])
        if event.payload["case_id"] < 0:
            raise ValueError("no such case")

    return ids


def opened(case_id, key=""):
    return EventFactory(payload={"case_id": case_id}, key=key)


def rows(*fields):
    return list(Consumption.objects.order_by("pk").values_list(*fields))


@pytest.mark.django_db
def test_each_event_is_heard_once(heard):
    for case_id in (1, 2, 3):
        opened(case_id)

    first = relay(at=AT)
    second = relay(at=LATER)

    assert heard == [1, 2, 3]
    assert (first.consumed, second.consumed) == (3, 0)
    assert rows("status", "attempts", "settled_at", "error") == [("done", 1, AT, "")] * 3


@pytest.mark.django_db
def test_nothing_is_heard_before_its_time(heard):
    EventFactory(at=LATER)
    relay(at=AT)
    assert (heard, rows("status")) == ([], [("pending",)])


@pytest.mark.django_db
def test_what_a_failing_consumer_wrote_is_undone_and_tried_again_later():
    @consumes("cases.case-opened")
    def write_then_fail(*, event, at):
        EventFactory(name="incidents.incident-declared")
        raise ValueError("no")

    opened(1)
    done = relay(at=AT)

    [(status, attempts, error, next_attempt_at)] = rows("status", "attempts", "error", "next_attempt_at")
    assert (status, attempts, error) == ("pending", 1, "ValueError: no")
    assert AT + timedelta(seconds=1) <= next_attempt_at <= AT + timedelta(seconds=2)
    assert (done.consumed, done.failed, done.died) == (0, 1, 0)
    assert not Event.objects.filter(name="incidents.incident-declared").exists()


@pytest.mark.django_db
def test_a_row_that_keeps_failing_dies_and_wedges_nobody(heard):
    opened(-1)
    opened(2)
    at = AT
    for _ in range(CONSUMING.attempts):
        relay(at=at)
        at += CONSUMING.longest

    assert rows("status", "attempts") == [("dead", CONSUMING.attempts), ("done", 1)]
    assert heard == [-1, 2] + [-1] * (CONSUMING.attempts - 1)
    assert relay(at=at).failed == 0


@pytest.mark.django_db
def test_a_failed_row_holds_back_only_its_consumer_and_key(heard):
    others = []

    @consumes("cases.case-opened")
    def hear_all(*, event, at):
        others.append(event.payload["case_id"])

    for case_id, key in [(-1, "a"), (2, "a"), (3, "b"), (4, "")]:
        opened(case_id, key)
    relay(at=AT)

    assert sorted(heard) == [-1, 3, 4]
    assert sorted(others) == [-1, 2, 3, 4]


@pytest.mark.django_db
def test_rows_of_one_key_are_heard_in_order(heard):
    for case_id in range(5):
        opened(case_id, "a")
    relay(at=AT)
    assert heard == [0, 1, 2, 3, 4]


@pytest.mark.django_db
def test_held_back_rows_leave_the_head_of_the_queue_and_come_with_the_one_before_them():
    failing = [True]
    heard = []

    @consumes("cases.case-opened")
    def hear(*, event, at):
        if failing[0]:
            raise ValueError("not now")
        heard.append(event.payload["case_id"])

    opened(1, "a")
    opened(2, "a")
    relay(at=AT)
    assert rows("next_attempt_at")[1] == (AT + relaying.HELD_BACK,)

    failing[0] = False
    relay(at=AT + timedelta(seconds=3))
    assert heard == [1, 2]


@pytest.mark.django_db
def test_a_consumer_that_is_gone_ends_its_rows():
    with other_consumers():
        consumes("cases.case-opened")(gone)
        opened(1)

    done = relay(at=AT)

    assert done.died == 1
    assert rows("status", "error") == [("dead", f"There is no consumer {__name__}.gone any more")]


@pytest.mark.django_db
def test_a_batch_is_one_call_and_a_bad_event_in_it_is_set_aside():
    calls = []

    @consumes_batch("cases.case-opened", size=3)
    def hear(*, events, at):
        calls.append([event.payload["case_id"] for event in events])
        if any(event.payload["case_id"] < 0 for event in events):
            raise ValueError("no")

    for case_id in (1, 2, 3, 4, -5):
        opened(case_id)
    relay(at=AT)

    assert calls == [[1, 2, 3], [4, -5], [4], [-5]]
    assert rows("status") == [("done",)] * 4 + [("pending",)]


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_taken_over_and_fences_off_the_late_one(heard, settings):
    opened(1)
    [late] = relaying._lease(at=AT)
    assert relay(at=AT + timedelta(seconds=1)).consumed == 0

    assert relay(at=AT + settings.OUTBOX_LEASE).consumed == 1
    relaying._consume(late.consumer, [late], at=LATER, done=relaying.RelayRound())

    assert (heard, rows("status", "attempts")) == ([1], [("done", 2)])


@pytest.mark.django_db
def test_a_row_that_kills_every_worker_dies_alone(heard, settings):
    """Leased again and again without a word: only one of the suspects is tried at a time, the others lose nothing."""
    opened(1)
    opened(2)
    at = AT
    for _ in range(CONSUMING.attempts):
        leased = relaying._lease(at=at)
        relaying._units(leased, at=at)
        at += settings.OUTBOX_LEASE

    relay(at=at)

    assert rows("status") == [("dead",), ("done",)]
    assert heard == [2]
    assert "the worker died" in rows("error")[0][0]


@pytest.mark.django_db
def test_a_round_stops_in_time_and_gives_back_what_it_did_not_reach(heard):
    opened(1)
    done = relay(at=AT, budget=0)
    assert (done.consumed, heard) == (0, [])
    assert rows("status", "attempts", "next_attempt_at") == [("pending", 0, AT)]


@pytest.mark.django_db
def test_an_idle_round_is_two_statements(heard, django_assert_num_queries):
    opened(1)
    relay(at=AT)
    with django_assert_num_queries(2):
        relay(at=LATER)


@pytest.mark.django_db
@pytest.mark.parametrize(("events", "statements"), [(1, 7), (3, 15)])
def test_what_a_round_costs(heard, events, statements, django_assert_num_queries):
    for case_id in range(events):
        opened(case_id)
    with django_assert_num_queries(statements):  # lease, (savepoint, actor, settle, release) each, lease, hold back
        relay(at=AT)


@pytest.mark.django_db
def test_the_queue_is_read_by_its_partial_index():
    Consumption.objects.bulk_create(
        [Consumption(event=EventFactory(), consumer=str(n), next_attempt_at=LATER) for n in range(50)]
    )
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("explain " + relaying.LEASE, {"at": AT, "limit": 200, "lease_ends": LATER})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "outbox_consumption_due" in plan


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_hear_each_event_once():
    heard = []

    @consumes("cases.case-opened")
    def hear(*, event, at):
        heard.append(event.payload["case_id"])

    for case_id in range(60):
        opened(case_id, key=f"{case_id % 7}" if case_id % 2 else "")

    def run(_):
        try:
            return sum(relay(at=AT).consumed for _ in range(40))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        consumed = list(threads.map(run, range(2)))

    assert sum(consumed) == 60
    assert sorted(heard) == list(range(60))
    assert set(rows("status", "attempts")) == {("done", 1)}
    for key in range(7):
        of_key = [n for n in heard if n % 2 and n % 7 == key]
        assert of_key == sorted(of_key)


def gone(*, event, at): ...
