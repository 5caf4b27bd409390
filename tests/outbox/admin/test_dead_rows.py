import pytest

from outbox.models import Consumption, Delivery, Intervention
from tests.factories.outbox import AT, DeadConsumptionFactory, DeliveryFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import UserFactory

LISTS = ["/admin/outbox/event/", "/admin/outbox/consumption/", "/admin/outbox/delivery/"]


@pytest.fixture
def operator(client, db):
    client.force_login(UserFactory(role="admin", username="ada"))
    return client


def dead_delivery():
    row = DeliveryFactory()
    Delivery.objects.filter(pk=row.pk).update(status="dead", settled_at=AT, error="550 no such mailbox")
    return row


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("role", ["l1", "lead", "auditor"])
def test_the_outbox_is_for_who_runs_the_desk(client, db, address, role):
    client.force_login(UserFactory(role=role))
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("address", LISTS)
def test_the_lists_show_their_rows(operator, address):
    DeadConsumptionFactory()
    dead_delivery()
    page = operator.get(address)
    assert page.status_code == 200
    assert page.context["cl"].result_count >= 1


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("count", [1, 3])
def test_what_the_lists_cost(operator, address, count, django_assert_num_queries):
    for _ in range(count):
        DeadConsumptionFactory()
        dead_delivery()
    operator.get(address)
    with django_assert_num_queries(QUERIES):
        operator.get(address, headers=ANEW)


QUERIES = 5


def test_a_row_shows_its_story_but_not_what_the_message_says(operator):
    row = dead_delivery()
    page = operator.get(f"/admin/outbox/delivery/{row.pk}/change/")
    assert page.status_code == 200
    assert "550 no such mailbox" in page.content.decode()
    assert "We look into it" not in page.content.decode()


@pytest.mark.parametrize("rows", ["event", "consumption", "delivery"])
def test_nothing_is_edited_added_or_deleted_here(operator, rows):
    DeadConsumptionFactory()
    row = dead_delivery()
    assert operator.get(f"/admin/outbox/{rows}/add/").status_code == 403
    assert operator.post(f"/admin/outbox/delivery/{row.pk}/change/", {"status": "sent"}).status_code == 403
    assert operator.post(f"/admin/outbox/delivery/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Delivery.objects.get(pk=row.pk).status == "dead"


def test_a_dead_row_is_retried(operator):
    row = DeadConsumptionFactory()
    address = f"/admin/outbox/consumption/{row.pk}/retry"
    assert operator.get(address).status_code == 200
    assert operator.post(address).status_code == 302
    assert Consumption.objects.get(pk=row.pk).status == "pending"
    assert Intervention.objects.get().by.startswith("user:")


@pytest.mark.parametrize(("rows", "make"), [("consumption", DeadConsumptionFactory), ("delivery", dead_delivery)])
def test_a_skip_needs_its_reason(operator, rows, make):
    row = make()
    address = f"/admin/outbox/{rows}/{row.pk}/skip"
    assert operator.post(address, {"reason": " "}).status_code == 422
    assert type(row).objects.get(pk=row.pk).status == "dead"
    assert operator.post(address, {"reason": "No such case"}).status_code == 302
    assert type(row).objects.get(pk=row.pk).status == "skipped"
    assert Intervention.objects.get().reason == "No such case"


def test_a_dead_message_is_sent_again(operator):
    row = dead_delivery()
    assert operator.post(f"/admin/outbox/delivery/{row.pk}/retry").status_code == 302
    assert Delivery.objects.get(pk=row.pk).status == "queued"


@pytest.mark.parametrize("act", ["retry", "skip"])
def test_who_does_not_run_the_desk_settles_nothing(client, db, act):
    client.force_login(UserFactory(role="lead"))
    row = dead_delivery()
    assert client.post(f"/admin/outbox/delivery/{row.pk}/{act}", {"reason": "x"}).status_code == 403
    assert (Delivery.objects.get(pk=row.pk).status, Intervention.objects.count()) == ("dead", 0)


def test_what_is_not_dead_any_more_is_refused_with_words(operator):
    row = DeliveryFactory()
    answer = operator.post(f"/admin/outbox/delivery/{row.pk}/skip", {"reason": "x"})
    assert answer.status_code == 409
    assert "nothing is left to do" in answer.content.decode()
