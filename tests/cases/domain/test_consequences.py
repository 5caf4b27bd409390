"""A promise is warned of and broken: what stands on the case, who is called, once."""

import pytest

from cases.domain import consequences, incident_links, priorities
from cases.models import Case, CaseIncident, Escalation, Interaction
from incidents.models import Incident, Page
from outbox.domain.relay import relay
from sla.domain import policies
from sla.domain.sweep import sweep
from tenants.domain.actors import SYSTEM
from tenants.models import TenantPerson
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, opened, worked_to
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    """With somebody to call."""
    tenant = TenantFactory()
    TenantPerson.objects.create(tenant=tenant, user=UserFactory(role="l3"), role="tech_lead")
    return tenant


def pass_time(at):
    sweep(at=at)
    relay(at=at)


def on_timeline(case):
    return [(one.data["what"], one.data["kind"]) for one in case.interactions.filter(kind="sla")]


def test_a_warning_then_a_breach_of_a_p2(tenant):
    case = opened(tenant=tenant)
    pass_time(MONDAY + 3 * HOUR)
    assert on_timeline(case) == [("warning", "first_response")]
    now = Case.objects.get()
    assert (now.level, now.breached, now.next_due_kind) == ("L1", False, "first_response")
    pass_time(MONDAY + 4 * HOUR + MINUTE)
    assert on_timeline(case) == [("warning", "first_response"), ("breach", "first_response")]
    now = Case.objects.get()
    # What is late is still owed, so it stays in front of what is due next.
    assert (now.level, now.breached, now.next_due_at) == ("L2", True, MONDAY + 4 * HOUR)
    assert Escalation.objects.get().reason == "First response breached"
    assert not Page.objects.exists()
    before = now.version
    pass_time(MONDAY + 5 * HOUR)
    assert Case.objects.get().version == before


def test_a_p1_breach_pages(tenant):
    case = opened(tenant=tenant, priority="P1")
    pass_time(MONDAY + HOUR + MINUTE)
    [page] = Page.objects.all()
    assert (page.key, page.user_id) == (f"case:{case.pk}", TenantPerson.objects.get().user_id)
    assert case.reference in page.reason
    assert not Incident.objects.exists()


def test_a_p0_pages_at_creation_and_its_breach_is_an_incident(tenant):
    case = opened(tenant=tenant, impact="down")
    relay(at=MONDAY)
    assert Page.objects.count() == 1
    pass_time(MONDAY + 16 * MINUTE)
    incident = Incident.objects.get()
    assert (incident.title, incident.severity, incident.detected_by) == (case.subject, "sev1", "client")
    assert CaseIncident.objects.get().case_id == case.pk
    assert Page.objects.values("key").distinct().count() == 1


def test_what_becomes_a_p0_pages_once(tenant):
    case = opened(tenant=tenant)
    l1 = actor("l1", at=MONDAY)
    priorities.change_priority(case_id=case.pk, priority="P1", by=l1, at=MONDAY + MINUTE)
    relay(at=MONDAY + MINUTE)
    assert not Page.objects.exists()
    priorities.change_priority(case_id=case.pk, priority="P0", by=l1, at=MONDAY + 2 * MINUTE)
    relay(at=MONDAY + 2 * MINUTE)
    assert Page.objects.count() == 1


def test_a_p0_that_an_incident_covers_already_gets_no_other(tenant):
    l2 = actor("l2", at=MONDAY)
    case = worked_to("triage", tenant=tenant, priority="P0", by=l2, at=MONDAY + MINUTE)
    incident_links.declare_incident_for(case_id=case.pk, by=l2, at=MONDAY + 2 * MINUTE)
    pass_time(MONDAY + DAY)
    assert Incident.objects.count() == 1


def test_hearing_it_twice_changes_nothing_more(tenant):
    case = opened(tenant=tenant)
    pass_time(MONDAY + 5 * HOUR)
    breach = case.interactions.get(kind="sla", data__what="breach")
    before = (Interaction.objects.count(), Escalation.objects.count(), Case.objects.get().version)
    again = consequences.Reached(breach.data["clock_id"], breach.data["due_at"])
    consequences.on_breaches(reached=[again, again], at=MONDAY + DAY)
    assert (Interaction.objects.count(), Escalation.objects.count(), Case.objects.get().version) == before


def test_a_breach_after_closing_raises_nothing(tenant):
    case = worked_to("closed", tenant=tenant)
    pass_time(MONDAY + 30 * DAY)
    assert Case.objects.get(pk=case.pk).level == "L1"


def test_a_changed_policy_moves_the_next_deadline(tenant):
    case = opened(tenant=tenant)
    target = case.policy.targets.get(priority="P2", kind="first_response")
    target.amount *= 2
    target.save(update_fields=["amount"])
    policies.recompute_open(policy_id=case.policy_id, by=SYSTEM, at=MONDAY + HOUR)
    relay(at=MONDAY + HOUR)
    assert Case.objects.get().next_due_at == MONDAY + 8 * HOUR
    assert on_timeline(case) == [("retargeted", "first_response")]
