"""The Lead's lists in a real browser, by keys: filter, select, bulk, take back, views, snooze, next."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Case, SavedView
from tests.factories.cases import opened, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
AT = timedelta(minutes=20)
BERLIN = ZoneInfo("Europe/Berlin")  # where Lea is


@pytest.fixture
def cases():
    acme = TenantFactory(slug="acme", name="Acme")
    ana = RequesterFactory(tenant=acme, name="Ana Novak")
    at = timezone.now() - AT
    return [opened(requester=ana, subject=f"Question {n}", at=at) for n in range(4)]


@pytest.fixture
def desk(open_as, cases):
    """Lea, who leads, at the unassigned."""
    UserFactory(role="lead", username="lea", first_name="Lea", last_name="Kurz")
    page = open_as("lea", "/admin/desk/queues/unassigned/")
    expect(page.get_by_role("heading", name="Unassigned")).to_be_visible()
    return page


def press(page: Page, *keys):
    page.wait_for_load_state()
    for key in keys:
        page.keyboard.press(key)


def test_select_tag_and_take_back_by_keys(desk: Page, cases):
    bar = desk.get_by_role("form", name="With the selected")
    expect(bar).to_be_hidden()
    press(desk, "j", "x", "j", "x")
    expect(bar).to_contain_text("2 · With the selected")
    bar.get_by_role("button", name="Add tags").click()
    sheet = desk.get_by_role("dialog")
    expect(sheet).to_contain_text("2 cases")
    sheet.get_by_label("Tags").fill("quota")
    desk.keyboard.press("Control+Enter")
    report = desk.get_by_role("status", name="What came of it")
    expect(report).to_contain_text("Add tags: 2 cases done.")
    assert Case.objects.filter(tags=["quota"]).count() == 2
    press(desk, "f")
    expect(desk.get_by_label("Filter", exact=True)).to_be_focused()
    desk.keyboard.type("tag:quota")
    desk.keyboard.press("Enter")
    expect(desk.locator("#queue tbody tr")).to_have_count(2)
    desk.go_back()
    press(desk, "u")
    expect(desk.get_by_role("status", name="What came of it")).to_contain_text("Taken back: 2 cases done.")
    assert not Case.objects.filter(tags=["quota"]).exists()


def test_a_refused_one_stays_selected_with_its_reason(desk: Page, cases):
    press(desk, "j", "x")
    desk.get_by_role("link", name="All 4 on this page").click()
    worked_to("closed", case=cases[1], by=actor("l2"), at=timezone.now())
    desk.get_by_role("button", name="Take", exact=True).last.click()
    report = desk.get_by_role("status", name="What came of it")
    expect(report).to_contain_text("Take: 3 cases done.")
    expect(report).to_contain_text("was changed meanwhile")
    expect(report.get_by_label(cases[1].reference)).to_be_checked()
    expect(desk.get_by_role("form", name="With the selected")).to_contain_text("1 · With the selected")


def test_a_filter_becomes_a_view_and_next_goes_through_it(desk: Page, cases):
    Case.objects.filter(pk__in=[cases[0].pk, cases[2].pk]).update(tags=["quota"])
    press(desk, "f")
    desk.keyboard.type("tag:quota")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Save as view").click()
    desk.get_by_label("Name").fill("Quota")
    expect(desk.get_by_label("Which cases")).to_have_value("queue:unassigned tag:quota")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("heading", name="Quota")).to_be_visible()
    assert SavedView.objects.get(name="Quota").line == "queue:unassigned tag:quota"
    press(desk, "v")
    expect(desk.get_by_role("heading", name="Views", exact=True, level=1)).to_be_visible()
    desk.locator(".view-name", has_text="Quota").click()
    press(desk, "j", "Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Question 0")
    press(desk, "Shift+>")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Question 2")
    press(desk, "Shift+<")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Question 0")
    press(desk, "z")
    sheet = desk.get_by_role("dialog")
    sheet.get_by_label("or until").fill(
        (timezone.localtime(timezone=BERLIN) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    )
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("Snoozed: it comes back by itself.")).to_be_visible()
    press(desk, "Shift+>")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Question 2")
    press(desk, "Shift+>")
    expect(desk.get_by_text("That was the last of “Quota”.")).to_be_visible()
    expect(desk.locator("#queue tbody tr")).to_have_count(1)


def test_a_wrong_word_is_named(desk: Page):
    press(desk, "f")
    desk.keyboard.type("prio:P0")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_have_text("There is no filter “prio:”. Did you mean “priority:”?")
    expect(desk.get_by_label("Filter", exact=True)).to_have_value("prio:P0")


def test_without_a_script_it_works_as_well(browser, live_server, sign_in, cases):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    UserFactory(role="lead", username="lea")
    sign_in(context, "lea")
    page.goto(f"{live_server.url}/admin/desk/queues/unassigned/?select=page")
    page.get_by_role("button", name="Add tags").click()
    page.get_by_label("Tags").fill("quota")
    page.get_by_role("button", name=re.compile("^Add tags")).click()
    expect(page.get_by_role("status", name="What came of it")).to_contain_text("Add tags: 4 cases done.")
    page.get_by_role("button", name=re.compile("^Take back")).click()
    expect(page.get_by_role("status", name="What came of it")).to_contain_text("Taken back: 4 cases done.")
    context.close()
