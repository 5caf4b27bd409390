"""A known answer under the fingers, in a real browser: every key is counted."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Case, Interaction, Macro
from tests.e2e.fingers import Fingers
from tests.factories.cases import macro, opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
MOST_KEYS = 4  # of a known answer, once the case is open


@pytest.fixture
def cases():
    acme = TenantFactory(slug="acme", name="Acme")
    ana = RequesterFactory(tenant=acme, name="Ana Novak", language="de", time_zone="Europe/Berlin")
    at = timezone.now() - timedelta(minutes=9)
    made = [opened(requester=ana, subject=f"Batch {n} fails", error_ids=["ING-503"], at=at) for n in range(3)]
    UserFactory(role="l1", username="l1", first_name="Mira", tenant=acme, level="L1")
    Macro.objects.update(active=False)
    macro(
        "Hello {{ requester.first_name }}, which region?",
        deutsch="Hallo {{ requester.first_name }}, welche Region?",
        name="Which region",
        send_as="waiting",
        error_codes=["ING-503"],
    )
    macro("Danke, {{ requester.first_name }}.", name="Thanks for the file")
    macro("Gesehen.", name="Seen, for the team", public=False)
    return made


@pytest.fixture
def desk(open_as, cases):
    page = open_as("l1", "/admin/desk/queues/needs-first-word/")
    expect(page.get_by_role("heading", name="Needs first word")).to_be_visible()
    return page


def open_first(desk):
    desk.wait_for_load_state()
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text(re.compile("^Batch"))
    desk.wait_for_load_state()


def shown_case(desk):
    return int(re.search(r"/cases/(\d+)/", desk.url)[1])


def test_a_known_answer_in_at_most_four_keys_and_the_next_case_is_there(desk: Page, cases):
    open_first(desk)
    first = shown_case(desk)
    fingers = Fingers(desk)
    fingers.press("1")
    expect(desk.locator("#reply-body")).to_have_value("Hallo Ana, welche Region?")  # the person reads it
    expect(desk.locator("#reply-body")).to_be_focused()
    assert not Interaction.objects.filter(by_kind="person").exists()
    fingers.press("Control+Enter")
    expect(desk.get_by_text(f"CASE-{first}: Sent to Ana Novak. We wait for the answer.")).to_be_visible()
    assert fingers.strokes <= MOST_KEYS
    assert fingers.strokes == 2
    following = shown_case(desk)
    assert following != first
    desk.wait_for_load_state()
    # The next one is answered in the same way, and its composer is empty.
    expect(desk.locator("#reply-body")).to_have_value("")
    fingers.press("1")
    expect(desk.locator("#reply-body")).to_have_value("Hallo Ana, welche Region?")
    fingers.press("Control+Enter")
    expect(desk.get_by_text(f"CASE-{following}: Sent")).to_be_visible()
    sent = Interaction.objects.filter(macro__name="Which region")
    assert sorted(sent.values_list("case_id", flat=True)) == sorted([first, following])
    assert [case.status for case in Case.objects.filter(pk__in=[first, following])] == ["waiting_on_customer"] * 2


def test_two_colons_open_a_list_that_typing_narrows(desk: Page, cases):
    open_first(desk)
    desk.keyboard.press("r")
    box, rows = desk.locator("#reply-body"), desk.locator("#reply-macros li")
    desk.keyboard.type("Moin! ::")
    expect(rows).to_have_text(["Which regionfits", "Thanks for the file"])
    desk.keyboard.press("Escape")
    expect(desk.locator("#reply-macros")).to_be_hidden()
    expect(box).to_be_focused()
    desk.keyboard.type("fi")
    expect(rows).to_have_text(["Thanks for the file"])
    desk.keyboard.press("Backspace")
    desk.keyboard.press("Backspace")
    expect(rows).to_have_count(2)
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(box).to_have_value("Moin! Danke, Ana.")
    desk.keyboard.type(" Bis bald")
    expect(box).to_have_value("Moin! Danke, Ana. Bis bald")
    expect(desk.locator("#reply [data-does]")).to_contain_text("macro “Thanks for the file”")
    desk.reload()  # a draft and what it is from survive
    expect(box).to_have_value("Moin! Danke, Ana. Bis bald")
    box.press("Control+Enter")
    expect(desk.get_by_text("Sent to Ana Novak.")).to_be_visible()
    assert Interaction.objects.get(macro__name="Thanks for the file").body == "Moin! Danke, Ana. Bis bald"
    # What was emptied is from no macro any more.
    desk.wait_for_load_state()
    desk.locator("#reply select").select_option("Which region")
    expect(desk.locator("#reply-body")).to_have_value("Hallo Ana, welche Region?")
    desk.locator("#reply-body").fill("")
    desk.locator("#reply-body").fill("My own words.")
    desk.locator("#reply-body").press("Control+Enter")
    expect(desk.locator(".msg.us").last).to_contain_text("My own words.")
    assert not Interaction.objects.filter(macro__name="Which region").exists()


def test_a_note_opens_its_own_tab(desk: Page, cases):
    Macro.objects.filter(public=False).update(error_codes=["ING-503"])
    Macro.objects.filter(name="Which region").update(error_codes=[])
    open_first(desk)
    desk.keyboard.press("1")
    expect(desk.locator("#note-body")).to_have_value("Gesehen.")
    expect(desk.locator("#note-body")).to_be_focused()
    expect(desk.locator("#reply-body")).to_be_hidden()


def test_a_promise_is_held_once_under_the_same_keys(desk: Page, cases):
    open_first(desk)
    desk.keyboard.press("r")
    desk.keyboard.type("Das ist bis morgen behoben.")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("Not sent yet: “bis morgen” promises a time")).to_be_visible()
    expect(desk.get_by_role("button", name=re.compile("^Send anyway"))).to_be_visible()
    desk.wait_for_load_state()
    desk.locator("#reply-body").press("Control+Enter")
    expect(desk.locator(".msg.us").last).to_contain_text("Das ist bis morgen behoben.")
    expect(desk.get_by_text("was sent though it promises a time: “bis morgen”")).to_be_visible()


def test_without_scripts_a_pick_and_a_button_fill_the_box(browser, live_server, sign_in, cases):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(context, "l1")
    page.goto(f"{live_server.url}/admin/desk/cases/{cases[0].pk}/?from=needs-first-word")
    page.locator("#reply-body").fill("Guten Tag.")
    page.locator("#reply select").select_option("Which region")
    page.locator("#reply").get_by_role("button", name="Fill in").click()
    expect(page.locator("#reply-body")).to_have_value("Guten Tag.\n\nHallo Ana, welche Region?")
    page.get_by_role("button", name="Send as waiting, next case").click()
    expect(page.get_by_text(f"{cases[0].reference}: Sent to Ana Novak.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Which region")).first.click()
    expect(page.locator("#reply-body")).to_have_value("Hallo Ana, welche Region?")
    context.close()
