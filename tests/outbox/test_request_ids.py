"""One request, from its answer through the events that it published to the mails that came of them."""

import logging

import pytest
import structlog
from django.utils import timezone

from config.db import request_id, unit_of_work
from config.logging import configure
from outbox.domain.consuming import consumes, other_consumers
from outbox.domain.delivering import send_mail
from outbox.domain.publish import publish
from outbox.domain.relay import deliver, relay
from outbox.models import Delivery, Event
from tests.factories.api import Api
from tests.factories.outbox import AT
from tests.factories.tenants import RequesterFactory, UserFactory

pytestmark = pytest.mark.django_db
ASKED = "req-from-outside-1"


def test_what_follows_from_a_request_keeps_its_id():
    """Also in a round that nobody's request woke."""
    told = []
    with other_consumers():

        @consumes("desk.thing-asked")
        def hear(*, event, at):
            told.append((request_id.get(), structlog.contextvars.get_contextvars().get("request_id")))
            publish(name="desk.thing-answered", tenant_id=None, payload={}, at=at)
            send_mail(
                to="a@client.example",
                subject="x",
                text="x",
                tenant_id=None,
                about_kind="",
                about_id=None,
                automated=True,
                at=at,
            )

        token = request_id.set(ASKED)
        with unit_of_work("user:1"):
            publish(name="desk.thing-asked", tenant_id=None, payload={}, at=AT)
        request_id.reset(token)
        relay(at=AT)
    assert told == [(ASKED, ASKED)]
    assert set(Event.objects.values_list("name", "request_id")) == {
        ("desk.thing-asked", ASKED),
        ("desk.thing-answered", ASKED),
    }
    assert Delivery.objects.get().request_id == ASKED
    assert request_id.get() == ""


def test_a_reply_over_the_api_is_sent_under_its_requests_id(caplog, settings):
    settings.MAIL_TRANSPORT = "none"
    requester = RequesterFactory()
    api = Api(UserFactory(role="l1"))
    opened = api.post(
        "/cases/",
        {"tenant": requester.tenant.slug, "requester": requester.pk, "subject": "Late", "description": "x"},
        headers={"X-Request-ID": ASKED},
    )
    assert opened.status_code == 201
    deliveries = Delivery.objects.filter(to=requester.email)
    assert set(deliveries.values_list("request_id", flat=True)) == {ASKED}
    seen = []

    class Seen(logging.Handler):
        def emit(self, record):
            seen.append((record.getMessage(), structlog.contextvars.get_contextvars().get("request_id")))

    logger = logging.getLogger("outbox.domain.sending")
    handler = Seen()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, logger="outbox.domain.sending"):
            deliver(at=timezone.now())
    finally:
        logger.removeHandler(handler)
    assert ("Sent", ASKED) in seen


def test_lines_of_the_standard_library_say_what_is_meant(capsys):
    """`extra` reaches the line, also in production's JSON."""
    formatter = configure(level="INFO", as_json=True)["formatters"]["lines"]
    made = formatter.pop("()")(**formatter)
    record = logging.makeLogRecord({"msg": "Sent", "delivery": 7, "levelname": "INFO", "name": "outbox"})
    assert '"delivery": 7' in made.format(record)
