"""Assignment in a real browser: away and handed over by the agent, a suggested move made by the Lead."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Absence, AssignmentRule, Case, WorkingTime
from tests.factories.assignment import ROUND_THE_CLOCK, rule, worker
from tests.factories.cases import opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mira(db):
    """With four open cases of Acme's, one of them due soon."""
    person = UserFactory(role="l1", username="mira", first_name="Mira", last_name="Kovac", level="L1")
    WorkingTime.objects.create(user=person, weekly_hours=ROUND_THE_CLOCK, capacity=6, tags=["sso"], languages=["en"])
    ana = RequesterFactory(tenant=TenantFactory(slug="acme", name="Acme"), name="Ana Novak")
    at = timezone.now() - timedelta(minutes=20)
    for number in range(4):
        case = opened(requester=ana, subject=f"Question {number}", at=at)
        due = at + timedelta(hours=-1 if number == 0 else 48)  # late, or of another day, whatever the hour is now
        Case.objects.filter(pk=case.pk).update(owner=person, next_due_at=due)
    return person


def test_away_with_ones_cases_handed_to_the_rules(open_as, mira):
    jonas = worker(capacity=3)
    rule(name="Frontline")
    desk = open_as("mira", "/admin/desk/time/")
    expect(desk.get_by_text("on shift")).to_be_visible()
    desk.get_by_label("Why").fill("Dentist")
    desk.get_by_role("button", name="I am away").click()
    desk.get_by_role("link", name="4 open cases: hand over").click()
    desk.get_by_label("What the next one should know").fill("Logs are asked for")
    desk.get_by_role("button", name="Hand over").click()
    expect(desk.get_by_role("status").get_by_text("by rule “Frontline”")).to_have_count(3)
    expect(desk.get_by_text("back in the queue")).to_have_count(1)
    assert sorted(str(case.owner) for case in Case.objects.all()) == sorted([*[str(jonas)] * 3, "None"])
    desk.goto(desk.url.replace(f"hand-over/{mira.pk}", "time"))
    desk.get_by_role("button", name="I am back").click()
    expect(desk.get_by_text("on shift")).to_be_visible()


def test_the_lead_moves_what_is_suggested(open_as, mira):
    jonas = worker(capacity=3)
    Absence.objects.create(user=mira, starts_at=timezone.now() - timedelta(hours=1))
    UserFactory(role="lead", username="lea", first_name="Lea", last_name="Kurz")
    desk = open_as("lea", "/admin/desk/triage/")
    expect(desk.get_by_text("not there", exact=True)).to_be_visible()
    expect(desk.get_by_role("heading", name="Moves that would help")).to_be_visible()
    desk.get_by_role("button", name="Move", exact=True).click()
    expect(desk.get_by_text(f"is {jonas}’s now")).to_be_visible()
    assert list(Case.objects.filter(owner=jonas).values_list("subject", flat=True)) == ["Question 0"]
    AssignmentRule.objects.update(active=True)
    opened()
    desk.goto(desk.url.replace("desk/triage/", "cases/assignmentrule/planned"))
    desk.get_by_role("button", name="Give this one").click()
    expect(desk.get_by_text("1 of 1 cases have an owner now.")).to_be_visible()
