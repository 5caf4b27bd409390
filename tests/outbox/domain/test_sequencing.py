import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag

import pytest
from django.db import connection, transaction

from outbox.domain.consuming import other_consumers
from outbox.domain.feed import read
from outbox.domain.relay import sequence
from outbox.models import Event
from tests.factories.outbox import EventFactory


@pytest.fixture(autouse=True)
def nobody_hears():
    with other_consumers():
        yield


@pytest.mark.django_db
def test_feed_events_are_numbered_in_order_and_once():
    EventFactory(payload={"case_id": 1})
    EventFactory(name="sla.clock-warned")
    EventFactory(name="incidents.incident-declared", payload={"case_id": 2})

    assert (sequence(), sequence()) == (2, 0)
    EventFactory(payload={"case_id": 3})
    assert sequence() == 1
    assert list(Event.objects.order_by("feed_number").values_list("payload__case_id", "feed_number")) == [
        (1, 1),
        (2, 2),
        (3, 3),
        (1001, None),
    ]


@pytest.mark.django_db
def test_an_idle_sequencer_asks_one_question(django_assert_num_queries):
    EventFactory()
    sequence()
    with django_assert_num_queries(1):
        sequence()


@pytest.mark.django_db(transaction=True)
def test_a_slow_transaction_is_numbered_when_it_commits_and_no_reader_misses_it():
    published, may_commit = Flag(), Flag()

    def slow():
        try:
            with transaction.atomic():
                EventFactory(payload={"case_id": "slow"})
                published.set()
                assert may_commit.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(slow)
        assert published.wait(10)
        EventFactory(payload={"case_id": "quick"})
        sequence()
        first = read(after=0, limit=10)
        may_commit.set()
        running.result(10)
    sequence()
    second = read(after=first.last, limit=10)

    assert [[one.payload["case_id"] for one in page.changes] for page in (first, second)] == [["quick"], ["slow"]]


@pytest.mark.django_db(transaction=True)
def test_a_reader_beside_writers_and_two_sequencers_sees_everything_once():
    writers, each = 3, 25
    done = Flag()
    ends = time.monotonic() + 20

    def write(writer):
        try:
            for number in range(each):
                EventFactory(payload={"case_id": [writer, number]})
        finally:
            connection.close()

    def number(_):
        try:
            while not done.is_set() and time.monotonic() < ends:
                sequence()
        finally:
            connection.close()

    def follow():
        seen, last = [], 0
        try:
            while len(seen) < writers * each and time.monotonic() < ends:
                page = read(after=last, limit=7)
                seen += [tuple(one.payload["case_id"]) for one in page.changes]
                last = page.last
        finally:
            connection.close()
        return seen

    with ThreadPoolExecutor(6) as threads:
        numbering = [threads.submit(number, n) for n in range(2)]
        reading = threads.submit(follow)
        for writing in [threads.submit(write, n) for n in range(writers)]:
            writing.result(30)
        try:
            seen = reading.result(30)
        finally:
            done.set()
        for running in numbering:
            running.result(10)

    assert sorted(seen) == [(writer, number) for writer in range(writers) for number in range(each)]
    for writer in range(writers):
        assert [number for who, number in seen if who == writer] == list(range(each))
