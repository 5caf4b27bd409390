"""`/incidents/`, `/runbooks/`, `/rota/today/` over HTTP: shapes, refusals, walls."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.domain import actions
from incidents.models import Action, Incident, IncidentUpdate, RotaShift, RunbookRun
from tenants.domain.actors import SYSTEM
from tests.factories.incidents import IncidentFactory, OnCallFactory, RunbookFactory
from tests.factories.tenants import ResourceFactory, TenantFactory, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db
WORDS = {"seeing": "Uploads stall.", "doing": "We raise the quota.", "next_word": "Whether it drains."}


class Api:
    def __init__(self, role="l2", **place):
        self.token = TokenFactory(user=UserFactory(role=role, **place))
        self.client = Client(headers={"Authorization": f"Bearer {self.token.secret}"})

    def get(self, path):
        return self.client.get(f"/api/v1{path}")

    def post(self, path, body=None, **headers):
        return self.client.post(
            f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )


def declare(api, tenant, **more):
    return api.post(
        "/incidents/",
        {"title": "Logins fail", "severity": "sev1", "detected_by": "alarm", "tenants": [tenant.slug]} | more,
    )


def test_declare_speak_resolve():
    tenant, resource = TenantFactory(slug="acme"), ResourceFactory(tenant=None, key="ingest-eu-1")
    api = Api(role="po")
    made = declare(api, tenant, resources=["ingest-eu-1"])
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["status"], body["priority"], body["tenants"], body["resources"], body["other_tenants"]) == (
        "investigating",
        "P0",
        ["acme"],
        [resource.key],
        0,
    )
    ref = body["reference"]
    word = api.post(f"/incidents/{ref}/updates/", WORDS)
    assert word.status_code == 201, word.content
    assert api.get(f"/incidents/{ref}/updates/").json()["results"] == [word.json()]
    assert api.post(f"/incidents/{ref.lower()}/identify/", {"cause": "Token format"}).json()["status"] == "identified"
    over = api.post(f"/incidents/{ref}/resolve/", {"root_cause": "Token format", "closing_word": "It is over."})
    assert (over.json()["status"], over.json()["next_word_due_at"]) == ("resolved", None)


def test_a_refused_move_says_what_is_allowed():
    api, tenant = Api(), TenantFactory()
    ref = declare(api, tenant).json()["reference"]
    refused = api.post(f"/incidents/{ref}/reopen/", {"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "transition-refused")
    assert refused.json()["allowed"] == ["identify", "monitor", "resolve"]
    assert Incident.objects.get().status == "investigating"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"severity": "sev9"}, "severity"),
        ({"title": "x\x00"}, "title"),
        ({"title": 5}, "title"),
        ({"tenants": ["nobody"]}, "tenants"),
        ({"tenants": "acme"}, "tenants"),
        ({"started_at": "2999-01-01T00:00:00Z"}, "started_at"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_bad_body_is_refused_by_field(body, field):
    refused = declare(Api(), TenantFactory(), **body)
    assert refused.status_code == 422, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert not Incident.objects.exists()


def test_a_move_refuses_what_it_does_not_take_and_asks_for_what_it_needs():
    api = Api()
    ref = declare(api, TenantFactory()).json()["reference"]
    surplus = api.post(f"/incidents/{ref}/monitor/", {"root_cause": "x"})
    assert (surplus.status_code, surplus.json()["errors"][0]["field"]) == (422, "root_cause")
    missing = api.post(f"/incidents/{ref}/resolve/", {})
    assert sorted(e["field"] for e in missing.json()["errors"]) == ["closing_word", "root_cause"]
    assert Incident.objects.get().status == "investigating"


def test_another_tenants_incident_does_not_exist():
    mine, theirs = TenantFactory(), TenantFactory()
    incident = IncidentFactory(tenants=[theirs])
    api = Api(role="l2", tenant=mine)
    for answer in (
        api.get(f"/incidents/{incident.reference}/"),
        api.get(f"/incidents/{incident.reference}/updates/"),
        api.post(f"/incidents/{incident.reference}/updates/", WORDS),
        api.post(f"/incidents/{incident.reference}/monitor/"),
        api.get("/incidents/INC-999999/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert api.get("/incidents/").json()["results"] == []
    assert not IncidentUpdate.objects.exists()


def test_other_tenants_are_counted_and_not_named():
    mine, theirs = TenantFactory(), TenantFactory()
    incident = IncidentFactory(tenants=[mine, theirs])
    shown = Api(role="l2", tenant=mine).get(f"/incidents/{incident.reference}/").json()
    assert (shown["tenants"], shown["other_tenants"]) == ([mine.slug], 1)


def test_a_key_declares_once():
    api, tenant = Api(), TenantFactory()
    body = {"title": "x", "severity": "sev3", "detected_by": "us", "tenants": [tenant.slug]}
    first = api.post("/incidents/", body, **{"Idempotency-Key": "k1"})
    again = api.post("/incidents/", body, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again["Idempotent-Replay"], again.json()) == (201, "true", first.json())
    assert Incident.objects.count() == 1


def test_actions_are_added_and_ticked_off():
    tenant, owner = TenantFactory(), UserFactory(username="olga")
    api = Api()
    ref = declare(api, tenant).json()["reference"]
    body = {"what": "Alert on the queue's age", "owner": "olga", "due_on": "2027-01-15", "chain_level": "test"}
    made = api.post(f"/incidents/{ref}/actions/", body, **{"Idempotency-Key": "k1"})
    again = api.post(f"/incidents/{ref}/actions/", body, **{"Idempotency-Key": "k1"})
    assert (made.status_code, again.json()) == (201, made.json())
    action = made.json()
    assert action == body | {
        "id": action["id"],
        "owner": {"id": str(owner.pk), "username": "olga", "name": str(owner)},
        "done_at": None,
        "done_by": "",
    }
    done = api.post(f"/incidents/{ref}/actions/{action['id']}/done/")
    assert (done.status_code, done.json()["done_by"]) == (200, str(api.token.user))
    assert api.post(f"/incidents/{ref}/actions/{action['id']}/done/").json() == done.json()
    assert api.get(f"/incidents/{ref}/").json()["actions"] == [done.json()]
    assert api.post(f"/incidents/{ref}/actions/{action['id']}/reopen/").json() == action


@pytest.mark.parametrize(
    ("change", "field"),
    [({"owner": "nobody"}, "owner"), ({"due_on": "soon"}, "due_on"), ({"what": " "}, "what"), ({"done": True}, "done")],
)
def test_a_bad_action_is_refused_by_field(change, field):
    api = Api()
    ref = declare(api, TenantFactory()).json()["reference"]
    body = {"what": "Alert", "owner": UserFactory().username, "due_on": "2027-01-15"} | change
    refused = api.post(f"/incidents/{ref}/actions/", body)
    assert (refused.status_code, [e["field"] for e in refused.json()["errors"]]) == (422, [field])
    assert not Action.objects.exists()


def test_actions_have_walls():
    mine, theirs = TenantFactory(), TenantFactory()
    incident = IncidentFactory(tenants=[theirs])
    action = actions.add(
        incident_id=incident.pk, what="Alert", owner_id=UserFactory().pk, due_on=date(2027, 1, 15),
        by=SYSTEM, at=timezone.now(),
    )  # fmt: skip
    path = f"/incidents/{incident.reference}/actions/"
    body = {"what": "x", "owner": UserFactory().username, "due_on": "2027-01-15"}
    answers = [
        *(Api(tenant=mine).post(path, body), Api(tenant=mine).post(f"{path}{action.pk}/done/")),
        *(Api().post(f"{path}{action.pk + 1}/done/"), Api().post(f"{path}{10**17}/reopen/")),
        *(Api("l1").post(path, body), Api("l1").post(f"{path}{action.pk}/done/")),
        Api().post(f"{path}{action.pk}/done/", {"by": "me"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 403, 403, 422]
    assert list(Action.objects.values_list("pk", "done_at")) == [(action.pk, None)]


def test_an_old_version_is_refused():
    api = Api()
    made = declare(api, TenantFactory())
    stale = api.post(f"/incidents/{made.json()['reference']}/monitor/", **{"If-Match": '"99"'})
    assert stale.status_code == 412
    assert Incident.objects.get().status == "investigating"


def test_runbooks_and_rota():
    tenant = TenantFactory(slug="acme")
    runbook = RunbookFactory(error_codes=["ING-503"])
    RunbookFactory(tenant=TenantFactory())
    api = Api(role="l1", tenant=tenant)
    assert [r["id"] for r in api.get("/runbooks/?error_code=ING-503").json()["results"]] == [str(runbook.pk)]
    run = api.post(f"/runbooks/{runbook.pk}/run/", {"tenant": "acme"})
    assert run.status_code == 201, run.content
    assert [step["text"] for step in run.json()["steps"]] == runbook.steps
    assert RunbookRun.objects.get().started_by == api.token.user
    today = timezone.now()
    on_call = OnCallFactory().user
    desk = UserFactory()
    RotaShift.objects.create(day=today.date(), user=desk)
    RotaShift.objects.get_or_create(day=(today + timedelta(hours=1)).date(), defaults={"user": desk})
    rota = api.get("/rota/today/").json()
    assert (rota["desk"]["username"], [u["username"] for u in rota["on_call"]]) == (desk.username, [on_call.username])


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count(count, django_assert_num_queries):
    tenant = TenantFactory()
    for _ in range(count):
        incident = IncidentFactory(tenants=[tenant, TenantFactory()], resources=[ResourceFactory()])
        actions.add(
            incident_id=incident.pk, what="Alert", owner_id=UserFactory().pk, due_on=date(2027, 1, 15),
            by=SYSTEM, at=timezone.now(),
        )  # fmt: skip
    api = Api(role="l2")
    api.get("/incidents/")
    with django_assert_num_queries(8):
        assert len(api.get("/incidents/").json()["results"]) == count
