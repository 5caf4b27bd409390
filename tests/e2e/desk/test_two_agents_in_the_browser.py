"""Two agents, one case, two browsers: what one does the other sees by itself, and nothing that is written is lost."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from cases.domain import drafts, merging
from cases.models import Interaction
from config.short_memory import asked
from tenants.domain.actors import actor_of_user
from tenants.models import User
from tests.factories.cases import opened, says
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SOON = 15_000  # milliseconds; a page asks every three seconds
LONGER = 25_000  # than a list waits between two renewals


@pytest.fixture
def acme():
    asked(lambda pipeline: pipeline.flushdb())
    return TenantFactory(slug="acme", name="Acme")


@pytest.fixture
def ana(acme):
    return RequesterFactory(tenant=acme, name="Ana Novak")


@pytest.fixture
def case(ana):
    return opened(requester=ana, subject="Ingestion stalls", at=timezone.now() - timedelta(minutes=4))


class Agent:
    """One signed-in person in a browser of their own."""

    def __init__(self, browser: Browser, url: str, user: User):
        self.url = url
        self.actor = actor_of_user(user, at=timezone.now())
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page = self.context.new_page()

    def on(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page


@pytest.fixture
def agents(browser: Browser, live_server, acme, sign_in, watch):
    both = []
    for username, first, last in (("mira", "Mira", "Vogel"), ("ben", "Ben", "Ohm")):
        user = UserFactory(role="l2", username=username, first_name=first, last_name=last, tenant=acme)
        agent = Agent(browser, live_server.url, user)
        sign_in(agent.context, username)
        watch(agent.page)
        both.append(agent)
    yield both
    for agent in both:
        agent.context.close()


def box(page: Page):
    return page.locator("#reply-body")


def test_ones_reply_is_seen_by_the_other_whose_own_is_held(agents, case):
    mira, ben = agents
    a, b = mira.on(f"/admin/desk/cases/{case.pk}/"), ben.on(f"/admin/desk/cases/{case.pk}/")
    a.keyboard.press("r")
    a.keyboard.type("We look at it right ")
    # Ben sees that Mira is here and writes, and answers all the same.
    expect(b.locator("[data-here]")).to_contain_text("Mira Vogel is typing", timeout=SOON)
    box(b).fill("It is the quota: raised to 20.")
    box(b).press("Control+Enter")
    expect(b.get_by_text("Sent to Ana Novak.")).to_be_visible()
    # It stands on Mira's page by itself, under her fingers: neither focus nor text move.
    expect(a.locator(".msg.us")).to_contain_text("It is the quota: raised to 20.", timeout=SOON)
    expect(a.locator(".guard")).to_have_text(re.compile(r"^Ben Ohm replied \d+ s ago: read it first"))
    a.keyboard.type("now.")
    expect(box(a)).to_have_value("We look at it right now.")
    expect(box(a)).to_be_focused()
    # The first press is held, the second one goes.
    box(a).press("Control+Enter")
    expect(box(a)).to_have_value("We look at it right now.")
    assert not Interaction.objects.filter(body="We look at it right now.").exists()
    box(a).press("Control+Enter")
    expect(a.get_by_text("Sent to Ana Novak.")).to_be_visible()
    assert Interaction.objects.filter(body="We look at it right now.").count() == 1
    # Ten seconds to take it back: the text is in the box again, and gone from Ben's page, too.
    expect(b.locator(".msg.us")).to_have_count(2, timeout=SOON)
    a.locator("#time").focus()
    a.keyboard.press("u")
    expect(a.get_by_text("Taken back, nothing was sent.")).to_be_visible()
    expect(box(a)).to_have_value("We look at it right now.")
    expect(b.locator(".msg.us")).to_have_count(1, timeout=SOON)


def test_a_case_that_is_merged_under_ones_fingers_leads_on_with_the_words(agents, case, ana):
    mira, ben = agents
    root = opened(requester=ana, subject="All is late", at=timezone.now() - timedelta(minutes=3))
    at = timezone.now()
    drafts.keep(case_id=root.pk, tab="reply", body="Begun here.", by=mira.actor, at=at)
    page = mira.on(f"/admin/desk/cases/{case.pk}/")
    box(page).fill("It is the quota.")
    merging.merge(case_id=case.pk, into=root.pk, by=ben.actor, at=at)
    told = page.locator("#write [role=alert]")
    expect(told).to_contain_text(f"It was merged into {root.reference} meanwhile.", timeout=SOON)
    box(page).press("Control+Enter")
    expect(box(page)).to_have_value("It is the quota.")
    told.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/cases/{root.pk}/"))
    expect(box(page)).to_have_value("Begun here.\n\nIt is the quota.")
    page.reload()
    expect(box(page)).to_have_value("Begun here.\n\nIt is the quota.")
    box(page).press("Control+Enter")
    expect(page.get_by_text("Sent to Ana Novak.")).to_be_visible()
    said = Interaction.objects.get(by_kind="person", public=True)
    assert (said.case_id, said.body.splitlines()) == (root.pk, ["Begun here.", "", "It is the quota."])


def test_what_one_did_oneself_holds_nobody_up(agents, case):
    mira, _ben = agents
    a = mira.on(f"/admin/desk/cases/{case.pk}/")
    box(a).fill("It was the quota.")
    by = actor_of_user(User.objects.get(username="mira"), at=timezone.now())
    says(case, "Looked at the logs.", kind="note", public=False, by=by, at=timezone.now())
    expect(a.locator(".msg.note")).to_contain_text("Looked at the logs.", timeout=SOON)
    expect(a.locator(".guard")).to_have_count(0)
    box(a).press("Control+Enter")
    expect(a.get_by_text("Sent to Ana Novak.")).to_be_visible()


def test_a_draft_is_there_after_a_reload_and_in_another_browser(agents, browser, live_server, case):
    mira, ben = agents
    a = mira.on(f"/admin/desk/cases/{case.pk}/")
    box(a).fill("Half a thou")
    expect(a.locator("#reply [data-draft]")).to_have_text(re.compile(r"^draft kept \d\d:\d\d$"))
    a.reload()
    expect(box(a)).to_have_value("Half a thou")
    elsewhere = browser.new_context()
    elsewhere.add_cookies(mira.context.cookies())
    page = elsewhere.new_page()
    page.goto(f"{live_server.url}/admin/desk/cases/{case.pk}/")
    expect(box(page)).to_have_value("Half a thou")
    elsewhere.close()
    # Ben writes his own.
    b = ben.on(f"/admin/desk/cases/{case.pk}/")
    expect(box(b)).to_have_value("")


def test_what_was_sent_from_the_last_case_of_a_list_is_no_draft_of_it(agents, case):
    """The next page is the list, and that one says that it was sent."""
    mira, _ben = agents
    a = mira.on(f"/admin/desk/cases/{case.pk}/?from=needs-first-word")
    box(a).fill("Which region?")
    box(a).press("Alt+Enter")
    expect(a.get_by_text("Sent to Ana Novak. We wait for the answer.")).to_be_visible()
    expect(a).to_have_url(re.compile("/queues/needs-first-word/"))
    mira.on(f"/admin/desk/cases/{case.pk}/")
    expect(a.locator(".msg.us")).to_contain_text("Which region?")
    expect(box(a)).to_have_value("")


def test_a_list_tells_of_new_cases_and_does_not_jump(agents, ana, case):
    mira, ben = agents
    a = mira.on("/admin/desk/queues/all/")
    ben.on(f"/admin/desk/cases/{case.pk}/")
    row = a.locator(f'tr[data-case="{case.pk}"]')
    expect(row.locator(".row-here")).to_contain_text("Ben Ohm looks at it", timeout=SOON)
    a.keyboard.press("j")
    expect(row).to_have_class(re.compile(r"\bon\b"))
    newer = opened(requester=ana, subject="A second one", at=timezone.now())
    pill = a.get_by_role("button", name="1 new")
    expect(pill).to_be_visible(timeout=2 * SOON)
    expect(a.locator("#queue tbody tr")).to_have_count(1)
    pill.click()
    expect(a.locator("#queue tbody tr")).to_have_count(2)
    expect(a.locator(f'tr[data-case="{newer.pk}"]')).to_contain_text("A second one")
    expect(row).to_have_class(re.compile(r"\bon\b"))


def test_the_leads_view_renews_itself_but_not_under_the_hands(agents, ana, case):
    mira, _ben = agents
    page = mira.on("/admin/desk/triage/")
    nobody = page.locator(".card", has_text="have nobody").locator(".big")
    expect(nobody).to_have_text("1")
    page.get_by_role("link", name=re.compile("have nobody")).focus()
    opened(requester=ana, subject="A second one", at=timezone.now())
    page.wait_for_timeout(LONGER)
    expect(nobody).to_have_text("1")
    page.locator("#main").focus()
    expect(nobody).to_have_text("2", timeout=SOON)
