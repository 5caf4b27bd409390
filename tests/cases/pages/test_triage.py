"""The CS Lead's page: every number is the length of the list behind it."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from cadence.domain import weekly
from cadence.domain.calendar import week_at
from cases.domain.desk.lead import overview
from cases.models import Case
from sla.models import Alert
from tenants.domain.actors import SYSTEM
from tests.cases.pages.conftest import browser
from tests.factories.cases import opened
from tests.factories.tenants import RequesterFactory, actor

TRIAGE = reverse("desk:triage")


def listed(client, url):
    return len(client.get(url).context["rows"])


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_case_as_for_three(desk, count, django_assert_num_queries):
    desk.more(count)
    Case.objects.update(priority="P1", owner=desk.l1)
    lead = browser(desk.person("lead"))
    lead.get(TRIAGE)
    with django_assert_num_queries(18):
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


def hrefs(html):
    """{what stands in a link's <b>, or after its number: where it leads}, of the asides."""
    asides = html.partition('<p class="asides">')[2].partition("</p>")[0]
    found = re.findall(r'<a href="([^"]+)"><b[^>]*>([^<]+)</b> ([^<]+)</a>', asides)
    return {words: (int(number), unescape(url)) for url, number, words in found}


def broke(tenant, at, status="open"):
    """A promise to the tenant that was broken; of no case, as an update that came late is."""
    ended = {"resolved_at": at} if status == "resolved" else {}
    Alert.objects.create(
        tenant=tenant, kind="breach", title="Late", raised_at=at, noticed_at=at, tell_at=at, status=status, **ended
    )


def test_the_numbers_beside_equal_their_lists(desk):
    asked, silent, handed_on = desk.more(3)
    at = timezone.now()
    Case.objects.filter(pk=asked.pk).update(customer_waiting_since=at - timedelta(hours=2))
    Case.objects.filter(pk=silent.pk).update(customer_waiting_since=at - timedelta(days=2))
    Case.objects.filter(pk=handed_on.pk).update(level="L2", customer_waiting_since=None)
    midnight = at.astimezone(ZoneInfo("Europe/Berlin")).replace(hour=0, minute=0, second=0, microsecond=0)
    for raised_at, status in ((midnight, "open"), (midnight, "resolved"), (midnight - timedelta(hours=1), "open")):
        broke(desk.acme, raised_at, status=status)
    broke(desk.other.tenant, midnight)
    lead = browser(desk.person("lead"))
    told = hrefs(lead.get(TRIAGE).content.decode())
    assert {words: number for words, (number, _url) in told.items()} == {
        "with a word of theirs unanswered": 2,
        "for more than a day": 1,
        "escalated, with nobody": 1,
        "broken today": 2,
        "broken yesterday": 1,
        "broken and not acknowledged": 2,
    }
    for number, url in told.values():
        page = lead.get(url)
        shown = page.context["cl"].result_count if "sla/alert" in url else len(page.context["rows"])
        assert (url, shown) == (url, number)


def test_what_came_in_is_grouped_by_what_it_has_in_common(desk):
    desk.more(2, error_ids=["ING-503"], category="how-to")
    Case.objects.filter(pk__in=[case.pk for case in desk.more(1, error_ids=["ING-503"])]).update(
        opened_at=timezone.now() - timedelta(days=2)
    )
    desk.more(1, error_ids=["AUTH-1"])
    desk.acme.arr, desk.acme.arr_currency = 1000, "EUR"
    desk.acme.save(update_fields=["arr", "arr_currency"])
    opened(requester=RequesterFactory(tenant=desk.other.tenant), error_ids=["ING-503", "AUTH-1"], at=desk.at)
    lead = browser(desk.person("lead"))
    themes = lead.get(TRIAGE).context["seen"].themes
    assert [(theme.kind, theme.name, theme.cases, theme.tenants, theme.arr) for theme in themes] == [
        ("category", "How-to", 2, 1, [("EUR", 1000)]),
        ("error", "ING-503", 2, 1, [("EUR", 1000)]),
    ]
    for theme in themes:
        assert listed(lead, f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': theme.line})}") == theme.cases
        rows = lead.get(reverse("desk:queue", args=["all"]), {"q": theme.line, "select": "page"}).context["rows"]
        assert [row.selected for row in rows] == [True] * theme.cases
    seen_by_all = overview(actor=actor("po"), at=timezone.now()).themes
    assert ("ING-503", 3, 2) in [(theme.name, theme.cases, theme.tenants) for theme in seen_by_all]


def test_the_weekly_updates_of_this_week_stand_beside(desk):
    at = timezone.localtime()
    week = week_at(at=at, zone=at.tzinfo)
    for tenant in (desk.acme, desk.other.tenant):
        weekly.draft(tenant_id=tenant.pk, week=week, by=SYSTEM, at=at)
    lead = browser(desk.person("lead"))
    beside = lead.get(TRIAGE).context["beside"]
    assert [(line.number, str(line.words)) for line in beside] == [
        (1, "weekly updates drafted"),
        (0, "weekly updates sent"),
    ]
    assert [lead.get(line.url).context["cl"].result_count for line in beside] == [1, 0]


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
