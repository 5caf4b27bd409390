import pytest

from outbox.domain.consuming import other_consumers
from outbox.domain.relay import sequence
from outbox.models import Event
from tests.factories.api import Api
from tests.factories.outbox import AT, EventFactory
from tests.factories.tenants import TenantFactory, UserFactory


@pytest.fixture(autouse=True)
def nobody_hears():
    with other_consumers():
        yield


@pytest.fixture
def acme(db):
    return TenantFactory(slug="acme")


@pytest.fixture
def api(acme):
    return Api(UserFactory(role="l1", tenant=acme))


def happen(tenant, *case_ids, **more):
    for case_id in case_ids:
        EventFactory(tenant_id=tenant.pk, payload={"case_id": case_id}, **more)
    sequence()


def test_changes_come_in_order_page_by_page_with_a_cursor_that_goes_on(api, acme):
    happen(acme, 1, 2, 3)
    first = api.get("/changes/", {"limit": 2}).json()
    second = api.get("/changes/", {"cursor": first["cursor"]}).json()
    third = api.get("/changes/", {"cursor": second["cursor"]}).json()
    assert [[one["data"]["case_id"] for one in page["results"]] for page in (first, second, third)] == [[1, 2], [3], []]
    happen(acme, 4)
    fourth = api.get("/changes/", {"cursor": third["cursor"]}).json()
    assert [one["data"]["case_id"] for one in fourth["results"]] == [4]
    assert first["next"].startswith("http://testserver/api/v1/changes/?")


def test_what_a_change_says(api, acme):
    happen(acme, 1)
    [change] = api.get("/changes/").json()["results"]
    assert change == {
        "id": str(Event.objects.get().pk),
        "type": "cases.case-opened",
        "tenant": "acme",
        "occurred_at": AT.isoformat().replace("+00:00", "Z"),
        "data": {"case_id": 1},
    }


def test_other_tenants_changes_are_not_in_it(api, acme):
    happen(TenantFactory(), 1)
    happen(acme, 2)
    assert [one["data"]["case_id"] for one in api.get("/changes/").json()["results"]] == [2]


def test_a_client_reads_no_feed_of_ours(acme):
    happen(acme, 1)
    api = Api(UserFactory(role="client", tenant=acme))
    assert api.get("/changes/").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "1"}, "cursor"),
        ({"wait": "31"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"wait": "1.5"}, "wait"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "9" * 40}, "limit"),
        ({"page": "2"}, "page"),
    ],
)
def test_what_makes_no_sense_is_refused(api, query, field):
    answer = api.get("/changes/", query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_cursor_older_than_what_is_kept_is_gone(api, acme):
    happen(acme, 1, 2, 3)
    cursor = api.get("/changes/", {"limit": 1}).json()["cursor"]
    Event.objects.filter(feed_number__lte=2).delete()
    answer = api.get("/changes/", {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor-expired")


def test_a_token_without_the_scope_and_nobody_at_all_are_refused(acme):
    assert Api(UserFactory(role="l1", tenant=acme), scopes=["sla:read"]).get("/changes/").status_code == 403
    assert Api().get("/changes/").status_code == 401


@pytest.mark.parametrize("count", [1, 3])
def test_what_it_costs(api, acme, count, django_assert_num_queries):
    happen(acme, *range(count))
    api.get("/changes/")
    with django_assert_num_queries(QUERIES):
        api.get("/changes/")


QUERIES = 4
