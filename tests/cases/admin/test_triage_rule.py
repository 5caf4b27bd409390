"""The dry run of a triage rule: what it would change among the last cases, and that it changes nothing."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.domain.desk.rule_trial import came_in, try_rule
from cases.domain.triage_rules import propose
from cases.models import Case, KnownIssue, TriageRule
from tenants.domain import telemetry
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import ResourceTenant, User
from tests.factories.api import desk_state
from tests.factories.cases import HOUR, MONDAY, opened
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import ResourceFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
DRY_RUN = "/admin/cases/triagerule/dry-run"


def degraded(**changes):
    rule = TriageRule.objects.get(name="Service is degraded")
    for name, value in changes.items():
        setattr(rule, name, value)
    return rule


def signed_in(role, **fields):
    client = Client()
    client.force_login(User.objects.get(pk=UserFactory(role=role, **fields).pk))
    return client


def form_of(rule):
    names = ("position", "name", "fact", "operator", "value", "priority")
    return {name: getattr(rule, name) for name in names} | {"active": "on", "rule": rule.pk or ""}


def test_facts_of_the_past_lead_to_what_was_proposed_then():
    """Each fact the rules may look at, read again from what was noted when the case came in."""
    tenant, shared = TenantFactory(), ResourceFactory(tenant=None)
    ResourceTenant.objects.create(resource=shared, tenant=tenant)
    IncidentFactory(tenants=[tenant], resources=[shared], severity="sev1", at=MONDAY - HOUR)
    KnownIssue.objects.create(code="KI-1", title="Quota too small", error_codes=["E-77"], priority="P1")
    sick = TenantFactory()
    reading = {"kind": "sli", "name": "lag", "value": 71, "status": "red", "taken_at": MONDAY - HOUR}
    telemetry.record(tenant_id=sick.pk, snapshots=[reading], by=SYSTEM, at=MONDAY)
    opened(tenant=tenant, resource_ids=[shared.pk])
    for fields in ({"impact": "down"}, {"error_ids": ["E-77"]}, {"category": "how-to"}, {"tenant": sick}, {}):
        opened(**fields)
    rules = list(TriageRule.objects.all())
    past = list(came_in(actor=actor("lead", at=MONDAY), last=10))
    assert [propose(one.facts, rules).priority for one in past] == ["P2", "P1", "P3", "P1", "P0", "P0"]
    assert [one.case.priority_proposed for one in past] == ["P2", "P1", "P3", "P1", "P0", "P0"]


def test_a_rule_is_tried_on_the_last_visible_cases_in_place_of_the_one_it_is():
    mine, theirs = TenantFactory(), TenantFactory()
    older, newer = opened(tenant=mine, impact="degraded"), opened(tenant=mine, impact="degraded")
    opened(tenant=mine)
    opened(tenant=theirs, impact="degraded")
    lead = actor("lead", at=MONDAY, tenant=mine)

    def tried(rule, **limits):
        trial = try_rule(rule, actor=lead, **limits)
        return trial.tried, [(one.case, one.case.priority_proposed, one.would_be.priority) for one in trial.differences]

    assert tried(degraded()) == (3, [])
    assert tried(degraded(priority="P0")) == (3, [(newer, "P1", "P0"), (older, "P1", "P0")])
    assert tried(degraded(active=False)) == (3, [(newer, "P1", "P2"), (older, "P1", "P2")])
    assert tried(degraded(priority="P0"), last=2) == (2, [(newer, "P1", "P0")])
    new = TriageRule(position=1, name="First", fact="always", operator="is", priority="P3")
    assert tried(new)[0] == 3
    assert [would_be for _case, _proposed, would_be in tried(new)[1]] == ["P3"] * 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_trial_costs_the_same_at_any_length(count, django_assert_num_queries):
    for n in range(count):
        tenant, touched = TenantFactory(), ResourceFactory(tenant=None)
        ResourceTenant.objects.create(resource=touched, tenant=tenant)
        IncidentFactory(tenants=[tenant], resources=[touched], at=MONDAY - HOUR)
        KnownIssue.objects.create(code=f"KI-{n}", title="Quota too small", error_codes=[f"E-{n}"])
        opened(tenant=tenant, impact="degraded", error_ids=[f"E-{n}"], resource_ids=[touched.pk])
    lead, rule = actor("lead", at=MONDAY), degraded(priority="P0")
    with django_assert_num_queries(5):
        assert len(try_rule(rule, actor=lead).differences) == count


def test_the_page_tries_what_stands_in_the_form_and_saves_nothing():
    case = opened(impact="degraded")
    lead, rule = signed_in("lead"), degraded(priority="P0")
    assert DRY_RUN in lead.get(reverse("admin:cases_triagerule_change", args=[rule.pk])).content.decode()
    assert DRY_RUN in lead.get(reverse("admin:cases_triagerule_add")).content.decode()
    before = desk_state()
    html = lead.post(DRY_RUN, form_of(rule)).content.decode()
    assert reverse("desk:case", args=[case.pk]) in html
    assert "P0 by rule “Service is degraded”. Impact as reported: degraded." in html
    new = TriageRule(position=1, name="First", fact="always", operator="is", priority="P3")
    assert "P3 by rule “First”." in lead.post(DRY_RUN, form_of(new)).content.decode()
    taken = lead.post(DRY_RUN, form_of(rule) | {"position": 10})
    assert (taken.status_code, "Position already exists" in taken.content.decode()) == (422, True)
    assert desk_state() == before
    assert Case.objects.get().priority_proposed == "P1"


@pytest.mark.parametrize("role", ["l1", "auditor", "admin"])
def test_who_may_not_change_rules_does_not_try_them(role):
    reader = signed_in(role)
    assert reader.post(DRY_RUN, form_of(degraded())).status_code == 403
    if role != "admin":
        page = reader.get(reverse("admin:cases_triagerule_change", args=[degraded().pk])).content.decode()
        assert DRY_RUN not in page


def test_a_reader_of_one_tenant_sees_no_other():
    secret = opened(impact="degraded", subject="A secret of theirs")
    lead = UserFactory(role="lead", tenant=TenantFactory())
    assert list(came_in(actor=actor_of_user(lead, at=timezone.now()), last=10)) == []
    client = Client()
    client.force_login(User.objects.get(pk=lead.pk))
    assert secret.subject not in client.post(DRY_RUN, form_of(degraded(priority="P0"))).content.decode()
