"""Rules, working times and absences in the admin: who keeps them, what they refuse, the dry run and its run."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Absence, AssignmentRule, Case, WorkingTime
from tenants.models import AuditEntry
from tests.cases.pages.conftest import Desk, browser
from tests.factories.assignment import rule, worker
from tests.factories.tenants import UserFactory

ADD = reverse("admin:cases_assignmentrule_add")
DRY_RUN = reverse("admin:cases_assignmentrule_planned")
RULE = {"position": 5, "name": "Frontline", "active": "on", "levels": ["L1"], "way": "round_robin"}


def change(made):
    return reverse("admin:cases_assignmentrule_change", args=[made.pk])


@pytest.fixture
def desk(db):
    return Desk()


@pytest.fixture
def lead(db):
    return browser(UserFactory(role="lead"))


def test_the_lead_keeps_rules_and_the_audit_knows(lead):
    answer = lead.post(ADD, RULE | {"languages": "de, en", "needs_tags": "sso", "priorities": ["P1"]})
    assert answer.status_code == 302
    made = AssignmentRule.objects.get(name="Frontline")
    assert (made.active, made.levels, made.languages, made.needs_tags, made.priorities, made.way) == (
        True,
        ["L1"],
        ["de", "en"],
        ["sso"],
        ["P1"],
        "round_robin",
    )
    assert AuditEntry.objects.filter(table_name="cases_assignmentrule", row_id=made.pk, op="INSERT").exists()


def test_l3_is_no_leads_to_give(lead):
    lead.post(ADD, RULE | {"levels": ["L2", "L3"]})
    assert not AssignmentRule.objects.filter(name="Frontline").exists()
    po = browser(UserFactory(role="po"))
    po.post(ADD, RULE | {"levels": ["L2", "L3"]})
    made = AssignmentRule.objects.get(name="Frontline")
    lead.post(change(made), RULE | {"levels": ["L1"]})
    lead.post(reverse("admin:cases_assignmentrule_delete", args=[made.pk]), {"post": "yes"})
    made.refresh_from_db()
    assert made.levels == ["L2", "L3"]


def test_who_hands_over_in_one_tenant_keeps_only_its_rules(desk):
    here = browser(desk.person("lead"))
    here.post(ADD, RULE)
    assert not AssignmentRule.objects.filter(name="Frontline").exists()
    assert here.post(ADD, RULE | {"tenant": desk.acme.pk}).status_code == 302
    made = AssignmentRule.objects.get(name="Frontline")
    assert made.tenant == desk.acme
    general, theirs = rule(), rule(tenant=desk.other.tenant)
    assert here.post(change(general), RULE | {"name": "Taken", "tenant": desk.acme.pk}).status_code == 403
    assert here.get(change(theirs)).status_code == 302  # not there
    assert desk.browser.get(change(made)).status_code == 200
    assert desk.browser.post(change(made), RULE).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [{"levels": []}, {"languages": "english!"}, {"way": "by chance"}, {"priorities": ["P9"]}, {"position": "x"}],
)
def test_a_rule_that_says_nothing_sensible_is_refused(lead, wrong):
    assert lead.post(ADD, RULE | wrong).status_code == 200
    assert not AssignmentRule.objects.filter(name="Frontline").exists()


def test_the_dry_run_names_what_the_run_does(lead, desk):
    mira, made = worker(), rule(name="Frontline")
    page = lead.get(DRY_RUN).content.decode()
    assert "0 cases without an owner" in page
    first, second = desk.more(2)
    page = lead.get(DRY_RUN).content.decode()
    named = [f"{case.pk}:{made.pk}:{mira.pk}" for case in (first, second)]
    assert all(one in page for one in [*named, "Give these 2", "by rule “Frontline”"])
    assert Case.objects.filter(owner=None).count() == 2
    answer = lead.post(DRY_RUN, {"give": [*named, "x:1:2", "1"]}, follow=True).content.decode()
    assert "2 of 2 cases have an owner now." in answer
    assert set(Case.objects.values_list("owner", flat=True)) == {mira.pk}
    again = lead.post(DRY_RUN, {"give": named}, follow=True).content.decode()
    assert f"CASE-{first.pk} needs no owner any more." in again
    assert desk.browser.get(DRY_RUN).status_code == 403
    assert desk.browser.post(DRY_RUN, {"give": named}).status_code == 403


def test_a_rule_that_is_off_is_tried_without_a_button(lead, desk):
    worker()
    desk.more(1)
    example = AssignmentRule.objects.get()
    page = lead.get(f"{DRY_RUN}?rule={example.pk}").content.decode()
    assert ("1 case without an owner" in page, "Give this one" in page) == (True, False)


# --- Working times and absences -------------------------------------------------------------------------------------
WEEK = {f"weekly_hours_{place}": "" for place in range(7)}


def test_a_week_is_typed_and_shown_again(lead):
    person = UserFactory(role="l1", level="L1")
    week = WEEK | {"weekly_hours_0": "9:00-12:00, 13:00–17:00", "weekly_hours_6": "22:00–06:00"}
    told = {"user": person.pk, "capacity": 8, "holiday_region": "DE-BE", "tags": "sso, sql", "languages": "en, de"}
    assert lead.post(reverse("admin:cases_workingtime_add"), week | told).status_code == 302
    made = WorkingTime.objects.get()
    assert (made.user, made.weekly_hours, made.capacity, made.tags, made.languages) == (
        person,
        {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "sun": [["22:00", "06:00"]]},
        8,
        ["sso", "sql"],
        ["en", "de"],
    )
    page = lead.get(reverse("admin:cases_workingtime_change", args=[made.pk])).content.decode()
    assert "09:00–12:00, 13:00–17:00" in page
    assert browser(person).get(reverse("admin:cases_workingtime_changelist")).status_code == 200
    assert browser(person).post(reverse("admin:cases_workingtime_add"), week | told).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekly_hours_0": "nine to five"},
        {"weekly_hours_0": "25:00–26:00"},
        {"weekly_hours_0": ""},
        {"holiday_region": "Atlantis"},
        {"capacity": 0},
        {"languages": "??"},
    ],
)
def test_a_week_that_is_none_is_refused(lead, wrong):
    told = WEEK | {"user": UserFactory(role="l1").pk, "capacity": 8, "weekly_hours_0": "09:00–17:00"}
    assert lead.post(reverse("admin:cases_workingtime_add"), told | wrong).status_code == 200
    assert not WorkingTime.objects.exists()


def test_an_absence_offers_what_they_still_hold(lead, desk):
    [case] = desk.more(1)
    Case.objects.filter(pk=case.pk).update(owner=desk.l1)
    when = {"starts_at_0": "2040-01-01", "starts_at_1": "09:00", "ends_at_0": "2040-01-05", "ends_at_1": "09:00"}
    told = when | {"user": desk.l1.pk, "reason": "Holiday"}
    page = lead.post(reverse("admin:cases_absence_add"), told, follow=True).content.decode()
    assert "1 open case: hand over" in page
    assert reverse("desk:hand-over", args=[desk.l1.pk]) in page
    [absence] = Absence.objects.all()
    assert (absence.user, absence.reason) == (desk.l1, "Holiday")
    assert AuditEntry.objects.filter(table_name="cases_absence", op="INSERT").count() == 1
    assert desk.browser.get(reverse("admin:cases_absence_changelist")).status_code == 403
    wrong = told | {"ends_at_0": "2039-01-01"}
    assert lead.post(reverse("admin:cases_absence_add"), wrong).status_code == 200
    assert Absence.objects.count() == 1
    assert timezone.now() < absence.starts_at
