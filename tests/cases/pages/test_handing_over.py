"""Open cases handed over together, and the lead's suggestions."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.domain.desk.lead import overview
from cases.models import Absence, Case, WorkingTime
from tenants.domain.actors import actor_of_user
from tests.cases.pages.conftest import browser
from tests.factories.assignment import ROUND_THE_CLOCK, rule, worker
from tests.factories.pages import ANEW
from tests.factories.tenants import GrantFactory, UserFactory


def held(desk, count):
    cases = desk.more(count)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(owner=desk.l1)
    return cases


def url_of(desk):
    return reverse("desk:hand-over", args=[desk.l1.pk])


def owners(cases):
    return [Case.objects.get(pk=case.pk).owner for case in cases]


def test_ones_own_go_to_a_colleague_with_a_note(desk):
    cases, colleague = held(desk, 3), UserFactory(role="l1", tenant=desk.acme, level="L1")
    page = desk.browser.get(url_of(desk)).content.decode()
    assert page.count("checked") == 3
    answer = desk.browser.post(
        url_of(desk), {"case": [cases[0].pk, cases[2].pk], "to": colleague.pk, "note": "Logs are asked for"}
    )
    assert answer.status_code == 200
    assert owners(cases) == [colleague, desk.l1, colleague]
    assert f"Owner: {desk.l1} → {colleague} (Logs are asked for)" in [said.body for said in cases[0].interactions.all()]


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "٣", "-1", ""])
def test_what_is_no_number_of_a_case_is_none(desk, number):
    cases = held(desk, 1)
    answer = desk.browser.post(url_of(desk), {"case": [number], "to": "", "note": "Off"})
    assert (answer.status_code, owners(cases)) == (422, [desk.l1])


def test_to_the_rules_who_never_give_it_back(desk):
    cases = held(desk, 2)
    WorkingTime.objects.create(user=desk.l1, weekly_hours=ROUND_THE_CLOCK)
    colleague = worker(tenant=desk.acme, capacity=1)
    rule(name="Frontline")
    page = desk.browser.post(
        url_of(desk), {"case": [case.pk for case in cases], "to": "", "note": "Off"}
    ).content.decode()
    assert owners(cases) == [colleague, None]
    assert "back in the queue" in page


def test_refusals_are_listed_and_change_nothing(desk):
    cases, l3 = held(desk, 2), UserFactory(role="l3", tenant=desk.acme, level="L3")
    elsewhere = UserFactory(role="l1", level="L1", scope="tenant", tenant=desk.other.tenant)
    GrantFactory(user=elsewhere, role="auditor", tenant=desk.acme)
    Case.objects.filter(pk=cases[1].pk).update(level="L3")
    versions = list(Case.objects.order_by("pk").values_list("pk", "version"))
    every = [case.pk for case in cases]
    lead = browser(desk.person("lead"))
    assert lead.post(url_of(desk), {"case": every, "to": l3.pk, "note": "x"}).status_code == 422  # no choice of theirs
    assert lead.post(url_of(desk), {"case": every, "to": "", "note": ""}).status_code == 422
    assert lead.post(url_of(desk), {"case": [], "to": "", "note": "x"}).status_code == 422
    page = lead.post(url_of(desk), {"case": [cases[1].pk], "to": "", "note": "x"}).content.decode()
    assert "L3 is reached through L2" in page
    assert owners(cases) == [desk.l1] * 2
    assert list(Case.objects.order_by("pk").values_list("pk", "version")) == versions


def test_others_cases_are_handed_over_by_the_lead_alone(desk):
    [case] = held(desk, 1)
    colleague = UserFactory(role="l1", tenant=desk.acme, level="L1")
    told = {"case": [case.pk], "to": colleague.pk, "note": "x"}
    assert browser(desk.person("l1")).post(url_of(desk), told).status_code == 403
    assert owners([case]) == [desk.l1]
    stranger = UserFactory(role="lead", tenant=desk.other.tenant)
    assert browser(stranger).post(url_of(desk), told | {"to": ""}).status_code == 404
    assert owners([case]) == [desk.l1]
    assert browser(desk.person("lead")).post(url_of(desk), told).status_code == 200
    assert owners([case]) == [colleague]


def due_in(case, hours):
    Case.objects.filter(pk=case.pk).update(next_due_at=timezone.now() + timedelta(hours=hours))


def test_the_lead_is_shown_moves_and_makes_them_with_one_button(desk):
    late, kept = held(desk, 2)
    due_in(late, -1)  # whatever the hour is now: it is late, and the other one is of another day
    due_in(kept, 48)
    colleague = worker(tenant=desk.acme, capacity=3)
    WorkingTime.objects.create(user=desk.l1, weekly_hours=ROUND_THE_CLOCK)
    Absence.objects.create(user=desk.l1, starts_at=desk.at)
    lead = browser(desk.person("lead"))
    seen = lead.get(reverse("desk:triage"))
    page = seen.content.decode()
    assert [(one.case, one.to.id) for one in seen.context["seen"].suggestions] == [(late, colleague.pk)]
    assert ("not there" in page, "away" in page, "0 of 3" in page, "on shift" in page) == (True,) * 4
    assert owners([late, kept]) == [desk.l1] * 2
    move = reverse("desk:suggested-move", args=[late.pk])
    told = {"to": colleague.pk, "version": late.version, "why": "away"}
    assert browser(desk.l1).post(move, told).status_code == 403
    lead.post(move, told | {"version": 99})
    assert owners([late]) == [desk.l1]
    lead.post(move, told)
    assert owners([late, kept]) == [colleague, desk.l1]
    assert lead.post(move, {"to": "x", "version": "1"}).status_code == 404


def test_who_carries_too_much_is_relieved_of_what_presses_least(desk):
    cases = held(desk, 3)
    for hours, case in enumerate(cases, 10):
        due_in(case, hours)
    Case.objects.filter(pk=cases[2].pk).update(priority="P1")
    WorkingTime.objects.create(user=desk.l1, weekly_hours=ROUND_THE_CLOCK, capacity=3)
    colleague = worker(tenant=desk.acme)
    lead = actor_of_user(desk.person("lead"), at=timezone.now())
    seen = overview(actor=lead, at=timezone.now())
    assert [(load.person, load.carries, load.capacity, load.over) for load in seen.loads] == [
        (desk.l1, 4, 3, 1),
        (colleague, 0, 20, 0),
    ]
    assert [(one.case, one.to.id) for one in seen.suggestions] == [(cases[1], colleague.pk)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_case_as_for_three(desk, count, django_assert_num_queries):
    held(desk, count)
    desk.browser.get(url_of(desk))
    with django_assert_num_queries(9):
        desk.browser.get(url_of(desk), headers=ANEW)
