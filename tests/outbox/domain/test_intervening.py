import pytest

from config.errors import Absent, Invalid, Refused
from outbox.domain import intervening
from outbox.domain.consuming import consumes, other_consumers
from outbox.domain.relay import deliver, relay
from outbox.domain.retrying import CONSUMING, DELIVERING
from outbox.models import Consumption, Delivery, Intervention
from tests.factories.outbox import AT, DeadConsumptionFactory, DeliveryFactory, EventFactory


@pytest.fixture(autouse=True)
def nobody_else_hears():
    with other_consumers():
        yield


def told():
    return list(Intervention.objects.values_list("kind", "by", "at", "reason"))


@pytest.mark.django_db
def test_a_retried_row_has_all_its_attempts_again_and_frees_what_waited():
    heard = []

    @consumes("cases.case-opened")
    def hear(*, event, at):
        heard.append(event.payload["case_id"])

    first = EventFactory(payload={"case_id": 1}, key="a")
    EventFactory(payload={"case_id": 2}, key="a")
    Consumption.objects.filter(event=first).update(status="dead", attempts=10, settled_at=AT, error="ValueError: no")
    relay(at=AT)
    assert heard == []

    intervening.retry_consumption(consumption_id=first.consumptions.get().pk, by="user:7", at=AT)
    relay(at=AT)

    assert heard == [1, 2]
    assert told() == [("retry", "user:7", AT, "")]
    assert first.consumptions.values_list("status", "attempts", "forgiven", "error").get() == ("done", 11, 10, "")


@pytest.mark.django_db
def test_a_retried_row_dies_again_only_after_all_its_attempts():
    @consumes("cases.case-opened")
    def hear(*, event, at):
        raise ValueError("still")

    row = EventFactory().consumptions.get()
    Consumption.objects.update(status="dead", attempts=10, settled_at=AT)
    intervening.retry_consumption(consumption_id=row.pk, by="user:7", at=AT)
    at = AT
    for _ in range(CONSUMING.attempts - 1):
        relay(at=at)
        at += CONSUMING.longest
        assert Consumption.objects.get(pk=row.pk).status == "pending"
    relay(at=at)
    assert Consumption.objects.values_list("status", "attempts").get(pk=row.pk) == ("dead", 20)


@pytest.mark.django_db
def test_a_skipped_row_says_who_and_why_and_frees_what_waited():
    heard = []

    @consumes("cases.case-opened")
    def hear(*, event, at):
        heard.append(event.payload["case_id"])

    first = EventFactory(payload={"case_id": 1}, key="a")
    EventFactory(payload={"case_id": 2}, key="a")
    Consumption.objects.filter(event=first).update(status="dead", attempts=10, settled_at=AT)
    relay(at=AT)

    intervening.skip_consumption(
        consumption_id=first.consumptions.get().pk, reason=" no such case ", by="user:7", at=AT
    )
    relay(at=AT)

    assert heard == [2]
    assert told() == [("skip", "user:7", AT, "no such case")]
    assert first.consumptions.get().status == "skipped"


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nothing_is_skipped_without_a_reason(reason):
    row = DeadConsumptionFactory()
    dead = dead_delivery()
    with pytest.raises(Invalid):
        intervening.skip_consumption(consumption_id=row.pk, reason=reason, by="user:7", at=AT)
    with pytest.raises(Invalid):
        intervening.skip_delivery(delivery_id=dead.pk, reason=reason, by="user:7", at=AT)
    assert told() == []
    assert (Consumption.objects.get(pk=row.pk).status, Delivery.objects.get(pk=dead.pk).status) == ("dead", "dead")


@pytest.mark.django_db
def test_only_dead_rows_can_be_settled_by_hand():
    consumes("cases.case-opened")(lambda *, event, at: None)
    pending = EventFactory().consumptions.get()
    queued = DeliveryFactory()
    for door in (
        lambda: intervening.retry_consumption(consumption_id=pending.pk, by="user:7", at=AT),
        lambda: intervening.skip_consumption(consumption_id=pending.pk, reason="x", by="user:7", at=AT),
        lambda: intervening.retry_delivery(delivery_id=queued.pk, by="user:7", at=AT),
        lambda: intervening.skip_delivery(delivery_id=queued.pk, reason="x", by="user:7", at=AT),
    ):
        with pytest.raises(Refused):
            door()
    assert told() == []
    assert (Consumption.objects.get(pk=pending.pk).status, Delivery.objects.get(pk=queued.pk).status) == (
        "pending",
        "queued",
    )


@pytest.mark.django_db
def test_what_is_not_there_is_absent():
    with pytest.raises(Absent):
        intervening.retry_consumption(consumption_id=1, by="user:7", at=AT)
    with pytest.raises(Absent):
        intervening.retry_delivery(delivery_id=1, by="user:7", at=AT)


@pytest.mark.django_db
def test_a_dead_delivery_goes_again_under_its_first_id():
    dead = dead_delivery()
    intervening.retry_delivery(delivery_id=dead.pk, by="user:7", at=AT)
    deliver(at=AT)
    again = Delivery.objects.get(pk=dead.pk)
    assert (again.status, again.attempts, again.message_id) == ("sent", DELIVERING.attempts + 1, dead.message_id)
    assert told() == [("retry", "user:7", AT, "")]


@pytest.mark.django_db
def test_a_delivery_that_is_let_go_stays_unsent():
    dead = dead_delivery()
    intervening.skip_delivery(delivery_id=dead.pk, reason="left the company", by="user:7", at=AT)
    deliver(at=AT)
    assert Delivery.objects.get(pk=dead.pk).status == "skipped"
    assert told() == [("skip", "user:7", AT, "left the company")]


def dead_delivery():
    row = DeliveryFactory()
    Delivery.objects.filter(pk=row.pk).update(status="dead", attempts=DELIVERING.attempts, settled_at=AT)
    return row
