"""The search box by keys alone: results under it, commands, references, and what a screen reader is told."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories.cases import opened, says
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case():
    acme = TenantFactory(slug="acme", name="Acme")
    UserFactory(role="l1", username="l1", first_name="Mira", tenant=acme, level="L1")
    case = opened(requester=RequesterFactory(tenant=acme), subject="Webhook retries twice", at=timezone.now())
    says(case, "Each delivery comes again & <late>.", at=timezone.now())
    return case


@pytest.fixture
def desk(open_as, case):
    """Signed in, on the page of the case."""
    page = open_as("l1", f"/admin/desk/cases/{case.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhook retries twice")
    page.wait_for_load_state()
    return page


def chosen(desk: Page):
    box = desk.get_by_role("combobox", name="Search or jump")
    expect(box).to_have_attribute("aria-expanded", "true")
    return desk.locator(f"#{box.get_attribute('aria-activedescendant')}")


def test_results_are_walked_through_and_opened_by_keys(desk: Page, case):
    desk.keyboard.press("Control+k")
    desk.keyboard.type("delivery again")
    cases = desk.get_by_role("listbox").get_by_role("group", name=re.compile("Cases"))
    expect(cases.get_by_role("option")).to_have_count(1)
    expect(cases.locator("mark")).to_have_text(["delivery", "again"])
    expect(cases.get_by_role("option")).to_contain_text("comes again & <late>.")
    desk.keyboard.press("ArrowDown")
    expect(chosen(desk)).to_contain_text(case.reference)
    desk.keyboard.press("ArrowUp")
    expect(chosen(desk)).to_contain_text("All results")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(f"/admin/desk/cases/{case.pk}/$"))
    # Enter without a choice: the page of all results.
    desk.keyboard.press("/")
    desk.keyboard.type("webhook")
    expect(desk.get_by_role("option").first).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"/search/\?q=webhook$"))
    expect(desk.get_by_role("heading", name="Search for “webhook”")).to_be_visible()


def test_commands_are_what_the_page_offers(desk: Page):
    desk.keyboard.press("Control+k")
    desk.keyboard.type(">accept")
    expect(chosen(desk)).to_contain_text("Accept")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog").get_by_label("Priority")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("Control+k")
    desk.keyboard.type(">unass")
    expect(chosen(desk)).to_contain_text("Unassigned")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("/queues/unassigned/$"))


def test_a_reference_opens_at_once_and_escape_closes(desk: Page, case):
    box = desk.get_by_role("combobox", name="Search or jump")
    desk.keyboard.press("/")
    desk.keyboard.type("webhoko")
    expect(desk.locator(".palette")).to_contain_text("Results for “webhook” instead of “webhoko”")
    desk.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("webhoko")
    desk.keyboard.press("Control+k")
    desk.keyboard.type(case.reference.lower())
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(f"/admin/desk/cases/{case.pk}/$"))
