"""The CS Lead's page: every number is the length of the list behind it."""

import re
from datetime import date, datetime, timedelta
from html import unescape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cadence.domain import weekly
from cadence.domain.calendar import week_at
from cadence.models import ChainReview, ChainReviewCase, SlaReview, WeeklyUpdate
from cases.domain.desk.lead import overview
from cases.models import Case, Survey
from outbox.models import Delivery
from sla.models import Alert
from tenants.domain.actors import SYSTEM
from tenants.models import Contact
from tests.cases.pages.conftest import browser
from tests.factories.cases import opened
from tests.factories.outbox import DeadConsumptionFactory, DeliveryFactory, EventFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import GrantFactory, RequesterFactory, TenantFactory, UserFactory, actor

TRIAGE = reverse("desk:triage")
BERLIN = ZoneInfo("Europe/Berlin")


def listed(client, url):
    return len(client.get(url).context["rows"])


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_case_as_for_three(desk, count, django_assert_num_queries):
    desk.more(count)
    Case.objects.update(priority="P1", owner=desk.l1)
    lead = browser(desk.person("lead"))
    lead.get(TRIAGE)
    with django_assert_num_queries(18):
        lead.get(TRIAGE, headers=ANEW)


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
    for tenant, ended in ((desk.acme, "dead"), (desk.acme, "sent"), (desk.other.tenant, "dead")):
        mail = DeliveryFactory(tenant_id=tenant.pk, at=at)
        Delivery.objects.filter(pk=mail.pk).update(status=ended, settled_at=at)
        status = "dead" if ended == "dead" else "done"
        DeadConsumptionFactory(event=EventFactory(tenant_id=tenant.pk), status=status)
    lead = browser(desk.person("lead"))
    told = hrefs(lead.get(TRIAGE).content.decode())
    assert {words: number for words, (number, _url) in told.items()} == {
        "with a word of theirs unanswered": 2,
        "for more than a day": 1,
        "escalated, with nobody": 1,
        "broken today": 2,
        "broken yesterday": 1,
        "broken and not acknowledged": 2,
        "messages not delivered": 1,
        "events that led to nothing": 1,
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


def test_what_is_promised_beside_cases_equals_its_lists(desk):
    """On a Thursday morning: of three clients of hers one's update was sent, one's is drafted, one's is missing."""
    at = datetime(2026, 11, 26, 10, 0, tzinfo=BERLIN)
    with time_machine.travel(at, tick=False):
        more = [TenantFactory(name=name, segment="hers") for name in ("Initech", "Umbrella")]
        lead = UserFactory(role="lead", tenant=desk.acme)
        for tenant in more:
            GrantFactory(user=lead, role="lead", tenant=tenant)
        friday, last = date(2026, 11, 27), date(2026, 11, 20)
        week = week_at(at=at, zone=BERLIN)
        sent, *_others = [weekly.draft(tenant_id=one.pk, week=week, by=SYSTEM, at=at) for one in (desk.acme, more[0])]
        weekly.draft(tenant_id=desk.other.tenant.pk, week=week, by=SYSTEM, at=at)
        before = at - timedelta(days=7)
        weekly.draft(tenant_id=desk.acme.pk, week=week_at(at=before, zone=BERLIN), by=SYSTEM, at=before)
        Contact.objects.create(tenant=desk.acme, name="Ana", email="ana@acme.example", role="operations")
        weekly.send(update_id=sent.pk, by=actor("po"), at=at)
        for tenant, days in ((desk.acme, 14), (more[0], -1), (more[1], 15), (desk.other.tenant, 1)):
            SlaReview.objects.create(tenant=tenant, due_on=at.date() + timedelta(days=days))
        for case, days in ((desk.case, -1), (desk.case, 3), (desk.other, 3)):
            review = ChainReview.objects.create(
                kind="error", key=f"{case}{days}", pattern="E", opened_at=at, due_on=at.date() + timedelta(days=days)
            )
            ChainReviewCase.objects.create(review=review, case=case, tenant=case.tenant, linked_at=at)
        browsing = browser(lead)
        beside = browsing.get(TRIAGE).context["beside"]
        lists = [browsing.get(line.url).context for line in beside]
    assert [(str(line.words), line.number) for line in beside] == [
        ("weekly updates missing", 1),
        ("weekly updates drafted", 1),
        ("weekly updates sent", 1),
        ("weekly updates never sent", 1),
        ("SLA reviews lapse within 14 days", 2),
        ("chain reviews open", 2),
        ("chain reviews late", 1),
    ]
    shown = [shown["cl"].result_count if "cl" in shown else len(shown["rows"]) for shown in lists]
    assert shown == [line.number for line in beside]
    assert [row.tenant for row in lists[0]["rows"]] == [more[1]]
    assert set(WeeklyUpdate.objects.values_list("week", flat=True)) == {friday, last}


def test_loads_and_clients_lead_to_their_cases(desk):
    [case] = desk.more(1)
    Case.objects.filter(pk=case.pk).update(owner=desk.l1, breached=True, priority="P1")
    seen = browser(desk.person("lead")).get(TRIAGE).context["seen"]
    assert [(load.person, load.open, load.urgent) for load in seen.loads] == [(desk.l1, 1, 1)]
    assert [(risk.tenant, risk.open, risk.broken, risk.urgent) for risk in seen.at_risk] == [(desk.acme, 1, 1, 1)]
    every = reverse("desk:queue", args=["all"])
    assert listed(browser(desk.person("lead")), f"{every}?owner=mira&open=1") == 1


@pytest.fixture
def at_ten():
    """A morning in Berlin; the pages' own reading of the clock."""
    with time_machine.travel(datetime(2026, 11, 23, 10, 20, tzinfo=BERLIN), tick=False):
        yield timezone.now().astimezone(BERLIN)


def test_the_hours_count_what_is_late_first_and_each_opens_its_list(desk, at_ten):
    overdue, running, afternoon, evening, snoozed = desk.more(5)
    for case, hours in ((overdue, -30), (running, 0.5), (afternoon, 7.5), (evening, 7.7), (snoozed, 2)):
        Case.objects.filter(pk=case.pk).update(next_due_at=at_ten + timedelta(hours=hours))
    Case.objects.filter(pk=snoozed.pk).update(snoozed_until=at_ten + timedelta(days=1))
    lead = browser(desk.person("lead"))
    told = lead.get(TRIAGE).context
    assert [(str(bar["label"]), bar["count"]) for bar in told["bars"] if bar["count"]] == [
        ("late", 1),
        ("10", 1),
        ("12", 1),
        ("17", 1),
    ]
    assert [str(bar["label"]) for bar in told["bars"]] == ["late", *(str(hour) for hour in range(10, 18))]
    assert [listed(lead, bar["url"]) for bar in told["bars"]] == [bar["count"] for bar in told["bars"]]
    assert told["seen"].totals.today == 4
    assert listed(lead, f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': 'due:before-18:00'})}") == 4
    assert [promise.case for promise in told["seen"].promises] == [overdue, running, snoozed, afternoon]


def test_a_case_stands_in_each_list_that_it_fits_in_the_lists_own_order(desk, at_ten):
    first, second, third = desk.more(3)
    at = at_ten
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


def scored(case, csat, words, at):
    """What the client thought of it, answered then."""
    told = {"csat": csat, "words": words, "answered_at": at, "editable_until": at}
    asked = {"tenant": case.tenant, "requester": case.requester, "sent_at": at}
    Survey.objects.update_or_create(case=case, window=1, defaults=told, create_defaults=asked | told)


def test_a_bad_score_is_a_clients_trouble_and_stands_there_with_its_words(desk):
    at = timezone.now()
    cases = [desk.at_work("closed") for _n in range(6)]
    told = [(2, "Nobody called back", 1), (1, "", 1), (3, "Slow", 2), (4, "Fine", 1), (1, "Long ago", 8)]
    for case, (csat, words, days) in zip(cases, told, strict=False):
        scored(case, csat, words, at - timedelta(days=days))
    scored(desk.other, 1, "Theirs", at)
    lead = browser(desk.person("lead"))
    answer = lead.get(TRIAGE)
    [risk] = answer.context["seen"].at_risk
    assert (risk.tenant, risk.open, risk.bad_scores) == (desk.acme, 0, 3)
    assert [(score.csat, score.words) for score in risk.said] == [(1, ""), (2, "Nobody called back")]
    page = answer.content.decode()
    assert "“Nobody called back”" in page
    assert "Theirs" not in page
    [url] = re.findall(rf'href="({reverse("admin:cases_survey_changelist")}[^"]+)"', page)
    assert lead.get(unescape(url)).context["cl"].result_count == 3


def test_an_empty_desk_says_nothing_rather_than_vanish(desk):
    page = browser(desk.person("lead")).get(TRIAGE).content.decode()
    assert page.count("Nothing") >= 4
