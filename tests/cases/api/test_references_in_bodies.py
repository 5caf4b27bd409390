"""What a body or a filter names must be there for the caller: 422 on its field, and the same answer for a row that is
nowhere as for one of somebody else's.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from sla.models import Calendar
from tests.cases.api.conftest import RESOLUTION, opened, opening
from tests.factories.api import Api, desk_state
from tests.factories.incidents import IncidentFactory, RunbookFactory
from tests.factories.tenants import RequesterFactory, ResourceFactory, UserFactory

NOWHERE = 999_999_999
SECONDS = {"wall_seconds": 3600}


@pytest.fixture
def narrow(world):
    """One of us who may do everything, at Acme only."""
    return Api(UserFactory(role="po", username="paula", tenant=world.acme))


@pytest.fixture
def theirs(world):
    """The neighbour's rows, by what a body calls them."""
    tenant = world.neighbour.slug
    case = opened(world.l1, tenant=tenant, requester={"email": "n@n.example"})
    return {
        "tenant": tenant,
        "requester": RequesterFactory(tenant=world.neighbour, email="nils@n.example").pk,
        "address": "nils@n.example",
        "resource": ResourceFactory(tenant=world.neighbour, key="their-queue").pk,
        "shared": ResourceFactory(tenant=None, key="bus-of-others").pk,
        "key": "their-queue",
        "person": UserFactory(role="l1", username="nora", tenant=world.neighbour).pk,
        "username": "nora",
        "incident": IncidentFactory(tenants=[world.neighbour]).reference,
        "case": case["reference"],
    }


NOBODYS = {
    "tenant": "nothing",
    **dict.fromkeys(("requester", "resource", "shared", "person"), NOWHERE),
    "address": "nobody@nowhere.example",
    "key": "nothing",
    "username": "nobody-here",
    "incident": f"INC-{NOWHERE}",
    "case": f"CASE-{NOWHERE}",
}


def a_moment_ago():
    return (timezone.now() - timedelta(minutes=1)).isoformat()


def reading(**fields):
    return {"kind": "sli", "name": "p95", "value": 1.0, "status": "green", "taken_at": a_moment_ago()} | fields


def promises(tenant):
    kinds = {"first_response": SECONDS, "next_reply": SECONDS, "resolution": SECONDS}
    return {
        "name": "Theirs",
        "tenant": tenant,
        "calendar": Calendar.objects.get(name="Berlin office hours").pk,
        "valid_from": "2020-01-01T00:00:00Z",
        "targets": dict.fromkeys(("P0", "P1", "P2", "P3"), kinds),
    }


def bodies(case, runbook, names):
    """(address, body, field) for each place in which a body names a row."""
    path, run, tenant = f"/cases/{case['reference']}", f"/runbooks/{runbook.pk}/run/", names["tenant"]
    outage = {"title": "Down", "severity": "sev2", "detected_by": "client"}
    twice = {"as": "duplicate", "of": names["case"], "reason": "Twice"}
    resolution = RESOLUTION | {"send_as": True}
    return [
        ("/cases/", opening(tenant=tenant), "tenant"),
        ("/requesters/", {"tenant": tenant, "name": "Bo", "email": "bo@acme.example"}, "tenant"),
        ("/resources/", {"tenant": tenant, "key": "queue", "name": "Queue", "kind": "queue"}, "tenant"),
        ("/telemetry/", {"tenant": tenant, "snapshots": [reading()]}, "tenant"),
        ("/sla/policies/", promises(tenant), "tenant"),
        ("/incidents/", outage | {"tenants": ["acme", tenant]}, "tenants"),
        (run, {"tenant": tenant}, "tenant"),
        ("/cases/", opening(requester=names["requester"]), "requester"),
        (f"{path}/interactions/", {"body": "x", "on_behalf_of": names["requester"]}, "on_behalf_of"),
        (f"{path}/interactions/", {"body": "x", "on_behalf_of": {"email": names["address"]}}, "on_behalf_of"),
        ("/cases/", opening(resources=[names["resource"]]), "resources"),
        ("/cases/", opening(resources=[names["shared"]]), "resources"),
        ("/incidents/", outage | {"tenants": ["acme"], "resources": [names["key"]]}, "resources"),
        ("/telemetry/", {"tenant": "acme", "snapshots": [reading(resource=names["key"])]}, "snapshots.0.resource"),
        (f"{path}/accept/", {"owner": names["person"]}, "owner"),
        (f"{path}/accept/", {"owner": names["username"]}, "owner"),
        (f"{path}/incidents/", {"incident": names["incident"]}, "incident"),
        (run, {"tenant": "acme", "incident": names["incident"]}, "incident"),
        (f"{path}/close/", twice, "of"),
        (f"{path}/resolve/", resolution | {"attachments": [NOWHERE]}, "attachments"),
        (f"{path}/resolve/", resolution | {"evidence": [{"attachment": NOWHERE}]}, "evidence"),
    ]


def test_what_is_nowhere_and_what_is_somebody_elses_are_told_alike(world, narrow, theirs):
    case, runbook = opened(narrow), RunbookFactory()
    before = desk_state()
    pairs = zip(bodies(case, runbook, theirs), bodies(case, runbook, NOBODYS), strict=True)
    for (path, of_others, field), (_path, of_nobody, _field) in pairs:
        hidden, missing = narrow.post(path, of_others), narrow.post(path, of_nobody)
        for answer in (hidden, missing):
            errors = [(error["field"], error["code"]) for error in answer.json().get("errors", [])]
            assert (path, answer.status_code, errors) == (path, 422, [(field, "does-not-exist")]), answer.content
        told = hidden.json()["detail"]
        for name in ("tenant", "key"):  # a list says which of its names it was
            told = told.replace(repr(theirs[name]), repr(NOBODYS[name]))
        assert (path, told) == (path, missing.json()["detail"])
    assert desk_state() == before


def test_an_owner_is_told_alike_when_a_case_is_edited(narrow, theirs):
    path = f"/cases/{opened(narrow)['reference']}/"
    owners = (theirs["person"], theirs["username"], NOWHERE, "nobody-here")
    told = [narrow.patch(path, {"owner": owner}).json() for owner in owners]
    assert (told[0]["status"], told[0]["errors"][0]["code"]) == (422, "does-not-exist")
    assert told == [told[0]] * 4


def test_a_customer_knows_no_other_requester(world):
    case = opened(world.client, requester=world.ada.pk)
    other = RequesterFactory(tenant=world.acme, email="bob@acme.example")
    path = f"/cases/{case['reference']}/interactions/"
    before = world.state()
    for refused in (other.pk, NOWHERE):
        answer = world.client.post("/cases/", opening(requester=refused))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "does-not-exist")
    for speaker in (other.pk, NOWHERE, {"email": other.email}, {"email": "nobody@nowhere.example"}):
        answer = world.client.post(path, {"body": "x", "on_behalf_of": speaker})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "does-not-exist")
    assert desk_state() == before
    assert world.client.post(path, {"body": "x", "on_behalf_of": {"email": world.ada.email}}).status_code == 201


@pytest.mark.parametrize("path", ["/telemetry/?tenant={}", "/metrics/?from=2026-01-01&to=2026-01-31&tenant={}"])
def test_a_filter_that_must_name_a_tenant_tells_alike(world, narrow, path):
    hidden, missing = (narrow.get(path.format(slug)).json() for slug in (world.neighbour.slug, "nothing"))
    assert (hidden["status"], hidden["errors"][0]["code"]) == (422, "does-not-exist")
    assert hidden == missing


def test_what_one_may_not_do_in_a_tenant_one_knows_is_403(world):
    auditor = Api(UserFactory(role="auditor", tenant=world.acme))
    before = world.state()
    for path, body in (
        ("/cases/", opening()),
        ("/requesters/", {"tenant": "acme", "name": "Bo", "email": "bo@acme.example"}),
        ("/telemetry/", {"tenant": "acme", "snapshots": [reading()]}),
        ("/sla/policies/", promises("acme")),
    ):
        answer = auditor.post(path, body)
        assert (path, answer.status_code, answer.json()["code"]) == (path, 403, "forbidden")
    assert world.client.get("/telemetry/?tenant=acme").status_code == 403
    assert desk_state() == before
