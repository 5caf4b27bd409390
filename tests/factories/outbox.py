"""Outbox rows for tests: events as rooms publish them, deliveries as they ask for them."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from factory import LazyAttribute, LazyFunction, Sequence
from factory.django import DjangoModelFactory

from outbox.domain.delivering import send_mail
from outbox.domain.publish import publish
from outbox.models import Consumption, Delivery, Event, Intervention

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class EventFactory(DjangoModelFactory):
    """Published for real: its consumers' rows are there too."""

    class Meta:
        model = Event

    name = "cases.case-opened"
    tenant_id = 7
    payload = LazyFunction(lambda: {"case_id": 1001, "priority": "P2"})
    at = AT
    key = ""

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        with transaction.atomic():
            return publish(**kwargs)


class DeliveryFactory(DjangoModelFactory):
    class Meta:
        model = Delivery

    to = Sequence(lambda number: f"anna{number}@client.example")
    subject = "Your case CASE-1001"
    text = "We look into it.\nFollow it at https://desk.example/c/abc"
    html = '<p>We look into it. <a href="https://desk.example/c/abc">Follow it</a></p>'
    tenant_id = 7
    about_kind = "case"
    about_id = 1001
    automated = False
    at = AT

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return send_mail(**kwargs)


class DeadConsumptionFactory(DjangoModelFactory):
    """A consumer that failed ten times."""

    class Meta:
        model = Consumption

    event = LazyFunction(lambda: EventFactory(name="desk.thing-happened"))
    consumer = "nobody.receivers.hear"
    key = ""
    status = "dead"
    attempts = 10
    next_attempt_at = AT
    error = "ValueError: no"
    settled_at = LazyAttribute(lambda row: row.next_attempt_at + timedelta(minutes=17))


class InterventionFactory(DjangoModelFactory):
    class Meta:
        model = Intervention

    kind = "retry"
    by = "user:1"
    at = AT
