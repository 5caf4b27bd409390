from datetime import UTC, datetime

import pytest
import time_machine

from config.models import Heartbeat
from outbox import tasks
from outbox.domain.consuming import consumes, other_consumers
from outbox.models import Delivery, Event
from tests.factories.outbox import AT, DeliveryFactory, EventFactory


@pytest.mark.django_db
def test_the_tasks_work_now_and_may_run_again():
    heard = []
    with other_consumers(), time_machine.travel(AT, tick=False):

        @consumes("cases.case-opened")
        def hear(*, event, at):
            heard.append((event.id, at))
            EventFactory(name="incidents.incident-declared")

        event = EventFactory()
        delivery = DeliveryFactory()
        for _ in range(2):
            tasks.relay_events(argument_of_a_later_version=1)
            tasks.deliver_messages()

    assert heard == [(event.pk, AT)]
    assert list(Event.objects.order_by("pk").values_list("feed_number", "cause_id")) == [(1, None), (2, event.pk)]
    assert Delivery.objects.get(pk=delivery.pk).status == "sent"
    beat = Heartbeat.objects.get(name="outbox")
    assert (beat.at, beat.counters["consumed"]) == (AT, 0)


@pytest.mark.django_db
def test_an_idle_tick_is_a_few_statements(django_assert_num_queries):
    tasks.relay_events()
    with django_assert_num_queries(5):  # anything to number? lease, hold back, lag, heartbeat
        tasks.relay_events()
    with django_assert_num_queries(1):
        tasks.deliver_messages()


@pytest.mark.django_db
def test_forgetting_leaves_what_is_young(settings):
    EventFactory()
    with time_machine.travel(datetime.now(UTC) + settings.EVENTS_KEPT / 2, tick=False):
        tasks.forget_old()
    assert Event.objects.count() == 1
