"""The pages of the cadence: L2's week, a chain review, missing updates, and where they announce themselves."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cadence.domain import summaries
from cadence.models import ChainReview, LevelSummary, ReviewPolicy, SlaReview, SummaryReader
from cases.domain import escalation
from outbox.domain.relay import relay_round
from tenants.models import User
from tests.factories.api import Api
from tests.factories.cases import opened, worked_to
from tests.factories.pages import ANEW
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
INBOX = reverse("desk:inbox")


def browser(user):
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


class Desk:
    def __init__(self):
        self.at = timezone.now() - timedelta(hours=3)
        self.acme = TenantFactory(name="Acme")
        self.ana = RequesterFactory(tenant=self.acme)
        self.l2 = UserFactory(role="l2", tenant=self.acme, level="L2")
        self.l3 = UserFactory(role="l3", tenant=self.acme, level="L3")
        self.lead = UserFactory(role="lead", tenant=self.acme)
        self.by = actor("l2", tenant=self.acme)

    def grow(self, count):
        """Cases with one error code that L2 resolved or handed on."""
        for n in range(count):
            case = opened(requester=self.ana, subject=f"Rows vanish {n}", error_ids=["ING-503"], at=self.at)
            to = "L3" if n % 2 else "L2"
            escalation.escalate(case_id=case.pk, to=to, known_issues_searched=True, by=self.by, at=self.at)
            if to == "L2":
                worked_to("resolved", case=case, by=self.by, at=self.at + timedelta(minutes=1))
        relay_round(at=self.at + timedelta(minutes=30))

    def summary(self):
        """Of the days up to now: whichever day it is."""
        now = timezone.now()
        week = summaries.SummaryWeek(
            friday=now.date(), covers_from=now - timedelta(days=7), covers_to=now, publish_at=now + timedelta(hours=4)
        )
        return summaries.draft(week=week, at=now)


@pytest.fixture
def desk():
    return Desk()


# --- L2's week ------------------------------------------------------------------------------------------------------
def test_each_figure_of_the_week_equals_its_list(desk):
    desk.grow(5)
    theirs = opened(requester=RequesterFactory(), error_ids=["ING-503"], at=desk.at)
    escalation.escalate(case_id=theirs.pk, to="L2", known_issues_searched=True, by=actor("l2"), at=desk.at)
    client = browser(desk.l3)
    shown = client.get(reverse("cadence:week", args=[desk.summary().pk])).context
    told = {str(what): number for number, what, _meaning, _url in shown["figures"]}
    assert told == {
        "came up to L2": 3,
        "unsearched": 0,
        "resolved": 3,
        "to L3": 2,
        "open at L2": 0,
        "known issues": 0,
        "chain reviews": 1,
    }
    for number, what, _meaning, url in shown["figures"]:
        assert (what, length(client, url)) == (what, number)
    [(repeated, url)] = shown["repeated"]
    assert (repeated.name, len(repeated.case_ids), length(client, url)) == ("ING-503", 5, 5)


def length(client, url):
    shown = client.get(url).context
    return shown["cl"].result_count if "cl" in shown else len(shown["rows"])


def test_l2_writes_publishes_and_l3_reads_without_scripts(desk):
    desk.grow(1)
    summary = desk.summary()
    page, line = reverse("cadence:week", args=[summary.pk]), summary.lines.get()
    assert browser(desk.l3).get(INBOX).context["beside"] == []
    said = {"version": 1, "case": "", "text": "", "section": "resolved", f"line-{line.pk}": "The quota", "publish": "1"}
    assert browser(desk.l2).post(page, said).status_code == 302
    line.refresh_from_db()
    assert (LevelSummary.objects.get().status, line.text) == ("published", "The quota")
    reading = browser(desk.l3)
    [told] = reading.get(INBOX).context["beside"]
    assert (str(told.what), told.url) == ("L2's week", page)
    assert reading.get(page).context["unread"]
    reading.post(page, {"read": "1"})
    assert SummaryReader.objects.get().read_at is not None
    assert reading.get(INBOX).context["beside"] == []


def test_what_is_refused_keeps_what_was_typed(desk):
    desk.grow(1)
    summary = desk.summary()
    page, line = reverse("cadence:week", args=[summary.pk]), summary.lines.get()
    typed = {"version": 7, "case": "", "text": "", "section": "resolved", f"line-{line.pk}": "Mine", "save": "1"}
    stale = browser(desk.l2).post(page, typed)
    assert (stale.status_code, "Mine" in stale.content.decode()) == (412, True)
    wrong = browser(desk.l2).post(page, typed | {"version": 1, "case": "CASE-9", "text": "x"})
    assert wrong.status_code == 422
    assert browser(desk.lead).get(page).status_code == 200
    assert browser(desk.lead).post(page, typed | {"version": 1, "publish": "1"}).status_code == 403
    line.refresh_from_db()
    assert (LevelSummary.objects.get().status, line.written_by) == ("draft", None)


@pytest.mark.parametrize("count", [2, 6])
def test_the_week_costs_the_same_for_two_as_for_six(desk, count, django_assert_num_queries):
    desk.grow(count)
    page, client = reverse("cadence:week", args=[desk.summary().pk]), browser(desk.l2)
    client.get(page)
    with django_assert_num_queries(11):
        client.get(page, headers=ANEW)


# --- A chain review -------------------------------------------------------------------------------------------------
OUTCOME = {
    "chain_level": "code",
    "root_cause": "The quota is read once a day.",
    "l1_does": "Looks there first.",
    "l2_does": "Nothing.",
    "l3_does": "Reads it at each request.",
    "known_issue": "",
    "action": "",
    "close": "1",
}


def test_l2_gives_it_to_l3_who_closes_it(desk):
    desk.grow(3)
    review = ChainReview.objects.get()
    page = reverse("cadence:review", args=[review.pk])
    [waits] = browser(desk.l2).get(INBOX).context["beside"]
    assert (str(waits.what), waits.url) == ("Chain review, nobody's", page)
    plan = {"version": 1, "owner": desk.l3.pk, "due_on": timezone.localdate() + timedelta(days=3), "plan": "1"}
    assert browser(desk.l2).post(page, plan).status_code == 302
    [waits] = browser(desk.l3).get(INBOX).context["beside"]
    assert str(waits.what) == "Chain review, yours"
    assert browser(desk.l2).get(INBOX).context["beside"] == []
    empty = browser(desk.l3).post(page, OUTCOME | {"version": 2, "l1_does": ""})
    assert (empty.status_code, "Reads it at each request." in empty.content.decode()) == (422, True)
    assert browser(desk.l3).post(page, OUTCOME | {"version": 2}).status_code == 302
    review.refresh_from_db()
    assert (review.owner, review.closed_by, review.root_cause) == (desk.l3, desk.l3, OUTCOME["root_cause"])
    assert "Reads it at each request." in browser(desk.lead).get(page).content.decode()


def test_the_lead_reads_it_and_gives_it_to_nobody(desk):
    desk.grow(3)
    review = ChainReview.objects.get()
    page, lead = reverse("cadence:review", args=[review.pk]), browser(desk.lead)
    shown = lead.get(page)
    assert (shown.status_code, shown.context["plan"], shown.context["outcome"]) == (200, None, None)
    plan = {"version": 1, "owner": desk.l3.pk, "due_on": timezone.localdate() + timedelta(days=3), "plan": "1"}
    assert lead.post(page, plan).status_code == 403
    assert lead.post(page, OUTCOME | {"version": 1}).status_code == 403
    assert ChainReview.objects.values_list("owner", "closed_at").get() == (None, None)
    assert browser(UserFactory(role="l2", tenant=TenantFactory())).get(page).status_code == 404
    assert lead.get(INBOX).context["beside"] == []


@pytest.mark.parametrize("count", [3, 6])
def test_a_review_costs_the_same_for_three_cases_as_for_six(desk, count, django_assert_num_queries):
    desk.grow(count)
    page, client = reverse("cadence:review", args=[ChainReview.objects.get().pk]), browser(desk.l2)
    client.get(page)
    with django_assert_num_queries(12):
        client.get(page, headers=ANEW)


def test_the_api_reads_reviews_and_only_those_whose_clients_one_sees(desk):
    desk.grow(3)
    review = ChainReview.objects.get()
    api = Api(desk.lead)
    [told] = api.get("/chain-reviews/", {"open": "true"}).json()["results"]
    assert told == {
        "id": str(review.pk),
        "kind": "error",
        "pattern": "ING-503",
        "opened_at": told["opened_at"],
        "due_on": review.due_on.isoformat(),
        "owner": None,
        "closed_at": None,
        **dict.fromkeys(("chain_level", "root_cause", "l1_does", "l2_does", "l3_does"), ""),
        "known_issue": None,
        "cases": [f"CASE-{pk}" for pk in review.review_cases.order_by("pk").values_list("case_id", flat=True)],
    }
    assert api.get(f"/chain-reviews/{review.pk}/").json() == told
    assert api.get("/chain-reviews/", {"open": "false"}).json()["results"] == []
    stranger = Api(UserFactory(role="l2", tenant=TenantFactory()))
    assert stranger.get("/chain-reviews/").json()["results"] == []
    assert stranger.get(f"/chain-reviews/{review.pk}/").status_code == 404


# --- Settings and forms ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("role", "status", "cases"), [("po", 302, 5), ("lead", 403, 3), ("l2", 403, 3)])
def test_who_edits_promises_says_when_a_pattern_is_one(role, status, cases):
    client = browser(UserFactory(role=role))
    page = reverse("admin:cadence_reviewpolicy_change", args=[1])
    assert client.post(page, {"cases": 5, "days": 30, "due_days": 7}).status_code == status
    assert ReviewPolicy.objects.get().cases == cases


def test_the_lead_says_that_an_sla_review_was_held(desk):
    review = SlaReview.objects.create(tenant=desk.acme, due_on=timezone.localdate())
    lead = browser(desk.lead)
    hold = reverse("admin:cadence_slareview_hold", args=[review.pk])
    assert lead.get(reverse("admin:cadence_slareview_change", args=[review.pk])).url == hold
    assert browser(desk.l2).post(hold, {"outcome": "Held"}).status_code == 403
    assert lead.post(hold, {"outcome": "All stays"}).status_code == 302
    review.refresh_from_db()
    assert (review.held_by, review.outcome) == (desk.lead, "All stays")
