"""What a case knows when it comes in."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.domain import incident_links, intake
from cases.models import Case, CaseIncident, KnownIssue, TriageRule
from config.errors import Refused
from incidents.domain import lifecycle as incident_moves
from outbox.models import Delivery, Event
from tenants.domain import telemetry
from tenants.domain.actors import SYSTEM
from tenants.models import ResourceTenant
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, clocks_of, opened
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import RequesterFactory, ResourceFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db


def red(tenant, *, at=MONDAY - MINUTE, status="red"):
    telemetry.record(
        tenant_id=tenant.pk,
        snapshots=[
            {"kind": "sli", "name": "ingest lag", "value": 71, "threshold": 30, "status": status, "taken_at": at}
        ],
        by=SYSTEM,
        at=max(at, MONDAY),
    )


def test_a_plain_case():
    case = opened()
    assert (case.priority, case.priority_reason) == (
        "P2",
        "P2 by rule “Everything else”. Telemetry: no signal.",
    )
    assert case.policy_reason.startswith("Standard")
    assert (case.next_due_kind, case.next_due_at) == ("first_response", MONDAY + 4 * HOUR)
    assert case.customer_waiting_since == MONDAY
    [entry] = case.interactions.all()
    assert (entry.kind, entry.public) == ("automation", False)
    assert "Health: no signal." in entry.body
    mail = Delivery.objects.get()
    assert (mail.to, mail.automated) == (case.requester.email, True)
    assert case.reference in mail.text
    assert set(Event.objects.filter(payload__case_id=case.pk).values_list("name", flat=True)) == {
        "cases.case-opened",
        "cases.case-moved",
        "cases.interaction-added",
    }
    assert clocks_of(case)["first_response", 1].started_at == MONDAY


@pytest.mark.parametrize(
    ("fields", "priority", "because"),
    [
        ({"impact": "Production is DOWN"}, "P0", "Impact as reported: Production is DOWN."),
        ({"impact": "down"}, "P0", "Production is down"),
        ({"impact": "data_loss"}, "P0", "Data loss"),
        ({"impact": "data-loss"}, "P0", "Data loss"),
        ({"impact": "a download fails"}, "P2", "Everything else"),
        ({"impact": "degraded"}, "P1", "Service is degraded"),
        ({"category": "how-to"}, "P3", "category How-to"),
        ({"error_ids": ["E-77"]}, "P1", "Known issue with the same error id: KI-1, Quota too small."),
        ({"error_ids": ["E-78"]}, "P2", "Everything else"),
    ],
)
def test_rules_propose(fields, priority, because):
    KnownIssue.objects.create(code="KI-1", title="Quota too small", error_codes=["E-77"], priority="P1")
    case = opened(**fields)
    assert (case.priority, case.priority_proposed) == (priority, priority)
    assert because in case.priority_reason


def test_health_speaks_while_it_is_fresh():
    tenant = TenantFactory()
    red(tenant)
    case = opened(tenant=tenant)
    assert (case.priority, case.priority_reason) == (
        "P1",
        "P1 by rule “A service level indicator is red”. Worst service level indicator of the last 24 hours: red, "
        "ingest lag is red 71 (threshold 30) at 08:59 UTC.",
    )
    later = opened(tenant=tenant, at=MONDAY + 2 * DAY)
    assert (later.priority, "no signal" in later.priority_reason) == ("P2", True)


def test_rules_are_edited_and_ordered():
    TriageRule.objects.filter(name="Everything else").update(active=False)
    assert opened().priority_reason == "No rule holds, so P2. Telemetry: no signal."
    TriageRule.objects.create(
        position=1, name="Panel first", fact="channel", operator="is", value="panel", priority="P1"
    )
    assert opened(channel="panel", impact="down").priority == "P1"


def test_a_given_priority_keeps_the_proposal_beside():
    case = opened(priority="P3", impact="down", by=actor("l1", at=MONDAY))
    assert (case.priority, case.priority_proposed) == ("P3", "P0")
    assert "Rules propose P0" in case.priority_reason


def test_incidents_on_the_same_resource_are_linked_and_removable():
    tenant, other = TenantFactory(), TenantFactory()
    shared = ResourceFactory(tenant=None)
    ResourceTenant.objects.create(resource=shared, tenant=tenant)
    running = IncidentFactory(tenants=[other], resources=[shared], severity="sev1", at=MONDAY - HOUR)
    ended = IncidentFactory(tenants=[other], resources=[shared], severity="sev1", at=MONDAY - DAY)
    long_ago = IncidentFactory(tenants=[other], resources=[shared], at=MONDAY - 9 * DAY)
    for incident, at in ((ended, MONDAY - 2 * HOUR), (long_ago, MONDAY - 8 * DAY)):
        incident_moves.resolve(incident_id=incident.pk, root_cause="Disk", closing_word="It is over.", by=SYSTEM, at=at)
    case = opened(tenant=tenant, resource_ids=[shared.pk])
    assert case.priority == "P0"
    assert f"open incidents on the named resources: P0, {running.reference} {running.title}" in case.priority_reason
    links = CaseIncident.objects.filter(case=case)
    assert {(link.incident_id, link.automatic) for link in links} == {(running.pk, True), (ended.pk, True)}
    assert tenant in running.tenants.all()
    l1 = actor("l1", at=MONDAY)
    once = incident_links.unlink_incident(case_id=case.pk, incident_id=running.pk, by=l1, at=MONDAY + HOUR)
    with pytest.raises(Refused) as refusal:
        incident_links.unlink_incident(case_id=case.pk, incident_id=running.pk, by=l1, at=MONDAY + HOUR)
    assert refusal.value.code == "not-linked"
    assert Case.objects.get(pk=case.pk).version == once.version
    assert incident_links.open_incidents(case) == []
    again = incident_links.link_incident(case_id=case.pk, incident_id=running.pk, by=l1, at=MONDAY + HOUR)
    twice = incident_links.link_incident(case_id=case.pk, incident_id=running.pk, by=l1, at=MONDAY)
    assert twice.version == again.version
    assert incident_links.open_incidents(case) == [running]


def test_similar_cases_are_of_the_same_tenant():
    tenant = TenantFactory()
    alike = opened(tenant=tenant, error_ids=["E-1"])
    same_category = opened(tenant=tenant, category="ingestion")
    opened(tenant=tenant)
    opened(error_ids=["E-1"], category="ingestion")
    case = opened(tenant=tenant, error_ids=["E-1"], category="ingestion", at=MONDAY + HOUR)
    [entry] = case.interactions.all()
    assert entry.data["similar_ids"] == [alike.pk, same_category.pk]
    assert "3 earlier cases of this tenant, 3 of them open." in entry.body


def test_statements_of_one_intake():
    requester = RequesterFactory()
    resource = ResourceFactory(tenant=requester.tenant)
    common = {"requester": requester.pk, "subject": "Late", "description": "", "by": SYSTEM, "at": MONDAY}
    intake.open_case(tenant_id=requester.tenant_id, **common)
    with CaptureQueriesContext(connection) as plain:
        intake.open_case(tenant_id=requester.tenant_id, **common)
    with CaptureQueriesContext(connection) as rich:
        intake.open_case(
            tenant_id=requester.tenant_id, resource_ids=[resource.pk], error_ids=["E-1"], category="ingestion",
            external={"system": "zendesk", "id": "1"}, **common,
        )  # fmt: skip
    counted = [sum("SAVEPOINT" not in q["sql"] for q in caught) for caught in (plain, rich)]
    assert counted == [15, 22]
    assert Case.objects.count() == 3
