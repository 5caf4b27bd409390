import pytest

from cases.models import Case, Category
from tenants.models import AccessEntry
from tests.cases.api.conftest import RESOLUTION, moved, opened, opening
from tests.factories.api import Api, desk_state
from tests.factories.tenants import RequesterFactory, ResourceFactory, UserFactory

FIELDS = {
    *(
        "reference",
        "tenant",
        "requester",
        "subject",
        "description",
        "status",
        "priority",
        "priority_reason",
        "severity",
    ),
    *("tier", "level", "owner", "category", "tags", "opened_at", "first_response_at", "resolved_at", "closed_at"),
    *("telemetry", "resources", "clocks", "incidents", "similar", "url"),
}
SEEN_BY_THEM = {"error_ids": ["E-1"], "trace_links": ["https://traces.example/4bf92f"]}
LIST_QUERIES = 6
ONE_QUERIES = 7
CLOCK = {
    *("kind", "window", "state", "started_at", "warn_at", "due_at", "stopped_at", "breached_at"),
    *("used_seconds", "paused_seconds", "left_seconds"),
}


def test_a_case_comes_in(world):
    answer = world.l1.post("/cases/", opening(severity="sev2", impact="degraded", tags=["api"], **SEEN_BY_THEM))
    assert answer.status_code == 201
    case = answer.json()
    assert case.keys() >= FIELDS
    assert {name: case[name] for name in SEEN_BY_THEM} == SEEN_BY_THEM
    row = Case.objects.get()
    assert {name: case[name] for name in ("reference", "tenant", "subject", "status", "severity", "tags", "owner")} == {
        "reference": row.reference,
        "tenant": "acme",
        "subject": "The API answers slowly",
        "status": "new",
        "severity": "sev2",
        "tags": ["api"],
        "owner": None,
    }
    assert case["requester"] == {"id": str(world.ada.pk), "name": "Ada", "email": "ada@acme.example"}
    assert case["opened_at"].endswith("Z")
    (clock,) = case["clocks"]
    assert clock.keys() == CLOCK
    assert (clock["kind"], clock["window"], clock["state"], clock["started_at"]) == (
        "first_response",
        1,
        "running",
        case["opened_at"],
    )
    assert case["url"].endswith(f"/admin/desk/cases/{row.pk}/")
    assert answer["ETag"] == f'"{row.version}"'


@pytest.mark.parametrize("extra", [{}, {"category": True, "resources": True, "needed_by": "2027-01-15T10:00:00.5Z"}])
def test_the_answer_to_opening_is_the_case_as_it_stands(world, extra):
    if "category" in extra:
        extra = extra | {
            "category": Category.objects.get(slug="ingestion").slug,
            "resources": [ResourceFactory(tenant=world.acme).pk],
            "error_ids": ["ING-503"],
            "telemetry": {"dropped": 17},
        }
    body = {"tenant": "acme", "requester": {"email": "ada@acme.example"}, "subject": "Late", "description": "x"}
    answer = world.l1.post("/cases/", body | extra)
    assert answer.status_code == 201
    again = world.l1.get(f"/cases/{answer.json()['reference']}/")
    assert (answer.json(), answer["ETag"]) == (again.json() | {"clocks": answer.json()["clocks"]}, again["ETag"])


@pytest.mark.parametrize("ref", ["{reference}", "{lower}", "{pk}"])
def test_a_case_by_any_of_its_names(world, ref):
    case = opened(world.l1)
    names = {"reference": case["reference"], "lower": case["reference"].lower(), "pk": case["id"]}
    assert world.l1.get(f"/cases/{ref.format(**names)}/").json()["reference"] == case["reference"]


def test_all_that_opening_takes(world):
    resource = ResourceFactory(tenant=world.acme)
    case = opened(
        world.l1,
        requester=world.ada.pk,
        channel="panel",
        opened_by="us",
        telemetry={"p95": 2.5},
        trace_links=["https://traces.example/1"],
        resources=[resource.pk],
        external={"system": "zendesk", "id": "77"},
        priority="P1",
        needed_by="2026-12-24T18:00:00+01:00",
    )
    assert (case["priority"], case["clocks"], case["needed_by"]) == ("P1", [], "2026-12-24T17:00:00Z")
    row = Case.objects.get()
    assert (row.channel, row.opened_by, row.telemetry) == ("panel", "us", {"p95": 2.5})
    assert case["telemetry"] == {"p95": 2.5}
    assert case["resources"] == [
        {"id": str(resource.pk), "key": resource.key, "name": resource.name, "kind": resource.kind}
    ]
    assert world.l1.get("/cases/").json()["results"][0]["resources"] == case["resources"]
    before = world.state()
    again = world.l1.post("/cases/", opening(external={"system": "zendesk", "id": "77"}))
    assert (again.status_code, again.json()["code"]) == (409, "external-taken")
    assert desk_state() == before


WRONG_FIELDS = [
    ({"subject": ""}, "subject"),
    ({"subject": "x" * 501}, "subject"),
    ({"subject": 5}, "subject"),
    ({"requester": "ada"}, "requester"),
    ({"requester": {"email": "nobody"}}, "requester.email"),
    ({"requester": {"name": "Ada"}}, "requester.email"),
    ({"requester": 999_999}, "requester"),
    ({"priority": "P9"}, "priority"),
    ({"severity": "bad"}, "severity"),
    ({"tags": "api"}, "tags"),
    ({"tags": [1]}, "tags.0"),
    ({"telemetry": []}, "telemetry"),
    ({"resources": [999_999]}, "resources"),
    ({"category": "nothing"}, "category"),
    ({"external": {"system": "x"}}, "external.id"),
    ({"trace_links": ["javascript:alert(1)"]}, "trace_links"),
    ({"status": "closed"}, "status"),
    ({"needed_by": "tomorrow"}, "needed_by"),
]


def test_a_body_that_is_wrong_is_refused_by_field(world):
    before = world.state()
    for fields, field in WRONG_FIELDS:
        answer = world.l1.post("/cases/", opening(**fields))
        assert (fields, answer.status_code, answer["Content-Type"]) == (fields, 422, "application/problem+json")
        assert field in [error["field"] for error in answer.json()["errors"]], answer.json()
    assert desk_state() == before


@pytest.mark.parametrize("tenant", ["neighbour", "nothing"])
def test_a_tenant_out_of_reach_and_one_that_is_not_there_look_the_same(world, tenant):
    narrow = Api(UserFactory(role="l1", tenant=world.acme))
    before = world.state()
    answer = narrow.post("/cases/", opening(tenant=tenant))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "tenant")
    assert desk_state() == before


def test_a_client_opens_in_their_own_name_only(world):
    body = opening()
    del body["requester"]
    case = world.client.post("/cases/", body)
    assert case.status_code == 201
    assert case.json()["requester"]["email"] == "ada@acme.example"
    before = world.state()
    not_theirs = ({"requester": {"email": "bob@acme.example"}}, {"tenant": "neighbour"}, {"priority": "P0"})
    for refused in (*not_theirs, {"opened_by": "us"}):
        assert world.client.post("/cases/", opening(**refused)).status_code == 422
    assert desk_state() == before


def test_a_client_sees_the_public_part_of_their_own_cases(world):
    ours = {"tags": ["secret"], "error_ids": ["E-9"], "trace_links": ["https://traces.example/9"]}
    inside = {"telemetry": {"p95": 2.5}, "resources": [ResourceFactory(tenant=world.acme).pk]}
    case = opened(world.l1, **ours, **inside)
    opened(world.l1, error_ids=["E-9"])
    moved(world.l1, case, "accept")
    seen = world.client.get(f"/cases/{case['reference']}/").json()
    assert [seen["owner"], seen["level"], seen["priority_reason"]] == [None, None, ""]
    assert seen["telemetry"] == {}
    lists = ("tags", "error_ids", "trace_links", "resources", "similar", "incidents")
    assert {name: seen[name] for name in lists} == {name: [] for name in lists}
    assert [clock["kind"] for clock in seen["clocks"]] == ["first_response", "resolution"]
    assert "/admin/" not in seen["url"]
    for other in (world.stranger, world.colleague):
        assert other.get(f"/cases/{case['reference']}/").status_code == 404
        assert other.get("/cases/").json()["results"] == []


@pytest.mark.parametrize(
    "query", [{"owner": "lena"}, {"tag": "secret"}, {"level": "L2"}, {"queue": "mine"}, {"error_id": "x"}]
)
def test_a_client_cannot_learn_by_filtering(world, query):
    assert world.client.get("/cases/", query).status_code == 422


def test_staff_say_who_asks(world):
    body = opening()
    del body["requester"]
    before = world.state()
    answer = world.l1.post("/cases/", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "requester")
    assert desk_state() == before


def test_similar_ones_are_those_one_may_see(world):
    case = opened(world.l1, error_ids=["E-9"])
    like = opened(world.l1, error_ids=["E-9"], subject="The same again")
    seen = world.l1.get(f"/cases/{case['reference']}/").json()["similar"]
    assert [one["reference"] for one in seen] == [like["reference"]]


def test_the_list_by_filter_words_and_order(world):
    world.l1.post("/cases/", opening(tenant="neighbour", requester={"email": "n@n.example"}))
    first = opened(world.l1, subject="Invoice is wrong", priority="P3")
    second = opened(world.l1, subject="Slow", priority="P0", tags=["api"])
    moved(world.l1, second, "accept")

    def listed(**query):
        answer = world.l1.get("/cases/", {"tenant": "acme", **query})
        assert answer.status_code == 200, answer.content
        return [case["reference"] for case in answer.json()["results"]]

    one, two = first["reference"], second["reference"]
    assert listed() == [two, one]
    assert listed(ordering="opened_at") == [one, two]
    assert listed(q="invoice") == [one]
    assert listed(q=one.lower()) == [one]
    assert listed(status="new") == [one]
    assert listed(status="new,triage") == [two, one]
    assert listed(priority="P0") == [two]
    assert listed(owner="lena") == [two]
    assert listed(owner="me") == [two]
    assert listed(owner="nobody") == [one]
    assert listed(tag="api") == [two]
    assert listed(queue="unassigned") == [one]
    assert listed(requester="ADA@acme.example") == [two, one]
    assert listed(opened_from="2100-01-01T00:00:00Z") == []
    assert listed(breached="false") == [two, one]
    page = world.l1.get("/cases/", {"tenant": "acme", "limit": 1}).json()
    rest = world.l1.client.get(page["next"], headers=world.l1.headers).json()
    assert [case["reference"] for case in page["results"] + rest["results"]] == [two, one]
    assert rest["next"] is None


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_the_list(world, count, django_assert_num_queries):
    for _ in range(count):
        touched = [ResourceFactory(tenant=world.acme).pk]
        moved(world.l1, opened(world.l1, error_ids=["E-1"], resources=touched), "accept")
    world.l1.get("/cases/")  # notes the token's use
    with django_assert_num_queries(LIST_QUERIES):
        assert len(world.l1.get("/cases/").json()["results"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_one(world, count, django_assert_num_queries):
    touched = [ResourceFactory(tenant=world.acme).pk for _ in range(count)]
    cases = [opened(world.l1, error_ids=["E-1"], resources=touched) for _ in range(count)]
    with django_assert_num_queries(ONE_QUERIES):
        world.l1.get(f"/cases/{cases[0]['reference']}/")


def test_editing(world):
    case = opened(world.l1)
    answer = world.lead.patch(
        f"/cases/{case['reference']}/",
        {"subject": "Slow since ten", "tags": ["api"], "priority": "P1", "owner": "lena", "reason": "A big client."},
    )
    assert answer.status_code == 200, answer.content
    changed = answer.json()
    assert (changed["subject"], changed["tags"], changed["priority"], changed["owner"]["username"]) == (
        "Slow since ten",
        ["api"],
        "P1",
        "lena",
    )
    assert answer["ETag"] != f'"{case["version"]}"'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": "closed"}, 422),
        ({"reference": "CASE-1"}, 422),
        ({"subject": "New", "priority": "P9"}, 422),
        ({"subject": "New", "category": "nothing"}, 422),
        ({"subject": "New", "owner": "nobody-here"}, 422),
    ],
)
def test_editing_is_all_or_nothing(world, body, status):
    case = opened(world.l1)
    before = world.state()
    assert world.l1.patch(f"/cases/{case['reference']}/", body).status_code == status
    assert desk_state() == before


def test_editing_what_somebody_else_has_changed(world):
    case = opened(world.l1)
    tag = f'"{case["version"]}"'
    assert world.l1.patch(f"/cases/{case['reference']}/", {"subject": "Mine"}, {"If-Match": tag}).status_code == 200
    before = world.state()
    for stale in (tag, '"999"', "nonsense"):
        answer = world.l2.patch(f"/cases/{case['reference']}/", {"subject": "Yours"}, {"If-Match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert desk_state() == before
    assert world.l2.patch(f"/cases/{case['reference']}/", {"subject": "Yours"}, {"If-Match": "*"}).status_code == 200


def test_who_may_only_read_changes_nothing(world):
    case = opened(world.l1)
    before = world.state()
    for api in (world.auditor, world.client):
        assert api.patch(f"/cases/{case['reference']}/", {"subject": "New"}).status_code == 403
    for api in (world.outsider, world.stranger, world.colleague):
        assert api.patch(f"/cases/{case['reference']}/", {"subject": "New"}).status_code == 404
    assert world.auditor.post("/cases/", opening()).status_code == 403
    assert desk_state() == before


def test_whose_data_was_seen_is_written_down(world):
    case = opened(world.l1)
    world.auditor.get(f"/cases/{case['reference']}/")
    entry = AccessEntry.objects.order_by("-pk").first()
    assert (entry.tenant_ids, entry.rows, entry.path) == ([world.acme.pk], 1, f"/api/v1/cases/{case['reference']}/")


def test_a_requester_of_another_tenant_is_none_of_this_one(world):
    other = RequesterFactory(tenant=world.neighbour)
    before = world.state()
    assert world.l1.post("/cases/", opening(requester=other.pk)).status_code == 422
    assert desk_state() == before


def test_resolution_is_kept(world):
    case = moved(world.l1, opened(world.l1), "accept", "start", "resolve")
    row = Case.objects.get()
    assert (case["status"], row.resolution_summary) == ("resolved", RESOLUTION["summary"])
