"""The status page and its documents, as clients and their programs read them."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from incidents.domain import communicate, lifecycle
from incidents.pages import status
from tenants.domain.actors import SYSTEM
from tests.factories.incidents import ComponentFactory, IncidentFactory
from tests.factories.tenants import (
    PASSWORD,
    ClientFactory,
    RequesterFactory,
    ResourceFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
WORDS = {"seeing": "Uploads stall.", "doing": "We raise the quota.", "next_word_text": "Whether it drains."}


def get(path, **headers):
    return Client().get(path, headers=headers)


def outage(**fields):
    resource = ResourceFactory(tenant=None)
    component = ComponentFactory(name="Uploads", group="Ingestion", resource=resource)
    incident = IncidentFactory(resources=[resource], public=True, **({"severity": "sev1"} | fields))
    communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=timezone.now())
    return incident, component


def test_all_is_well():
    ComponentFactory(name="Logins")
    summary = get("/api/v2/summary.json").json()
    assert summary["status"] == {"indicator": "none", "description": "All Systems Operational"}
    assert [c["status"] for c in summary["components"]] == ["operational"]
    assert summary["incidents"] == summary["scheduled_maintenances"] == []
    page = get("/status/").content.decode()
    assert "All Systems Operational" in page
    assert "Logins" in page


def test_an_outage_in_the_shape_that_clients_read():
    incident, component = outage()
    response = get("/api/v2/summary.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    summary = response.json()
    assert summary["status"] == {"indicator": "critical", "description": "Major System Outage"}
    group, row = summary["components"]
    assert (group["group"], group["components"], group["status"]) == (True, [row["id"]], "major_outage")
    assert (row["name"], row["group_id"], row["status"]) == (component.name, group["id"], "major_outage")
    (shown,) = summary["incidents"]
    assert (shown["name"], shown["status"], shown["impact"]) == (incident.title, "investigating", "critical")
    assert shown["incident_updates"][0]["body"] == (
        "We are seeing: Uploads stall. We are doing: We raise the quota. We will tell you: Whether it drains."
    )
    assert {len(shown["id"]), len(row["id"]), len(group["id"]), len(shown["incident_updates"][0]["id"])} == {12}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["created_at"])


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("summary", {"page", "status", "components", "incidents", "scheduled_maintenances"}),
        ("status", {"page", "status"}),
        ("components", {"page", "components"}),
        ("incidents", {"page", "incidents"}),
        ("incidents/unresolved", {"page", "incidents"}),
        ("scheduled-maintenances", {"page", "scheduled_maintenances"}),
        ("scheduled-maintenances/upcoming", {"page", "scheduled_maintenances"}),
        ("scheduled-maintenances/active", {"page", "scheduled_maintenances"}),
    ],
)
def test_each_document_has_its_keys(name, keys):
    assert set(get(f"/api/v2/{name}.json").json()) == keys


def test_an_unknown_document_is_not_there():
    assert get("/api/v2/nonsense.json").status_code == 404


def test_a_resolved_incident_leaves_the_summary_but_not_the_history():
    incident, _ = outage()
    lifecycle.resolve(
        incident_id=incident.pk, root_cause="Quota", closing_word="It is over.", by=SYSTEM, at=timezone.now()
    )
    assert get("/api/v2/summary.json").json()["incidents"] == []
    (shown,) = get("/api/v2/incidents.json").json()["incidents"]
    assert (shown["status"], shown["incident_updates"][0]["body"]) == ("resolved", "It is over.")
    assert "It is over." in get("/history.atom").content.decode()


def test_what_is_not_public_is_told_to_nobody_else():
    tenant, other = TenantFactory(slug="acme"), TenantFactory(slug="globex")
    incident = IncidentFactory(title="Acme export fails", tenants=[tenant], severity="sev2")
    communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=timezone.now())
    for path in ("/status/", "/api/v2/summary.json", "/api/v2/incidents.json", "/history.atom"):
        assert "Acme export fails" not in get(path).content.decode()
    assert get(f"/status/incidents/{incident.pk}/").status_code == 404
    assert get("/status/acme/").status_code == get("/status/nobody/").status_code == 404
    browser = Client()
    browser.force_login(ClientFactory(requester=RequesterFactory(tenant=tenant)))
    own = browser.get("/status/acme/")
    assert "Acme export fails" in own.content.decode()
    assert own["Cache-Control"] == "no-store"
    assert browser.get("/status/globex/").status_code == 404
    assert (
        "Acme export fails"
        not in get(f"/status/globex/?{status.tenant_link(other).partition('?')[2]}").content.decode()
    )
    assert "Acme export fails" in get(f"/status/acme/?{status.tenant_link(tenant).partition('?')[2]}").content.decode()
    assert get(f"/status/acme/?{status.tenant_link(other).partition('?')[2]}").status_code == 404


def test_unchanged_is_not_sent_again():
    component = ComponentFactory()
    first = get("/api/v2/components.json")
    assert component.name in first.content.decode()
    assert "max-age=30" in first["Cache-Control"]


def test_it_is_served_on_when_the_database_is_away(monkeypatch):
    page = status.PublicPage(fresh_for=timedelta(0))
    built = page.read()

    def away(**_):
        raise OperationalError("gone")

    monkeypatch.setattr(status, "build", away)
    assert page.read() is built


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(count, django_assert_num_queries):
    for n in range(count):
        resource = ResourceFactory(tenant=None)
        ComponentFactory(resource=resource)
        incident = IncidentFactory(resources=[resource], public=True, title=f"Outage {n}")
        communicate.publish_update(incident_id=incident.pk, **WORDS, by=SYSTEM, at=timezone.now())
    with django_assert_num_queries(5):
        get("/status/")


def test_staff_see_the_page_of_their_tenants():
    tenant = TenantFactory(slug="acme")
    browser = Client()
    browser.login(username=UserFactory(role="l1", tenant=tenant).username, password=PASSWORD)
    assert browser.get("/status/acme/").status_code == 200
