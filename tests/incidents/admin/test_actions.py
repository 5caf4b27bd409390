"""The tick beside a corrective action on an incident's page."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.domain import actions
from incidents.models import Action
from tenants.domain.actors import SYSTEM
from tests.factories.incidents import IncidentFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(role, **place):
    browser = Client()
    browser.force_login(UserFactory(role=role, **place))
    return browser


def added(incident, *, due_in):
    today = timezone.localdate()
    return actions.add(
        incident_id=incident.pk, what=f"Due in {due_in}", owner_id=UserFactory(first_name="Olga").pk,
        due_on=today + timedelta(days=due_in), by=SYSTEM, at=timezone.now(),
    )  # fmt: skip


def page(incident):
    return reverse("admin:incidents_incident_change", args=[incident.pk])


def tick(incident, action, how):
    return reverse("admin:incidents_incident_tick", args=[incident.pk, action.pk, how])


def shown(browser, incident):
    """[(what it is of, whether it is ticked)] of the ticks, and the chips of what is overdue."""
    html = browser.get(page(incident)).content.decode()
    ticks = re.findall(r'role="checkbox" aria-checked="(\w+)" aria-label="Done: ([^"]+)"', html)
    return [(what, ticked) for ticked, what in ticks], re.findall(r'class="chip bad">(overdue[^<]+)<', html)


def test_a_tick_and_back():
    incident, browser = IncidentFactory(), signed_in("l2")
    late, soon = added(incident, due_in=-3), added(incident, due_in=3)
    overdue = [f"overdue since {late.due_on.day} {late.due_on:%b}"]
    assert shown(browser, incident) == ([(late.what, "false"), (soon.what, "false")], overdue)
    answer = browser.post(tick(incident, late, "done"))
    assert (answer.status_code, answer.url) == (302, f"{page(incident)}#action-{late.pk}")
    assert shown(browser, incident) == ([(soon.what, "false"), (late.what, "true")], [])
    assert f"done by {Action.objects.get(pk=late.pk).done_by_name}" in browser.get(page(incident)).content.decode()
    assert browser.post(tick(incident, late, "reopen")).status_code == 302
    assert shown(browser, incident) == ([(late.what, "false"), (soon.what, "false")], overdue)


def test_who_may_not_run_incidents_reads_and_does_not_tick():
    tenant = TenantFactory()
    incident = IncidentFactory(tenants=[tenant])
    action = added(incident, due_in=1)
    l1, stranger, l2 = (
        *(signed_in("l1", tenant=tenant), signed_in("l2", tenant=TenantFactory())),
        signed_in("l2"),
    )
    assert shown(l1, incident) == ([], [])
    assert action.what in l1.get(page(incident)).content.decode()
    assert l1.post(tick(incident, action, "done")).status_code == 403
    assert stranger.post(tick(incident, action, "done")).status_code == 404
    assert l2.post(tick(incident, action, "undo")).status_code == 404
    assert l2.get(tick(incident, action, "done")).status_code == 405
    assert l2.post(tick(IncidentFactory(), action, "done")).status_code == 404
    assert Action.objects.get().done_at is None


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(count, django_assert_num_queries):
    incident, browser = IncidentFactory(), signed_in("l2")
    for n in range(count):
        added(incident, due_in=n)
    browser.get(page(incident))
    with django_assert_num_queries(14):
        browser.get(page(incident), headers=ANEW)
