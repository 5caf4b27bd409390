from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox.models import Event
from sla.domain.sweep import sweep
from sla.models import Alert, Calendar, Clock, Policy
from tests.factories.api import Api, desk_state
from tests.factories.sla import MONDAY, CalendarFactory, Conversing, PolicyFactory, minutes, promised
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = {"wall_seconds": 3600}
ENDLESS = {"business_days": 4000}
TABLE = {
    priority: {"first_response": HOUR, "resolution": {"business_days": 2}} for priority in ("P0", "P1", "P2", "P3")
}


@pytest.fixture
def po():
    return Api(UserFactory(role="po"))


@pytest.fixture
def l1():
    return Api(UserFactory(role="l1", username="lena", first_name="Lena", last_name="Ott"))


def policy_body(**changes):
    berlin = Calendar.objects.get(name="Berlin office hours")
    body = {"name": "Theirs", "calendar": str(berlin.pk), "valid_from": "2026-11-16T00:00:00Z", "targets": TABLE}
    return body | changes


def test_a_policy_is_made_read_and_changed(po):
    TenantFactory(slug="acme")
    made = po.post("/sla/policies/", policy_body(tenant="acme", warn_steps=[0.9, 0.5]))
    assert made.status_code == 201
    body = made.json()
    full = {priority: {**kinds, "next_reply": HOUR} for priority, kinds in TABLE.items()}
    assert body == {
        "id": body["id"],
        "name": "Theirs",
        "subject": "tenant",
        "tenant": "acme",
        "tier": "",
        "segment": "",
        "calendar": body["calendar"],
        "valid_from": "2026-11-16T00:00:00Z",
        "valid_to": None,
        "warn_steps": [0.5, 0.9],
        "escalation_meets": ["P2", "P3"],
        "meaning": {},
        "targets": full,
    }
    assert po.get(f"/sla/policies/{body['id']}/").json() == body
    change = {"targets": {"P0": {"resolution": {"wall_seconds": 7200}}}, "escalation_meets": []}
    changed = po.patch(f"/sla/policies/{body['id']}/", change, headers={"If-Match": made.headers["ETag"]})
    full["P0"] = {**full["P0"], "resolution": {"wall_seconds": 7200}}
    assert changed.json() == body | {"targets": full, "escalation_meets": []}
    assert (
        po.patch(f"/sla/policies/{body['id']}/", change, headers={"If-Match": made.headers["ETag"]}).status_code == 412
    )


def test_a_change_reaches_open_clocks_when_asked(po):
    policy = PolicyFactory()
    talk = Conversing(policy=policy, at=MONDAY)
    change = {"targets": {"P2": {"first_response": {"wall_seconds": 7200}}}}
    po.patch(f"/sla/policies/{policy.pk}/", change)
    assert Clock.objects.get(pk=talk.clock_ids[0]).target_amount == 3600
    po.patch(f"/sla/policies/{policy.pk}/", change | {"recompute_open": True})
    assert Clock.objects.get(pk=talk.clock_ids[0]).target_amount == 7200


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"targets": {"P0": {}}}, 422, "required"),
        ({"targets": {"P9": {"resolution": HOUR}}}, 422, "Targets are"),
        ({"targets": {**TABLE, "P0": {"first_response": {"hours": 1}, "resolution": HOUR}}}, 422, "P0 first_response"),
        ({"targets": {**TABLE, "P0": {"first_response": {"seconds": 10**15}, "resolution": HOUR}}}, 422, "P0 first"),
        ({"targets": []}, 422, "Targets are"),
        ({"tier": "premium", "segment": "mid-market"}, 422, "choose one"),
        ({"tier": "premium"}, 422, "in force in this time"),
        ({"tier": "gold", "valid_to": "2020-01-01T00:00:00Z"}, 422, "ends after it begins"),
        ({"tier": "gold", "calendar": 999999}, 422, "calendar"),
        ({"tier": "gold", "warn_steps": [1.2]}, 422, "warn_steps"),
        ({"tenant": "nobody"}, 422, "no such tenant"),
        (
            {"tier": "gold", "targets": TABLE | {"P3": TABLE["P3"] | {"resolution": ENDLESS}}},
            422,
            "10 years",
        ),
        ({"tier": "gold", "surprise": 1}, 422, "no such field"),
    ],
)
def test_a_bad_policy_is_refused_and_leaves_nothing(po, change, status, said):
    before = desk_state()
    answer = po.post("/sla/policies/", policy_body(**change))
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert said in answer.content.decode()
    assert desk_state() == before


def test_calendars_are_versioned_and_one_that_never_opens_is_refused(po):
    spec = {"timezone": "Europe/Lisbon", "weekly_hours": {"mon": [["08:00", "12:00"]]}}
    made = po.post("/sla/calendars/", {"name": "Lisbon", "spec": spec})
    assert made.json() == {"id": made.json()["id"], "name": "Lisbon", "version": 1, "spec": spec}
    later = po.patch(f"/sla/calendars/{made.json()['id']}/", {"spec": spec | {"holidays": ["2026-12-24"]}})
    assert later.json()["version"] == 2
    before = desk_state()
    for bad in (
        {},
        {"timezone": "Europe/Lisbon", "weekly_hours": {}},
        {"timezone": "Mars/Olympus", "weekly_hours": {}},
    ):
        refused = po.post("/sla/calendars/", {"name": "Bad", "spec": bad})
        assert refused.status_code == 422
    assert desk_state() == before


def test_who_may_not_edit_reads(l1):
    before = desk_state()
    assert {row["name"] for row in l1.get("/sla/policies/").json()["results"]} == {"Standard", "Premium", "Enterprise"}
    assert [row["name"] for row in l1.get("/sla/calendars/").json()["results"]] == ["Berlin office hours"]
    assert l1.post("/sla/policies/", policy_body(tier="gold")).status_code == 403
    assert l1.post("/sla/calendars/", {"name": "x", "spec": {}}).status_code == 403
    assert desk_state() == before


def test_another_tenants_policy_is_not_there():
    theirs = PolicyFactory()
    outsider = Api(UserFactory(role="po", tenant=TenantFactory()))
    assert outsider.get(f"/sla/policies/{theirs.pk}/").status_code == 404
    assert outsider.patch(f"/sla/policies/{theirs.pk}/", {"name": "Mine"}).status_code == 404
    assert theirs.pk not in [int(row["id"]) for row in outsider.get("/sla/policies/").json()["results"]]
    assert Policy.objects.get(pk=theirs.pk).name == theirs.name


def test_an_alert_is_acknowledged_once_and_resolved_with_its_cause(l1):
    clock = promised(tenant=TenantFactory(slug="acme"))
    sweep(at=MONDAY + minutes(61))
    [breach] = l1.get("/alerts/", {"kind": "breach", "status": "open", "tenant": "acme"}).json()["results"]
    assert (breach["title"], breach["clock"]["id"], breach["clock"]["breached_at"]) == (
        "INC-204 · client word",
        str(clock.pk),
        "2026-11-16T10:00:00Z",
    )
    path = f"/alerts/{breach['id']}/"
    assert l1.post(path + "acknowledge/").json()["acknowledged_by"] == "Lena Ott"
    other = Api(UserFactory(role="l2"))
    assert other.post(path + "acknowledge/").json()["acknowledged_by"] == "Lena Ott"
    assert l1.post(path + "resolve/", {"reason": "Told them"}).status_code == 422
    assert l1.post(path + "resolve/", {"reason": "Told them", "cause_code": "nonsense"}).status_code == 422
    resolved = l1.post(path + "resolve/", {"reason": "Told them", "cause_code": "capacity"}).json()
    assert (resolved["status"], resolved["clock"]["cause_code"]) == ("resolved", "capacity")
    assert l1.post(path + "resolve/", {"reason": "Again"}).status_code == 409
    assert l1.post(path + "acknowledge/").status_code == 409


def test_a_warning_asks_whether_the_risk_is_real(l1):
    promised(), promised()
    sweep(at=MONDAY + minutes(46))
    yes, no = Alert.objects.order_by("pk").values_list("pk", flat=True)
    assert l1.post(f"/alerts/{no}/answer/", {"real": False}).status_code == 422
    assert (
        l1.post(f"/alerts/{no}/answer/", {"real": False, "reason": "Done in a minute"}).json()["status"] == "resolved"
    )
    told = l1.post(f"/alerts/{yes}/answer/", {"real": True}).json()
    assert (told["status"], told["real_risk"]) == ("acknowledged", True)


def test_alerts_of_others_are_not_there_and_who_reads_changes_nothing():
    promised()
    sweep(at=MONDAY + minutes(61))
    pk = Alert.objects.get(kind="breach").pk
    outsider = Api(UserFactory(role="l1", tenant=TenantFactory()))
    auditor = Api(UserFactory(role="auditor"))
    before = desk_state()
    assert outsider.get(f"/alerts/{pk}/").status_code == 404
    assert outsider.post(f"/alerts/{pk}/acknowledge/").status_code == 404
    assert outsider.get("/alerts/").json()["results"] == []
    assert auditor.get(f"/alerts/{pk}/").status_code == 200
    assert auditor.post(f"/alerts/{pk}/acknowledge/").status_code == 403
    assert desk_state() == before


@pytest.mark.parametrize("path", ["/alerts/", "/sla/policies/", "/sla/calendars/"])
def test_statements_of_a_list_do_not_grow(path, po):
    def rows():
        promised(at=MONDAY - timedelta(days=1))
        PolicyFactory()
        CalendarFactory()
        sweep(at=MONDAY)

    counted = []
    rows()
    po.get(path)
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert po.get(path).status_code == 200
        counted.append(len(queries))
        rows()
        rows()
    assert counted[0] == counted[1] <= 9
    assert Event.objects.exists()
