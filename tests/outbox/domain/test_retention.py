from datetime import timedelta

import pytest
import time_machine

from outbox.domain import retention
from outbox.domain.consuming import consumes, other_consumers
from outbox.domain.relay import deliver, relay, sequence
from outbox.domain.retention import forget_old
from outbox.models import Consumption, Delivery, Event
from tests.factories.outbox import AT, DeliveryFactory, EventFactory


@pytest.fixture(autouse=True)
def nobody_else_hears():
    with other_consumers(), time_machine.travel(AT, tick=False):
        yield


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)


def cases():
    return list(Event.objects.order_by("pk").values_list("payload__case_id", flat=True))


@pytest.mark.django_db
def test_what_everybody_heard_goes_and_what_is_owed_stays(settings):
    @consumes("cases.case-opened")
    def hear(*, event, at):
        if event.payload["case_id"] < 0:
            raise ValueError("no")

    for case_id in (1, 2, -3, 4, 5):
        EventFactory(payload={"case_id": case_id})
    sequence()
    relay(at=AT)
    EventFactory(payload={"case_id": 6}, name="cases.case-moved")  # heard by nobody, not yet numbered

    assert forget_old(at=AT + settings.EVENTS_KEPT)["events"] == 0
    assert forget_old(at=AT + settings.EVENTS_KEPT + timedelta(seconds=1)) == {"events": 3, "deliveries": 0}
    assert cases() == [-3, 5, 6]  # owed, newest number, unnumbered
    assert Consumption.objects.count() == 2


@pytest.mark.django_db
def test_the_numbers_of_the_feed_go_on_after_everything_old_is_gone(settings):
    for _ in range(3):
        EventFactory()
    sequence()
    forget_old(at=AT + settings.EVENTS_KEPT * 2)
    EventFactory()
    sequence()
    assert list(Event.objects.order_by("pk").values_list("feed_number", flat=True)) == [3, 4]


@pytest.mark.django_db
def test_an_effect_outlives_its_cause(settings):
    cause = EventFactory(name="sla.clock-breached")
    effect = EventFactory(name="cases.case-escalated", cause=cause.pk)
    forget_old(at=AT + settings.EVENTS_KEPT * 2)
    effect.refresh_from_db()
    assert (effect.cause_id, Event.objects.count()) == (None, 1)


@pytest.mark.django_db
def test_settled_deliveries_go_and_dead_ones_wait_for_a_person(settings):
    sent, dead, queued = DeliveryFactory(), DeliveryFactory(), DeliveryFactory(at=AT)
    Delivery.objects.filter(pk=dead.pk).update(status="dead", settled_at=AT)
    Delivery.objects.filter(pk=queued.pk).update(next_attempt_at=AT + timedelta(days=9000))
    deliver(at=AT)
    assert forget_old(at=AT + settings.DELIVERIES_KEPT * 2)["deliveries"] == 1
    assert set(Delivery.objects.values_list("pk", flat=True)) == {dead.pk, queued.pk}
    assert sent.pk not in {dead.pk, queued.pk}
