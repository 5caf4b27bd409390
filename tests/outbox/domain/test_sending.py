from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from outbox.domain import channels, sending
from outbox.domain.delivering import Outgoing, send
from outbox.domain.relay import deliver
from outbox.domain.retrying import DELIVERING
from outbox.models import Delivery, DeliveryAttempt
from tests.factories.outbox import AT, DeliveryFactory
from tests.outbox.smtp_server import smtp_server

LATER = AT + timedelta(hours=2)


@pytest.fixture
def smtp(settings):
    with smtp_server() as server:
        settings.MAIL_TRANSPORT = "smtp"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def odd_channel():
    """`odd`: keeps what it is given and fails as it is told."""
    sent = []

    def send(message):
        if "fail" in message.to:
            raise RuntimeError("the wire is cut")
        sent.append(message)
        return "odd"

    @channels.channel("odd")
    @contextmanager
    def odd():
        yield send

    yield sent
    del channels._channels["odd"]


def row(delivery):
    return Delivery.objects.filter(pk=delivery.pk).values_list("status", "attempts", "sent_via", "settled_at").get()


def attempts():
    return list(DeliveryAttempt.objects.order_by("pk").values_list("number", "outcome", "error"))


@pytest.mark.django_db
def test_without_a_transport_a_message_is_on_the_sent_page_and_says_so():
    delivery = DeliveryFactory()
    done = deliver(at=AT)
    assert row(delivery) == ("sent", 1, "Sent page only", AT)
    assert (done.sent, done.failed, attempts()) == (1, 0, [(1, "sent", "")])


@pytest.mark.django_db
def test_a_mail_arrives_as_it_was_frozen(smtp):
    delivery = DeliveryFactory(
        to="anna@client.example",
        subject="Störung: “down”",
        reply_to="case@desk.example",
        headers={"References": "<a@b>"},
    )
    deliver(at=AT)

    [mail] = smtp.taken
    assert row(delivery) == ("sent", 1, "smtp", AT)
    assert {name: mail[name] for name in ("Subject", "To", "From", "Reply-To", "Message-ID", "References")} == {
        "Subject": "Störung: “down”",
        "To": "anna@client.example",
        "From": "CompanyOS Support <support@desk.example>",
        "Reply-To": "case@desk.example",
        "Message-ID": delivery.message_id,
        "References": "<a@b>",
    }
    assert mail["X-Desk-Delivery"] == str(delivery.key)
    assert mail["Auto-Submitted"] is None
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == delivery.text
    assert mail.get_body(("html",)).get_content().strip() == delivery.html


@pytest.mark.django_db
def test_automation_says_that_it_is_one(smtp):
    DeliveryFactory(automated=True)
    deliver(at=AT)
    assert smtp.taken[0]["Auto-Submitted"] == "auto-generated"


@pytest.mark.django_db
def test_a_refused_recipient_is_final_and_says_why(smtp):
    delivery = DeliveryFactory(to="gone@client.example")
    other = DeliveryFactory()
    done = deliver(at=AT)
    assert row(delivery) == ("dead", 1, "", AT)
    assert Delivery.objects.get(pk=delivery.pk).error == "550 5.1.1 no such mailbox"
    assert row(other)[0] == "sent"
    assert (done.sent, done.failed, done.died) == (1, 1, 1)


@pytest.mark.django_db
def test_refused_content_is_final(smtp):
    delivery = DeliveryFactory(text="spam", html="")
    deliver(at=AT)
    assert row(delivery)[0] == "dead"


@pytest.mark.django_db
def test_a_full_mailbox_is_tried_later_under_the_same_message_id(smtp):
    delivery = DeliveryFactory(to="full@client.example")
    deliver(at=AT)
    waiting = Delivery.objects.get(pk=delivery.pk)
    assert (waiting.status, waiting.error) == ("failed", "452 4.2.2 mailbox full, come back")
    assert AT + timedelta(seconds=5) <= waiting.next_attempt_at <= AT + timedelta(seconds=10)

    deliver(at=LATER)
    assert row(delivery)[:2] == ("failed", 2)
    assert Delivery.objects.get(pk=delivery.pk).message_id == delivery.message_id


@pytest.mark.django_db
def test_no_mail_server_is_no_reason_to_give_up_soon(settings):
    settings.MAIL_TRANSPORT, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp", "127.0.0.1", 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    delivery = DeliveryFactory()
    at = AT
    for attempt in range(1, DELIVERING.attempts):
        deliver(at=at)
        assert row(delivery)[:2] == ("failed", attempt)
        at += DELIVERING.longest
    deliver(at=at)
    assert row(delivery)[:2] == ("dead", DELIVERING.attempts)


@pytest.mark.django_db
def test_a_worker_that_died_while_sending_repeats_under_the_same_ids(smtp, settings):
    delivery = DeliveryFactory()
    with_lease = sending._lease(at=AT, done=sending.DeliveryRound())
    assert deliver(at=AT + timedelta(seconds=1)).sent == 0

    deliver(at=AT + settings.OUTBOX_LEASE)

    assert with_lease.pk == delivery.pk
    assert smtp.taken[0]["Message-ID"] == delivery.message_id
    assert row(delivery)[:2] == ("sent", 2)
    assert attempts() == [(1, "started", ""), (2, "sent", "")]


@pytest.mark.django_db
def test_a_late_worker_does_not_overwrite_what_another_did(settings):
    delivery = DeliveryFactory()
    done = sending.DeliveryRound()
    late = sending._lease(at=AT, done=done)
    deliver(at=AT + settings.OUTBOX_LEASE)
    sending._settle(late, channels.RefusedForGood("late"), at=LATER, done=done)
    assert row(delivery)[:2] == ("sent", 2)


@pytest.mark.django_db
def test_a_channel_that_breaks_or_is_not_there_wedges_nobody(odd_channel):
    rows = send(
        messages=[
            Outgoing(
                channel=channel,
                to=to,
                subject="",
                text="x",
                tenant_id=7,
                about_kind="",
                about_id=None,
                automated=False,
                at=AT,
            )
            for channel, to in [("odd", "fail"), ("odd", "fine"), ("lost", "x")]
        ]
    )
    deliver(at=AT)
    assert [row(one)[0] for one in rows] == ["failed", "sent", "dead"]
    assert [message.to for message in odd_channel] == ["fine"]
    assert Delivery.objects.get(pk=rows[2].pk).error == "There is no channel lost"


@pytest.mark.django_db
def test_an_address_gets_only_so_many_automatic_mails_an_hour(settings):
    settings.AUTOMATIC_MAILS_PER_HOUR = 2
    for n in range(4):
        DeliveryFactory(to=("Anna@client.example", "anna@client.example")[n % 2], automated=True)
    person = DeliveryFactory(to="anna@client.example")
    other = DeliveryFactory(to="bob@client.example", automated=True)

    done = deliver(at=AT)

    assert [status for (status,) in Delivery.objects.order_by("pk").values_list("status")] == [
        "sent",
        "sent",
        "skipped",
        "skipped",
        "sent",
        "sent",
    ]
    assert (done.sent, done.skipped) == (4, 2)
    assert (row(person)[0], row(other)[0]) == ("sent", "sent")
    assert "More than 2 automatic" in Delivery.objects.filter(status="skipped").first().error

    again = DeliveryFactory(to="anna@client.example", automated=True, at=LATER)
    deliver(at=LATER)
    assert row(again)[0] == "sent"


@pytest.mark.django_db
def test_an_idle_round_is_one_statement(django_assert_num_queries):
    DeliveryFactory()
    deliver(at=AT)
    with django_assert_num_queries(1):
        deliver(at=LATER)


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "statements"), [(1, 18), (3, 40)])
def test_what_a_round_costs(count, statements, django_assert_num_queries):
    for _ in range(count):
        DeliveryFactory()
    with django_assert_num_queries(statements):
        deliver(at=AT)


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_send_each_message_once_and_keep_the_limit(smtp, settings):
    settings.AUTOMATIC_MAILS_PER_HOUR = 5
    for _ in range(12):
        DeliveryFactory(to="anna@client.example", automated=True)
    people = [DeliveryFactory() for _ in range(12)]

    def run(_):
        try:
            return deliver(at=AT, budget=20)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(run, range(2)))

    assert sum(one.sent for one in done) == 17
    assert sum(one.skipped for one in done) == 7
    ids = [mail["Message-ID"] for mail in smtp.taken]
    assert len(ids) == len(set(ids)) == 17
    assert {delivery.message_id for delivery in people} <= set(ids)
    assert set(Delivery.objects.filter(status="sent").values_list("attempts")) == {(1,)}
