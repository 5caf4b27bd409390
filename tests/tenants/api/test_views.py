import pytest
from django.utils import timezone

from tenants.domain.contracts import schemas
from tenants.models import AccessEntry, HealthSnapshot, Requester, Resource, ResourceEdge, ResourceTenant
from tests.factories.api import Api, desk_state
from tests.factories.tenants import ClientFactory, RequesterFactory, ResourceFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return TenantFactory(slug="acme", name="Acme", segment="bank")


@pytest.fixture
def other():
    """The neighbour whose rows must never show."""
    tenant = TenantFactory(slug="other", name="Other", segment="bank")
    RequesterFactory(tenant=tenant, name="Their person")
    ResourceFactory(tenant=tenant, key="their-service")
    return tenant


@pytest.fixture
def l1(acme, other):
    return Api(UserFactory(role="l1", tenant=acme))


def results(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_lists_show_ones_own_tenants_only(l1, acme):
    RequesterFactory(tenant=acme, name="Anna")
    ResourceFactory(tenant=acme, key="ingest")
    assert [row["slug"] for row in results(l1.get("/tenants/"))] == ["acme"]
    assert [row["name"] for row in results(l1.get("/requesters/"))] == ["Anna"]
    assert [row["key"] for row in results(l1.get("/resources/"))] == ["ingest"]


def test_a_row_next_door_is_as_absent_as_one_that_never_was(l1, other):
    person, service = Requester.objects.get(), Resource.objects.get()
    for path, never in [
        ("/tenants/other/", "/tenants/never/"),
        (f"/tenants/{other.pk}/", "/tenants/999999/"),
        (f"/requesters/{person.pk}/", "/requesters/999999/"),
        (f"/resources/{service.key}/", "/resources/never/"),
        (f"/resources/{service.key}/blast-radius/", "/resources/never/blast-radius/"),
    ]:
        hidden, absent = l1.get(path), l1.get(never)
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert {k: v for k, v in hidden.json().items() if k != "instance"} == absent.json()
    for path in (f"/requesters/{person.pk}/", f"/resources/{service.key}/"):
        assert l1.patch(path, {"name": "Mine"}).status_code in (403, 404)
    person.refresh_from_db()
    assert person.name == "Their person"


def test_a_client_reads_none_of_this(acme):
    api = Api(ClientFactory(requester=RequesterFactory(tenant=acme)))
    ResourceFactory(tenant=acme)
    assert [results(api.get(path)) for path in ("/tenants/", "/requesters/", "/resources/")] == [[], [], []]
    assert api.get("/tenants/acme/").status_code == 404


@pytest.mark.parametrize(
    ("path", "hits"),
    [
        ("/tenants/?q=acm", ["acme"]),
        ("/tenants/?segment=bank,shop&ordering=-name", ["shop", "other", "acme"]),
        ("/tenants/?support_tier=premium", []),
        ("/tenants/?region=eu-central&q=Shop", ["shop"]),
    ],
)
def test_filters_search_and_order(acme, other, path, hits):
    TenantFactory(slug="shop", name="Shop", segment="shop")
    assert [row["slug"] for row in results(Api(UserFactory(role="po")).get(path))] == hits


@pytest.mark.parametrize("path", ["/tenants/?segmnet=x", "/tenants/?ordering=arr", "/requesters/?email=%00"])
def test_wrong_questions_are_refused(l1, path):
    assert l1.get(path).status_code == 422


def test_only_an_admin_changes_a_tenant(l1, acme):
    before = desk_state()
    assert l1.patch("/tenants/acme/", {"plan": "scale"}).status_code == 403
    admin = Api(UserFactory(role="admin"), scopes=["cases:read"])
    assert admin.patch("/tenants/acme/", {"plan": "scale"}).json()["code"] == "out-of-scope"
    acme.refresh_from_db()
    assert (acme.plan, acme.version) == ("growth", 1)
    assert desk_state().keys() == before.keys()


def test_an_admin_changes_a_tenant_with_version(acme):
    api = Api(UserFactory(role="admin"))
    etag = api.get("/tenants/acme/")["ETag"]
    answer = api.patch("/tenants/acme/", {"plan": "scale", "reminder_days": [1, 3]}, headers={"If-Match": etag})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert (answer.json()["plan"], answer.json()["reminder_days"]) == ("scale", [1, 3])
    assert api.patch("/tenants/acme/", {"plan": "x"}, headers={"If-Match": etag}).status_code == 412
    for wrong in [
        {"slug": "new"},
        {"reminder_days": [5, 2]},
        {"auto_close_reminder_days": 9},
        {"time_zone": "Mars/Base"},
        {"arr": "NaN"},
        {"arr": 1e300},
        {"support_tier": "gold"},
        {"name": ""},
        {"name": None},
        {"segment": "Two Words"},
    ]:
        refused = api.patch("/tenants/acme/", wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"].split(".")[0]) == (422, next(iter(wrong)))
    acme.refresh_from_db()
    assert (acme.plan, acme.version) == ("scale", 2)


def test_requesters_are_made_and_edited(l1, acme):
    made = l1.post("/requesters/", {"tenant": "acme", "name": "Anna", "email": "anna@client.example"})
    assert made.status_code == 201
    body = made.json()
    assert (body["tenant"], body["name"], body["time_zone"]) == ("acme", "Anna", "Europe/Berlin")
    taken = l1.post("/requesters/", {"tenant": "acme", "name": "Ann", "email": "ANNA@client.example"})
    assert (taken.status_code, taken.json()["errors"][0]["code"]) == (422, "email-taken")
    theirs = l1.post("/requesters/", {"tenant": "other", "name": "A", "email": "a@client.example"})
    assert (theirs.status_code, theirs.json()["errors"][0]["field"]) == (422, "tenant")
    edited = l1.patch(f"/requesters/{body['id']}/", {"name": "Anne"}, headers={"If-Match": made["ETag"]})
    assert (edited.status_code, edited.json()["name"], edited["ETag"]) == (200, "Anne", '"2"')
    assert Requester.objects.filter(tenant=acme).count() == 1


def test_resources_and_what_they_reach(acme, other):
    api = Api(UserFactory(role="l2", tenant=acme))
    made = api.post("/resources/", {"tenant": "acme", "key": "ingest", "name": "Ingest", "kind": "service"})
    assert (made.status_code, made.json()["health"]) == (201, "unknown")
    again = api.post("/resources/", {"tenant": "acme", "key": "ingest", "name": "I", "kind": "service"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "key-taken")
    shared = api.post("/resources/", {"tenant": None, "key": "bus", "name": "Bus", "kind": "queue"})
    assert shared.status_code == 403
    ingest, theirs = Resource.objects.get(key="ingest"), Resource.objects.get(key="their-service")
    ResourceEdge.objects.create(upstream=ingest, downstream=theirs)
    assert api.get("/resources/ingest/blast-radius/").json() == {
        "resources": [
            {
                "id": str(ingest.pk),
                "key": "ingest",
                "name": "Ingest",
                "kind": "service",
                "health": "unknown",
                "distance": 0,
            }
        ],
        "edges": [],
        "tenants": ["acme"],
        "more_resources": 1,
        "more_tenants": 1,
    }


def snapshot(**fields):
    at = timezone.now().isoformat()
    return {"kind": "sli", "name": "latency", "value": 9.5, "status": "green", "taken_at": at} | fields


def test_telemetry_is_taken_and_shown(l1, acme):
    ResourceFactory(tenant=acme, key="ingest")
    body = {"tenant": "acme", "snapshots": [snapshot(resource="ingest", status="red"), snapshot(name="errors")]}
    answer = l1.post("/telemetry/", body)
    assert (answer.status_code, answer.json()) == (201, {"stored": 2, "known_already": 0})
    assert l1.post("/telemetry/", body).json() == {"stored": 0, "known_already": 2}
    assert l1.get("/resources/ingest/").json()["health"] == "down"
    shown = l1.get("/telemetry/?tenant=acme").json()
    assert [(one["name"], one["resource"], one["value"], one["stale"]) for one in shown] == [
        ("errors", None, 9.5, False),
        ("latency", "ingest", 9.5, False),
    ]
    assert l1.get("/telemetry/?tenant=other").status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"tenant": "other"},
        {"snapshots": []},
        {"snapshots": [snapshot(value="9")]},
        {"snapshots": [snapshot(value=True)]},
        {"snapshots": [snapshot(), snapshot(name="")]},
        {"snapshots": [snapshot(), snapshot(resource="their-service")]},
        {"snapshots": [snapshot(taken_at="yesterday")]},
        {"snapshots": [snapshot(taken_at="2199-01-01T00:00:00Z")]},
        {"snapshots": [snapshot(mood="x")]},
        {"snapshots": "x"},
    ],
)
def test_a_wrong_batch_is_422_and_stores_nothing(l1, wrong):
    answer = l1.post("/telemetry/", {"tenant": "acme", "snapshots": [snapshot()]} | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert not HealthSnapshot.objects.exists()


def test_a_telemetry_token_does_nothing_else(acme):
    api = Api(UserFactory(role="l2", tenant=acme), scopes=["telemetry:write"])
    assert api.post("/telemetry/", {"tenant": "acme", "snapshots": [snapshot()]}).status_code == 201
    for path in ("/tenants/", "/requesters/", "/resources/", "/telemetry/?tenant=acme"):
        assert api.get(path).json()["code"] == "out-of-scope"


def test_who_sends_may_read_the_contracts(acme):
    api = Api(UserFactory(role="l2", tenant=acme), scopes=["telemetry:write"])
    answer = api.get("/telemetry/schemas/")
    assert (answer.status_code, answer.json()) == (200, schemas())


def test_a_broken_contract_is_told_by_its_field_and_the_old_value_stays(l1, acme):
    told = {"kind": "error_budget", "value": 40, "data": {"burn_rate": 2}}
    assert l1.post("/telemetry/", {"tenant": "acme", "snapshots": [snapshot(**told)]}).status_code == 201
    later = timezone.now().isoformat()
    worse = snapshot(**told) | {"data": {"burn_rate": "fast"}, "taken_at": later}
    refused = l1.post("/telemetry/", {"tenant": "acme", "snapshots": [worse]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "snapshots.0.data.burn_rate")
    assert [one["data"] for one in l1.get("/telemetry/?tenant=acme").json()] == [{"burn_rate": 2}]


def test_every_view_of_tenants_data_leaves_one_row(acme, other):
    user = UserFactory(role="l1", tenant=acme)
    api = Api(user)
    RequesterFactory.create_batch(3, tenant=acme)
    api.get("/requesters/")
    entry = AccessEntry.objects.get()
    assert (entry.user_id, entry.actor, entry.method, entry.path) == (
        user.pk,
        f"user:{user.pk}",
        "GET",
        "/api/v1/requesters/",
    )
    assert (entry.tenant_ids, entry.grant_ids, entry.rows) == ([acme.pk], [user.grants.get().pk], 3)
    assert (entry.ip, bool(entry.request_id)) == ("127.0.0.1", True)
    api.get("/requesters/999999/")
    api.get("/requesters/?q=nobody")
    assert AccessEntry.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "factory", "queries"), [("/requesters/", RequesterFactory, 3), ("/resources/", ResourceFactory, 3)]
)
def test_lists_cost_the_same_for_one_and_three(count, path, factory, queries, django_assert_num_queries):
    factory.create_batch(count)
    api = Api(UserFactory(role="l1"))
    api.get(path)
    with django_assert_num_queries(queries):  # token, rows, access entry
        assert len(results(api.get(path))) == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_tenants_costs_the_same_for_one_and_three(count, django_assert_num_queries):
    TenantFactory.create_batch(count)
    api = Api(UserFactory(role="l1"))
    api.get("/tenants/")
    with django_assert_num_queries(6):  # token, rows, their three lists, access entry
        assert len(results(api.get("/tenants/"))) == count


def test_shared_resources_show_to_their_users(l1, acme, other):
    shared = ResourceFactory(tenant=None, key="bus")
    assert l1.get("/resources/bus/").status_code == 404
    ResourceTenant.objects.create(resource=shared, tenant=acme)
    assert l1.get("/resources/bus/").json()["tenant"] is None
