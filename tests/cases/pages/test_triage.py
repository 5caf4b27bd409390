"""The CS Lead's page: every number is the length of the list behind it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.domain.desk.lead import overview
from cases.models import Case
from tests.cases.pages.conftest import browser

TRIAGE = reverse("desk:triage")


def listed(client, url):
    return len(client.get(url).context["rows"])


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_case_as_for_three(desk, count, django_assert_num_queries):
    desk.more(count)
    Case.objects.update(priority="P1", owner=desk.l1)
    lead = browser(desk.person("lead"))
    lead.get(TRIAGE)
    with django_assert_num_queries(16):
        lead.get(TRIAGE)


def test_each_number_equals_the_list_it_opens(desk):
    late, urgent, mine = desk.more(3)
    desk.at_work("closed")
    assert desk.other.pk
    Case.objects.filter(pk=late.pk).update(next_due_at=desk.at - timedelta(hours=1), breached=True)
    Case.objects.filter(pk=urgent.pk).update(priority="P0", reopen_count=1)
    Case.objects.filter(pk=mine.pk).update(owner=desk.l1, next_due_at=timezone.now() + timedelta(days=1))
    lead = browser(desk.person("lead"))
    totals = lead.get(TRIAGE).context["seen"].totals
    every = reverse("desk:queue", args=["all"])
    assert (totals.soon, totals.broken, totals.nobody, totals.urgent, totals.open, totals.reopened) == (
        2,
        1,
        2,
        1,
        3,
        1,
    )
    assert (totals.soon, totals.broken, totals.nobody, totals.urgent, totals.open, totals.reopened) == tuple(
        listed(lead, url)
        for url in (
            reverse("desk:queue", args=["breaching-next"]),
            reverse("desk:queue", args=["breached"]),
            reverse("desk:queue", args=["unassigned"]),
            f"{every}?priority=P0&priority=P1&open=1",
            f"{every}?open=1",
            f"{every}?reopened=1&open=1",
        )
    )


def test_loads_and_clients_lead_to_their_cases(desk):
    [case] = desk.more(1)
    Case.objects.filter(pk=case.pk).update(owner=desk.l1, breached=True, priority="P1")
    seen = browser(desk.person("lead")).get(TRIAGE).context["seen"]
    assert [(load.person, load.open, load.urgent) for load in seen.loads] == [(desk.l1, 1, 1)]
    assert [(risk.tenant, risk.open, risk.broken, risk.urgent) for risk in seen.at_risk] == [(desk.acme, 1, 1, 1)]
    every = reverse("desk:queue", args=["all"])
    assert listed(browser(desk.person("lead")), f"{every}?owner=mira&open=1") == 1


def test_the_hours_count_what_is_late_in_the_first(desk):
    late, soon = desk.more(2)
    at = timezone.now()
    Case.objects.filter(pk=late.pk).update(next_due_at=at - timedelta(hours=30))
    Case.objects.filter(pk=soon.pk).update(next_due_at=at + timedelta(hours=3))
    hours = overview(actor=desk.actor, at=at).hours
    assert (len(hours), hours[0][1], sum(count for _hour, count in hours)) == (5, 1, 2)


def test_a_case_stands_in_each_list_that_it_fits_in_the_lists_own_order(desk):
    first, second, third = desk.more(3)
    at = timezone.now()
    for case, days, due in ((first, 1, 3), (second, 3, 1), (third, 2, 2)):
        times = {"opened_at": at - timedelta(days=days), "next_due_at": at + timedelta(hours=due)}
        Case.objects.filter(pk=case.pk).update(priority="P1", reopen_count=1, **times)
    Case.objects.filter(pk=third.pk).update(priority="P0", owner=desk.l1)
    seen = overview(actor=desk.actor, at=at)
    assert {
        "soon": [promise.case for promise in seen.promises],
        "nobody": seen.nobody,
        "urgent": seen.urgent,
        "reopened": seen.reopened,
    } == {
        "soon": [second, third, first],
        "nobody": [second, first],
        "urgent": [third, second, first],
        "reopened": [first, third, second],
    }


def test_an_empty_desk_says_nothing_rather_than_vanish(desk):
    page = browser(desk.person("lead")).get(TRIAGE).content.decode()
    assert page.count("Nothing") >= 4
