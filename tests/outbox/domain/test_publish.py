from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import ANY

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from kombu.exceptions import LimitExceeded, OperationalError

from outbox.domain import nudging
from outbox.domain.consuming import consumes, consumes_batch, other_consumers
from outbox.domain.publish import NewEvent, OutsideTransaction, caused_by, publish, publish_many
from outbox.models import Consumption, Event
from tests.factories.outbox import AT, EventFactory


@pytest.fixture(autouse=True)
def nobody_else_hears():
    with other_consumers():
        yield


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_a_bug():
    with pytest.raises(OutsideTransaction):
        publish(name="cases.case-opened", tenant_id=7, payload={}, at=AT)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_one_row_per_event_and_consumer(django_assert_num_queries):
    consumes("cases.case-opened", key=lambda event: f"case:{event.payload['case_id']}")(hear_one)
    consumes("cases.case-opened")(hear_two)

    with django_assert_num_queries(2):
        events = publish_many(
            events=[
                NewEvent(name="cases.case-opened", tenant_id=7, payload={"case_id": n}, at=AT, key="k")
                for n in (1, 2, 3)
            ]
        )

    assert list(Consumption.objects.order_by("pk").values_list("event_id", "consumer", "key", "status")) == [
        (event.pk, f"{__name__}.{name}", key, "pending")
        for event in events
        for name, key in [("hear_one", f"case:{event.payload['case_id']}"), ("hear_two", "k")]
    ]


@pytest.mark.django_db
def test_what_stands_in_the_rows():
    with time_machine.travel(AT + timedelta(seconds=2), tick=False):
        cause = EventFactory(name="sla.clock-breached")
        consumes("cases.case-opened")(hear_one)
        event = EventFactory(payload={"case_id": 7, "words": ['"quoted"', None, 0.5, "ä☃"]}, key="k", cause=cause.pk)
    columns = {"id": event.pk, "name": "cases.case-opened", "tenant_id": 7, "key": "k", "at": AT}
    columns |= {"payload": {"case_id": 7, "words": ['"quoted"', None, 0.5, "ä☃"]}, "cause_id": cause.pk}
    columns |= {"created_at": AT + timedelta(seconds=2), "in_feed": True, "feed_number": None, "request_id": ""}
    assert Event.objects.values().get(pk=event.pk) == columns
    assert {name: getattr(event, name) for name in columns} == columns
    assert Consumption.objects.values().get() == {
        "id": ANY, "event_id": event.pk, "consumer": f"{__name__}.hear_one", "key": "k", "status": "pending",
        "attempts": 0, "forgiven": 0, "next_attempt_at": AT, "error": "", "settled_at": None,
    }  # fmt: skip


@pytest.mark.django_db
def test_what_a_consumer_turns_down_leaves_no_row():
    consumes("cases.case-opened", when=lambda event: event.payload["case_id"] > 1)(hear_one)
    consumes_batch("cases.case-opened", when=lambda event: event.payload["case_id"] > 2)(hear_two)
    events = [EventFactory(payload={"case_id": case_id}) for case_id in (1, 2, 3)]
    assert list(Consumption.objects.order_by("pk").values_list("event_id", "consumer")) == [
        (events[1].pk, f"{__name__}.hear_one"),
        (events[2].pk, f"{__name__}.hear_one"),
        (events[2].pk, f"{__name__}.hear_two"),
    ]


@pytest.mark.django_db
def test_an_event_that_nobody_hears_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        event = publish(name="sla.clock-warned", tenant_id=None, payload={}, at=AT)
    assert (event.in_feed, Consumption.objects.count()) == (False, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["case-opened", "cases.opened", "Cases.case-opened", "cases.case_opened"])
def test_names_say_room_thing_and_what_happened(name):
    with pytest.raises(ValueError, match=r"<room>\.<thing>-<past>"):
        publish(name=name, tenant_id=7, payload={}, at=AT)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_payload_is_plain_json():
    with pytest.raises(TypeError, match="datetime"):
        publish(name="cases.case-opened", tenant_id=7, payload={"at": AT}, at=AT)


@pytest.mark.django_db
def test_what_is_published_while_consuming_names_its_cause():
    first = EventFactory()
    with caused_by(first.pk):
        effect = EventFactory(name="incidents.incident-declared")
    assert (first.cause_id, effect.cause_id) == (None, first.pk)


@pytest.mark.django_db
def test_a_transaction_nudges_the_worker_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        EventFactory()
        with transaction.atomic():
            EventFactory()
    assert len(callbacks) == 1


@pytest.fixture
def sent(monkeypatch):
    """The names of the tasks that a worker is woken for."""
    names = []
    monkeypatch.setattr(nudging, "_quiet_until", 0.0)
    monkeypatch.setattr(nudging.app, "send_task", lambda name, **_options: names.append(name))
    cache.clear()
    yield names
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_while_a_nudge_waits_no_second_one_is_sent(sent):
    EventFactory()
    EventFactory()
    assert sent == ["outbox.relay"]
    nudging.forget_nudge(task=SimpleNamespace(request={nudging.NUDGED: "outbox.relay"}))
    EventFactory()
    assert sent == ["outbox.relay", "outbox.relay"]
    nudging.forget_nudge(task=SimpleNamespace(request={}))  # started by the beat
    EventFactory()
    assert sent == ["outbox.relay", "outbox.relay"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trouble", [LimitExceeded, OperationalError])
def test_a_nudge_that_was_not_sent_keeps_nobody_from_sending_one(sent, monkeypatch, trouble):
    def refuse(_name, **_options):
        raise trouble

    with monkeypatch.context() as away:
        away.setattr(nudging.app, "send_task", refuse)
        EventFactory()
    monkeypatch.setattr(nudging, "_quiet_until", 0.0)
    EventFactory()
    assert sent == ["outbox.relay"]


@pytest.mark.django_db(transaction=True)
def test_many_transactions_may_nudge_once_at_their_end(sent):
    with nudging.nudging_at_the_end():
        EventFactory()
        EventFactory()
        assert sent == []
    assert sent == ["outbox.relay"]


@pytest.mark.django_db
def test_a_broker_that_is_away_stops_nobody(django_capture_on_commit_callbacks, monkeypatch, caplog):
    monkeypatch.setattr(nudging.app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    nudging._broker.cache_clear()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            event = EventFactory()
    finally:
        nudging._broker.cache_clear()
        monkeypatch.setattr(nudging, "_quiet_until", 0.0)
    assert Event.objects.filter(pk=event.pk).exists()
    assert "The broker could not be told" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["name = 'x.y-z'", "payload = '{}'", "tenant_id = 8", "at = now()", "in_feed = false", "key = 'other'"],
)
def test_the_database_refuses_to_change_what_was_said(change):
    event = EventFactory()
    with pytest.raises((InternalError, ProgrammingError), match="frozen"), transaction.atomic():
        connection.cursor().execute(f"update outbox_event set {change} where id = {event.pk}")
    assert Event.objects.get(pk=event.pk).payload == event.payload


@pytest.mark.django_db
def test_an_event_outside_the_feed_gets_no_number():
    event = EventFactory(name="sla.clock-warned")
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(feed_number=1)


def hear_one(*, event, at): ...


def hear_two(*, event, at): ...
