"""The pages people work on: what they show, what they change, and whom they turn away."""

import pytest
from django.urls import reverse

from sla.domain.sweep import sweep
from sla.models import Alert, Calendar, Clock, Policy
from tests.factories.api import desk_state
from tests.factories.sla import MONDAY, Conversing, PolicyFactory, minutes, promised
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def po(client):
    client.force_login(UserFactory(role="po"))
    return client


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(role="lead"))
    return client


@pytest.fixture
def breached():
    clock = promised(tenant=TenantFactory(name="Acme"))
    sweep(at=MONDAY + minutes(61))
    clock.refresh_from_db()
    return clock


def form_of(response):
    form = response.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    sent = {
        name: "" if value is None else value for name, value in values.items() if name not in ("valid_from", "valid_to")
    }
    for name in ("valid_from", "valid_to"):
        value = values.get(name)
        sent[f"{name}_0"], sent[f"{name}_1"] = (f"{value:%Y-%m-%d}", f"{value:%H:%M:%S}") if value else ("", "")
    return sent


@pytest.mark.parametrize("name", ["calendar", "policy", "clock", "alert", "causecode"])
@pytest.mark.parametrize("role", ["l1", "lead", "l2", "po", "auditor"])
def test_every_list_and_row_opens_for_who_may_read(client, breached, name, role):
    PolicyFactory(tenant=breached.tenant)
    client.force_login(UserFactory(role=role))
    assert client.get(reverse(f"admin:sla_{name}_changelist")).status_code == 200
    model = {"calendar": Calendar, "policy": Policy, "clock": Clock, "alert": Alert}.get(name)
    if model:
        assert client.get(reverse(f"admin:sla_{name}_change", args=[model.objects.first().pk])).status_code == 200


def test_the_policy_table_is_read_and_changed_in_words(po):
    policy = Policy.objects.get(name="Standard")
    page = po.get(reverse("admin:sla_policy_change", args=[policy.pk]))
    sent = form_of(page)
    assert (sent["p0_first_response"], sent["p2_resolution"], sent["p3_next_reply"]) == (
        "15 min",
        "2 business days",
        "1 business day",
    )
    sent |= {"p0_first_response": "10 min", "p2_resolution": "12 h open", "p3_next_reply": "", "warn_steps": "0.5,0.75"}
    answer = po.post(reverse("admin:sla_policy_change", args=[policy.pk]), sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    policy.refresh_from_db()
    changed = {(row.priority, row.kind): (row.amount, row.unit) for row in policy.targets.all()}
    assert changed["P0", "first_response"] == (600, "wall_seconds")
    assert changed["P2", "resolution"] == (12 * 3600, "seconds")
    assert changed["P3", "next_reply"] == (1, "business_days")
    assert policy.meaning["P0"] == "Production is down, or major data loss"


def test_a_new_policy_and_what_is_wrong_with_one(po):
    tenant = TenantFactory()
    sent = form_of(po.get(reverse("admin:sla_policy_change", args=[Policy.objects.get(name="Standard").pk])))
    sent |= {"name": "Theirs", "tenant": tenant.pk, "p1_resolution": "soon"}
    before = desk_state()
    wrong = po.post(reverse("admin:sla_policy_add"), sent)
    assert wrong.status_code == 200
    assert list(wrong.context["adminform"].form.errors) == ["p1_resolution"]
    assert desk_state() == before
    assert po.post(reverse("admin:sla_policy_add"), sent | {"p1_resolution": "8 h"}).status_code == 302
    assert Policy.objects.get(name="Theirs").tenant == tenant


def test_a_calendar_is_edited_as_a_version_and_shows_its_months(po):
    calendar = Calendar.objects.get()
    page = reverse("admin:sla_calendar_change", args=[calendar.pk])
    refused = po.post(
        page, {"name": calendar.name, "recompute": "new", "spec": '{"timezone": "Europe/Berlin", "weekly_hours": {}}'}
    )
    assert "never opens" in refused.content.decode()
    spec = '{"timezone": "Europe/Berlin", "weekly_hours": {"fri": [["22:00", "06:00"]]}, "holiday_regions": ["DE"]}'
    assert po.post(page, {"name": calendar.name, "recompute": "open", "spec": spec}).status_code == 302
    calendar.refresh_from_db()
    assert (calendar.version, calendar.versions.count()) == (2, 2)
    months = po.get(reverse("admin:sla_calendar_months", args=[calendar.pk]))
    assert len(months.context["months"]) == 12
    assert "22:00–06:00" in months.content.decode()


def test_a_clock_is_explained_to_who_sees_the_tenant(lead, breached, client):
    page = reverse("admin:sla_clock_explain", args=[breached.pk])
    assert "The promise was broken on Mon 16 Nov 2026 11:00." in lead.get(page).content.decode()
    client.force_login(UserFactory(role="l1", tenant=TenantFactory()))
    assert client.get(page).status_code == 404


def test_an_alert_is_acknowledged_and_resolved(lead, breached):
    alert = Alert.objects.get(kind="breach")
    assert lead.post(reverse("admin:sla_alert_acknowledge", args=[alert.pk])).status_code == 302
    resolve = reverse("admin:sla_alert_resolve", args=[alert.pk])
    assert lead.post(resolve, {"reason": "Told them", "cause_code": ""}).status_code == 422
    assert lead.post(resolve, {"reason": "Told them", "cause_code": "tooling"}).status_code == 302
    alert.refresh_from_db()
    breached.refresh_from_db()
    assert (alert.status, breached.cause_code.code) == ("resolved", "tooling")


def test_only_who_edits_promises_excuses(lead, breached, client):
    page = reverse("admin:sla_clock_excuse", args=[breached.pk])
    said = {"agreed_with": "Ada", "reason": "Their outage"}
    assert lead.post(page, said).status_code == 403
    breached.refresh_from_db()
    assert breached.excused_at is None
    client.force_login(UserFactory(role="po"))
    assert client.post(page, said).status_code == 302
    breached.refresh_from_db()
    assert (breached.excused_with, breached.excused_reason) == ("Ada", "Their outage")


def test_nothing_of_another_tenant_shows(client, breached):
    Conversing(policy=PolicyFactory())
    client.force_login(UserFactory(role="l2", tenant=breached.tenant))
    shown = client.get(reverse("admin:sla_clock_changelist")).context["cl"].result_list
    assert {clock.tenant_id for clock in shown} == {breached.tenant_id}
    foreign = Clock.objects.exclude(tenant=breached.tenant).first()
    assert client.get(reverse("admin:sla_clock_change", args=[foreign.pk])).status_code == 302
