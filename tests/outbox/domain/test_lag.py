from datetime import UTC, datetime, timedelta

import pytest

from config.models import Heartbeat
from outbox.domain.delivering import send_mail
from outbox.domain.lag import oldest_seconds
from outbox.domain.relay import deliver, relay_round

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_nothing_due_is_no_lag():
    assert oldest_seconds(at=AT) == 0.0


def test_a_mail_that_waits_is_lag_until_it_is_sent():
    send_mail(
        to="ana@acme.example", subject="Hello", text="Hello", tenant_id=None, about_kind="test", about_id=1,
        automated=False, at=AT,
    )  # fmt: skip
    relay_round(at=AT + timedelta(seconds=90))
    assert Heartbeat.objects.get(name="outbox").counters["oldest_seconds"] == 90.0
    deliver(at=AT + timedelta(seconds=90))
    assert oldest_seconds(at=AT + timedelta(seconds=100)) == 0.0
