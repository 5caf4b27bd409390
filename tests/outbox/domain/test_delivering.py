import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from config.errors import Invalid
from outbox.domain.delivering import Outgoing, send, send_mail
from outbox.models import Delivery
from tests.factories.outbox import AT, DeliveryFactory

MAIL = {
    "to": "anna@client.example",
    "subject": "Your case",
    "text": "Hello",
    "tenant_id": 7,
    "about_kind": "case",
    "about_id": 1001,
    "automated": False,
    "at": AT,
}


@pytest.mark.django_db
def test_a_message_is_frozen_with_its_ids_before_it_is_sent():
    delivery = send_mail(**MAIL, message_id_hint="CASE-1001 reply", headers={"References": "<a@b>"})
    delivery.refresh_from_db()
    assert delivery.message_id.startswith("<CASE-1001-reply.")
    assert delivery.message_id.endswith("@desk.example>")
    assert (delivery.status, delivery.attempts, delivery.next_attempt_at) == ("queued", 0, AT)
    assert (delivery.to, delivery.subject, delivery.text, delivery.html, delivery.headers) == (
        "anna@client.example",
        "Your case",
        "Hello",
        "",
        {"References": "<a@b>"},
    )


@pytest.mark.django_db
@pytest.mark.parametrize("column", ['"to"', "subject", "text", "html", "message_id"])
def test_the_database_refuses_to_change_its_content(column):
    delivery = DeliveryFactory()
    with pytest.raises((InternalError, ProgrammingError), match="frozen"), transaction.atomic():
        connection.cursor().execute(f"update outbox_delivery set {column} = 'x' where id = {delivery.pk}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"to": "anna@client.example, bob@evil.example"},
        {"to": "anna@client.example\nBcc: bob@evil.example"},
        {"to": "Anna <anna@client.example>"},
        {"to": ""},
        {"to": "anna@client.example\x00"},
        {"reply_to": "x@y.example\r\nBcc: z@z.example"},
        {"headers": {"Bcc": "bob@evil.example"}},
        {"headers": {"message-id": "<x@y>"}},
        {"headers": {"Auto-Submitted": "no"}},
        {"headers": {"X-A": "b\r\nBcc: c@d.example"}},
        {"headers": {"X-A\r\nBcc": "c@d.example"}},
    ],
)
def test_nobody_smuggles_in_a_recipient_or_a_header(change):
    with pytest.raises(Invalid):
        send_mail(**MAIL | change)
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_subject_becomes_one_line_and_text_that_can_be_stored():
    subject = "Down\r\nBcc: bob@evil.example\u2028\x00\ud800" + "x" * 600
    delivery = send_mail(**MAIL | {"subject": subject, "text": "a\x00b\ud800"})
    delivery.refresh_from_db()
    assert delivery.subject == ("Down Bcc: bob@evil.example ?" + "x" * 600)[:500]
    assert delivery.text == "ab?"


@pytest.mark.django_db
def test_many_messages_are_one_statement_and_all_or_none(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(send(messages=[Outgoing(**MAIL) for _ in range(3)])) == 3
    with pytest.raises(Invalid):
        send(messages=[Outgoing(**MAIL), Outgoing(**MAIL | {"to": "nobody"})])
    assert Delivery.objects.count() == 3


@pytest.mark.django_db
def test_whom_nobody_can_reach_is_not_written_to():
    mail = send_mail(
        to="caller-7@Import.INVALID",
        subject="Hello",
        text="Hello",
        tenant_id=None,
        about_kind="test",
        about_id=1,
        automated=False,
        at=AT,
    )
    mail.refresh_from_db()
    assert (mail.status, mail.settled_at, mail.error) == ("skipped", AT, "Nobody can be reached at this address")
