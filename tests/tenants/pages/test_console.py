"""The tenant console: what it shows to whom, that its numbers are its lists, and that it stands whatever fails."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.domain import telemetry
from tenants.domain.actors import SYSTEM
from tenants.hooks import Section, console_sections
from tenants.models import AccessEntry, Entitlement, Tenant
from tests.factories.furnishing import furnished
from tests.factories.incidents import IncidentFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import ClientFactory, RequesterFactory, ResourceFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def browser(role, **place):
    client = Client()
    client.force_login(UserFactory(role=role, **place))
    return client


def address(tenant, **query):
    return reverse("tenants:console", args=[tenant.slug]) + "".join(f"?{name}={value}" for name, value in query.items())


def send(tenant, *snapshots, at=None):
    at = at or timezone.now()
    base = {"name": "one", "status": "green", "taken_at": at}
    told = [base | {"data": {}} | snapshot for snapshot in snapshots]
    telemetry.record(tenant_id=tenant.pk, snapshots=told, by=SYSTEM, at=timezone.now())


@pytest.fixture
def acme():
    return TenantFactory(slug="acme", name="Acme")


@pytest.fixture
def asked_again():
    """Answers that a test adds go with it."""
    before = list(console_sections.answers)
    yield console_sections
    console_sections.answers[:] = before


def sections(answer):
    """{heading: text of its card}"""
    body = answer.content.decode()
    cards = re.findall(r'<section class="card"[^>]*><h2>(.*?)</h2>(.*?)</section>', body, re.DOTALL)
    return {words(re.sub(r"<(span|a)\b.*", "", head, flags=re.DOTALL)): words(text) for head, text in cards}


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_an_empty_client_says_nothing_in_every_section(acme):
    answer = browser("l1", tenant=acme).get(address(acme))
    assert answer.status_code == 200
    shown = sections(answer)
    assert {head: text for head, text in shown.items() if head != "People"} == {
        "Health": "Nothing: no indicator was ever sent.",
        "Error budgets": "nothing",
        "Usage": "nothing",
        "Alerts of the monitoring": "nothing",
        "Deployments, settings, flags": "nothing",
        "Entitlements": "nothing",
        "Experiments": "nothing",
        "Services": "nothing",
        "Open cases": "nothing",
        "Incidents, now and in 30 days": "nothing",
        "Promises kept, 90 days": "nothing: no promise ended in this time",
        "Broken promises, 90 days": "nothing",
        "Projects": "nothing",
        "Notes": "nothing",
    }
    assert shown["People"] == "Nobody of ours is named. No contact at the client. Requesters 0"
    assert [(glance.number, glance.words) for glance in answer.context["glances"]] == [
        ("?", "no indicator was ever sent"),
        ("0", "changed in 24 h"),
        ("0", "cases open"),
        ("0", "incidents open"),
    ]


def test_everything_that_was_sent_is_there(acme):
    ingest = ResourceFactory(tenant=acme, key="ingest", name="Ingest", version="4.18.2")
    Entitlement.objects.create(tenant=acme, feature="seats", used=61, limit=60)
    Entitlement.objects.create(tenant=acme, feature="sso", used=1)
    Tenant.objects.filter(pk=acme.pk).update(notes="Call Ana first.")
    RequesterFactory.create_batch(2, tenant=acme)
    now = timezone.now()
    send(
        acme,
        {"kind": "sli", "name": "latency", "resource": "ingest", "value": 812.5, "threshold": 500, "status": "red"}
        | {"data": {"unit": "ms", "warning": 350}},
        {"kind": "sli", "name": "latency", "resource": "ingest", "value": 90, "taken_at": now - 2 * HOUR},
        {"kind": "error_rate", "name": "errors", "value": 0.2, "taken_at": now - 30 * HOUR},
        {"kind": "error_budget", "name": "ingest", "value": 41.5, "status": "amber", "data": {"burn_rate": 2.5}},
        {"kind": "alert", "resource": "ingest", "status": "red", "data": {"summary": "Ingest is slow"}},
        {"kind": "deployment", "name": "ingest", "data": {"version": "4.18.2", "by": "train"}, "taken_at": now - HOUR},
        {"kind": "config", "name": "quota", "data": {"before": 180, "after": 200}, "taken_at": now - 50 * HOUR},
        {"kind": "flag", "name": "uploader", "data": {"enabled": True}},
        {"kind": "experiment", "name": "onboarding", "data": {"running": True, "variant": "B", "share": 50}},
        {"kind": "usage", "name": "storage", "value": 30, "threshold": 40, "data": {"unit": "GB"}},
        {"kind": "usage", "name": "storage", "value": 20, "taken_at": now - 10 * 24 * HOUR},
        {"kind": "entitlement", "name": "sso", "value": 1, "data": {"allowed": False}, "status": "red"},
        {"kind": "entitlement", "name": "export", "value": 1, "data": {"allowed": False}, "status": "red"},
    )
    answer = browser("l1", tenant=acme).get(address(acme))
    shown = sections(answer)
    assert "latency Ingest 812.5 ms threshold 500 Red &lt; 1 min ago" in shown["Health"]
    assert "errors 0.2 stale 1 d 6 h ago" in shown["Health"]
    assert "errors, last 24h: 0.2, Green, 1 d 6 h ago; no reading in this time" in answer.content.decode()
    assert shown["Error budgets"] == "ingest 41.5 % burns 2.5×"
    assert shown["Usage"] == "storage 30 GB of 40 +50 % on the week before (30 after 20)"
    assert shown["Alerts of the monitoring"] == "Red Ingest is slow Ingest &lt; 1 min ago"
    assert shown["Deployments, settings, flags"] == (
        "Feature flag uploader on &lt; 1 min ago Deployment ingest 4.18.2 train 1 h 00 ago "
        "Configuration quota: 180 → 200 2 d 2 h ago 1 flag as it stands uploader: on"
    )
    assert shown["Entitlements"] == (
        "Feature Used Asked Limit export – 1 none not entitled seats 61 – 60 over limit sso 1 1 none refused"
    )
    assert shown["Experiments"] == "onboarding B, 50 % running &lt; 1 min ago"
    assert shown["Services"] == f"{ingest.name} 4.18.2 Down"
    assert shown["Notes"] == "Call Ana first."
    first, changed, *_rest = answer.context["glances"]
    assert (first.number, first.words, first.tone, first.beneath) == ("1", "of 1 indicators red", "bad", "1 stale")
    assert (changed.number, changed.beneath) == ("2", "uploader on")
    body = answer.content.decode()
    assert body.count('role="img"') == 2
    assert 'aria-label="latency, last 24h: 812.5, Red, &lt; 1 min ago; threshold 500; between 90 and 812.5' in body
    assert "<script>" not in body
    assert " style=" not in body


def test_a_client_whose_readings_stopped_has_no_signal(acme):
    send(acme, {"kind": "sli", "value": 1, "taken_at": timezone.now() - 25 * HOUR})
    glance = browser("l1", tenant=acme).get(address(acme)).context["glances"][0]
    assert (glance.number, glance.words, glance.tone, glance.beneath) == ("?", "no signal in 24 h", "warn", "1 stale")


@pytest.mark.parametrize(("span", "shown"), [("24h", "24h"), ("7d", "7d"), ("30d", "30d"), ("century", "24h")])
def test_the_span_is_chosen_by_a_link(acme, span, shown):
    send(acme, {"kind": "sli", "value": 1})
    answer = browser("l1", tenant=acme).get(address(acme, span=span))
    assert answer.context["seen"].span.name == shown
    assert re.findall(r'href="\?span=(\w+)#health" aria-current', answer.content.decode()) == [shown]


# --- Who sees what --------------------------------------------------------------------------------------------------
EVERYTHING = {"Health", "Open cases", "Incidents, now and in 30 days", "People", "Notes"}
SEES = {
    **dict.fromkeys(("l1", "lead", "l2", "l3", "po", "auditor"), EVERYTHING),
    "admin": {"Health", "People", "Notes"},
}


@pytest.mark.parametrize("role", SEES)
def test_each_role_sees_its_part(acme, role):
    shown = set(sections(browser(role, tenant=acme).get(address(acme))))
    assert shown & EVERYTHING == SEES[role]


@pytest.mark.parametrize("role", SEES)
def test_another_client_is_not_there(acme, role):
    other = TenantFactory(slug="other")
    client = browser(role, tenant=acme)
    nowhere = reverse("tenants:console", args=["nowhere"])
    assert [client.get(path).status_code for path in (address(other), nowhere)] == [404, 404]


@pytest.mark.parametrize("who", ["stranger", "client"])
def test_who_is_none_of_us_is_asked_to_sign_in(acme, who):
    client = Client()
    if who == "client":
        client.force_login(ClientFactory(requester=RequesterFactory(tenant=acme)))
    answer = client.get(address(acme))
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("admin:login"))


def test_a_look_is_written_down(acme):
    browser("l1", tenant=acme).get(address(acme))
    entry = AccessEntry.objects.get()
    assert (entry.tenant_ids, entry.path, entry.rows) == ([acme.pk], address(acme), 1)


# --- Numbers and lists ----------------------------------------------------------------------------------------------
def test_each_number_equals_the_list_it_opens():
    desk = furnished("acme")
    furnished("neighbour")
    IncidentFactory(title="Open as well", tenants=[desk.tenant])
    client = browser("po")
    answer = client.get(address(desk.tenant))
    by_words = {glance.words: glance for glance in answer.context["glances"]}

    def listed(url, key):
        page = client.get(url).context
        return len(page["rows"]) if key == "rows" else page["cl"].result_count

    cases, incidents = by_words["cases open"], by_words["incidents open"]
    assert (int(cases.number), int(incidents.number)) == (4, 2)
    assert (int(cases.number), int(incidents.number)) == (listed(cases.url, "rows"), listed(incidents.url, "cl"))
    requesters = reverse("admin:tenants_requester_changelist") + f"?tenant={desk.tenant.pk}"
    assert answer.context["seen"].requesters_number == listed(requesters, "cl")
    alerts = re.search(r'href="([^"]*status__exact=open)">(\d+) alert', answer.content.decode())
    assert int(alerts[2]) == listed(alerts[1].replace("&amp;", "&"), "cl") > 0
    kept = next(glance for glance in answer.context["glances"] if glance.words.endswith("kept, 90 days"))
    assert kept.number in words(client.get(kept.url).content.decode())
    assert by_words["over, on a promise"].url.startswith("/admin/desk/cases/")


# --- It stands ------------------------------------------------------------------------------------------------------
def test_a_section_that_fails_says_so_and_the_page_stands(acme, asked_again, caplog):
    @asked_again.answered_by
    def breaks(*, tenant, actor, at):
        raise RuntimeError("the room burns")

    @asked_again.answered_by
    def draws_what_is_not_there(*, tenant, actor, at):
        return Section(rank=9, title="Ghost", template="tenants/desk/no-such.html", context={})

    for answer in (breaks, draws_what_is_not_there):
        answer.__module__ = "cadence.receivers"
    answer = browser("l1", tenant=acme).get(address(acme))
    assert answer.status_code == 200
    assert answer.content.decode().count("This part could not be read just now") == 2
    assert sections(answer)["Open cases"] == "nothing"
    assert sum("A section of the tenant console" in record.message for record in caplog.records) == 2


# --- What it costs --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_of_everything_as_for_three(acme, count, django_assert_num_queries):
    for n in range(count):
        ResourceFactory(tenant=acme, key=f"service-of-acme-{n}")
        place = {"resource": f"service-of-acme-{n}"}
        send(
            acme,
            {"kind": "sli", "name": f"sli {n}", "value": 1} | place,
            {"kind": "usage", "name": f"usage {n}", "value": 1},
            {"kind": "flag", "name": f"flag {n}", "data": {"enabled": True}},
            {"kind": "alert", "name": f"alert {n}", "data": {"summary": "Slow"}} | place,
        )
        RequesterFactory(tenant=acme)
        IncidentFactory(title=f"Incident {n}", tenants=[acme])
    client = browser("lead")
    client.get(address(acme))
    with django_assert_num_queries(28):
        client.get(address(acme), headers=ANEW)
