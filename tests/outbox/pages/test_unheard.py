import pytest
from django.urls import reverse

from tests.factories.outbox import DeadConsumptionFactory, EventFactory
from tests.factories.tenants import GrantFactory, TenantFactory, UserFactory

LIST = "/admin/desk/unheard/"


@pytest.fixture
def acme(db):
    return TenantFactory(slug="acme")


def given_up(tenant, **fields):
    event = EventFactory(name="desk.thing-happened", tenant_id=tenant and tenant.pk)
    return DeadConsumptionFactory(event=event, **fields)


def test_the_list_shows_what_was_given_up_in_ones_own_tenants(client, acme):
    ours, _theirs, _nobodys = given_up(acme, error="ValueError: <no>"), given_up(TenantFactory()), given_up(None)
    DeadConsumptionFactory(event=EventFactory(tenant_id=acme.pk), status="skipped")
    client.force_login(UserFactory(role="lead", tenant=acme))
    page = client.get(LIST)
    assert [(row.pk, slug, manages) for row, slug, manages in page.context["rows"]] == [(ours.pk, "acme", False)]
    assert "ValueError: &lt;no&gt;" in page.content.decode()
    assert reverse("admin:outbox_consumption_retry", args=[ours.pk]) not in page.content.decode()


def test_who_manages_the_desk_can_try_again_from_it(client, acme):
    ours = given_up(acme)
    admin = UserFactory(role="lead", tenant=acme)
    GrantFactory(user=admin, role="admin", scope="all", tenant=None)
    client.force_login(admin)
    retry = reverse("admin:outbox_consumption_retry", args=[ours.pk])
    assert retry in client.get(LIST).content.decode()
    assert client.get(retry).status_code == 200


def test_older_ones_are_a_page_further(client, acme):
    rows = [given_up(acme) for _ in range(52)]
    client.force_login(UserFactory(role="lead", tenant=acme))
    first = client.get(LIST).context
    assert [row.pk for row, *_rest in first["rows"]] == [row.pk for row in reversed(rows[2:])]
    second = client.get(LIST, {"first": first["following"]}).context
    assert ([row.pk for row, *_rest in second["rows"]], second["following"]) == ([rows[1].pk, rows[0].pk], None)


def test_without_cases_to_see_there_is_no_list(client, acme):
    client.force_login(UserFactory(role="admin", tenant=acme))
    assert client.get(LIST).status_code == 403
