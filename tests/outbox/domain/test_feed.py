import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.errors import DomainError
from outbox.domain import feed
from outbox.domain.consuming import other_consumers
from outbox.domain.feed import read
from outbox.domain.relay import sequence
from outbox.models import Event
from tests.factories.outbox import EventFactory


@pytest.fixture(autouse=True)
def nobody_hears():
    with other_consumers():
        yield


def ids(changes):
    return [one.payload["case_id"] for one in changes.changes]


@pytest.fixture
def three(db):
    for case_id, tenant_id in [(1, 7), (2, 8), (3, 7)]:
        EventFactory(payload={"case_id": case_id}, tenant_id=tenant_id)
    sequence()


def test_a_reader_goes_on_where_it_stopped(three):
    first = read(after=0, limit=2)
    second = read(after=first.last, limit=2)
    third = read(after=second.last, limit=2)
    assert [ids(page) for page in (first, second, third)] == [[1, 2], [3], []]
    assert third.last == second.last


def test_other_tenants_changes_are_not_there(three):
    assert ids(read(after=0, limit=9, tenant_ids={7})) == [1, 3]
    assert ids(read(after=0, limit=9, tenant_ids=frozenset())) == []


def test_names_narrow(three):
    assert ids(read(after=0, limit=9, names=["cases.case-moved"])) == []
    assert ids(read(after=0, limit=9, names=["cases.case-opened"])) == [1, 2, 3]


@pytest.mark.django_db
def test_an_event_of_several_tenants_shows_each_only_its_own():
    EventFactory(name="incidents.incident-declared", tenant_id=None, payload={"case_id": 1, "tenant_ids": [7, 8]})
    EventFactory(name="incidents.incident-declared", tenant_id=None, payload={"case_id": 2})
    sequence()
    [change] = read(after=0, limit=9, tenant_ids={8, 9}).changes
    assert change.payload == {"case_id": 1, "tenant_ids": [8]}
    assert ids(read(after=0, limit=9, tenant_ids={9})) == []
    assert ids(read(after=0, limit=9)) == [1, 2]


def test_a_reader_who_was_away_for_too_long_is_told(three):
    last = read(after=0, limit=1).last
    Event.objects.filter(feed_number__lte=2).delete()
    with pytest.raises(DomainError) as refused:
        read(after=last, limit=9)
    assert (refused.value.status, refused.value.code) == (410, "cursor-expired")
    assert ids(read(after=2, limit=9)) == [3]


def test_nobody_waits_inside_a_transaction(three):
    began = time.monotonic()
    assert read(after=3, limit=9, wait=20).changes == []
    assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
def test_a_waiting_reader_looks_again_without_a_transaction(monkeypatch):
    monkeypatch.setattr(feed, "LOOKS_EVERY", 0.02)
    EventFactory(payload={"case_id": 1})
    sequence()
    last = read(after=0, limit=9).last
    EventFactory(payload={"case_id": 2})
    looked = []

    def number_after_two_looks(seconds):
        looked.append(connection.in_atomic_block)
        if len(looked) == 2:
            sequence()

    monkeypatch.setattr(feed.time, "sleep", number_after_two_looks)
    assert ids(read(after=last, limit=9, wait=5)) == [2]
    assert looked == [False, False]


@pytest.mark.django_db(transaction=True)
def test_only_so_many_wait_at_once(settings):
    EventFactory()
    sequence()
    for _ in range(settings.FEED_WAITERS):
        assert feed._waiters.acquire(blocking=False)
    try:
        began = time.monotonic()
        assert read(after=1, limit=9, wait=20).changes == []
        assert time.monotonic() - began < 1
    finally:
        feed._waiters.release(settings.FEED_WAITERS)


def test_a_tenants_reader_uses_the_index(three):
    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        read(after=1, limit=9, tenant_ids={7})
    plan = connection.cursor()
    plan.execute("explain " + asked.captured_queries[-1]["sql"])
    assert "feed" in "\n".join(row[0] for row in plan.fetchall())


def test_reading_costs(three, django_assert_num_queries):
    with django_assert_num_queries(1):
        read(after=0, limit=9)
    with django_assert_num_queries(2):
        read(after=1, limit=9)


def test_the_longest_wait_is_what_the_interface_says():
    assert timedelta(seconds=feed.LONGEST_WAIT) == timedelta(seconds=30)
