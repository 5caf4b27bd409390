"""Each page as people meet it: light and dark, wide and narrow. axe-core finds nothing serious, nothing scrolls
sideways, the policy refuses nothing.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories.furnishing import furnished
from tests.factories.pages import pages_of, pages_of_everybody, pages_of_unfold
from tests.factories.tenants import PASSWORD, GrantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")


@pytest.fixture
def furniture(db):
    at = timezone.now()
    desk = furnished("acme", at=at)
    lea = UserFactory(role="lead", username="lea", first_name="Lea", last_name="Kurz")
    GrantFactory(user=lea, role="po")  # the weekly update is the PO's
    GrantFactory(user=lea, role="admin")
    return pages_of_everybody(desk, at=at), pages_of(desk, at=at), pages_of_unfold(desk)


def sign_in(page: Page, server: str) -> None:
    page.goto(f"{server}/admin/login/")
    page.get_by_label("Username").fill("lea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/triage/")


def wrong(page: Page) -> list[str]:
    """What axe-core calls serious or worse: rule and where."""
    found = Axe().run(page, options={"runOnly": LEVELS}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:140]} {(node['any'] or [{'message': ''}])[0]['message'][:140]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """The page itself, and the part of it that scrolls up and down."""
    over = page.evaluate(
        """() => [document.documentElement, document.getElementById("main") ?? document.body]
             .map((part) => part.scrollWidth - Math.max(part.clientWidth, part.offsetWidth))"""
    )
    return [f"{most} px too wide at {page.viewport_size['width']}" for most in over if most > 0]


def visit(page: Page, server: str, pages: dict[str, str], ask) -> dict[str, list[str]]:
    """{page: what is wrong there}, without the pages where nothing is."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    found = {}
    for name, address in pages.items():
        heard.clear()
        page.goto(server + address)
        page.wait_for_load_state()
        said = [words for words in heard if "the server responded with a status of 404" not in words]
        if faults := ask(page) + said:
            found[name] = faults
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out(page: Page, live_server, furniture, theme):
    everybodys, ours, _ = furniture
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 1280, "height": 800})
    found = visit(page, live_server.url, everybodys, wrong)
    sign_in(page, live_server.url)
    assert found | visit(page, live_server.url, ours, wrong) == {}


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_nothing_scrolls_sideways(page: Page, live_server, furniture, width):
    everybodys, ours, _ = furniture
    page.set_viewport_size({"width": width, "height": 844})
    found = visit(page, live_server.url, everybodys, sideways)
    sign_in(page, live_server.url)
    assert found | visit(page, live_server.url, ours, sideways) == {}


def test_the_policy_refuses_nothing_that_unfold_needs(page: Page, live_server, furniture):
    sign_in(page, live_server.url)
    assert visit(page, live_server.url, furniture[2], lambda _page: []) == {}


def test_reading_and_replying_on_a_phone_without_scripts(browser, live_server, furniture):
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url)
    page.goto(live_server.url + furniture[1]["case"])
    menu = page.get_by_role("navigation", name="Desk")
    expect(menu).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    expect(menu).to_be_visible()
    menu.get_by_role("link", name="Close").click()
    expect(menu).to_be_hidden()
    box = page.locator("#reply")
    box.get_by_role("textbox").fill("The quota is doubled.")
    box.get_by_role("button", name="Send to").click()
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("The quota is doubled.")
    context.close()
