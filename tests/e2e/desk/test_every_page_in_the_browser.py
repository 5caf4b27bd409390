"""Each page as people meet it: light and dark, wide and narrow. axe-core finds nothing serious, nothing scrolls
sideways, the policy refuses nothing.
"""

from uuid import uuid4

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Case, Macro, Notice
from incidents.models import Incident
from tests.factories.cases import macro
from tests.factories.filling import checklist, custom_field
from tests.factories.furnishing import furnished
from tests.factories.pages import pages_of, pages_of_everybody, pages_of_unfold
from tests.factories.tenants import GrantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BY_COLOUR = ["color-contrast"]
GRAVE = ("serious", "critical")
WIDTHS = (390, 1280, 1920)
GREETING = "Greeting"


@pytest.fixture
def furniture(db):
    at = timezone.now()
    desk = furnished("acme", at=at)
    Incident.objects.filter(pk=desk.incident.pk).update(public=True)
    lea = UserFactory(role="lead", username="lea", first_name="Lea", last_name="Kurz")
    GrantFactory(user=lea, role="po")  # the weekly update is the PO's
    GrantFactory(user=lea, role="admin")
    Notice.objects.filter(user=desk.colleague).update(user=lea)  # an inbox with something in it
    macro("Hello {{ requester.first_name }}.", name=GREETING)
    custom_field(categories=["ingestion"])
    checklist()
    return pages_of_everybody(desk, at=at), pages_of(desk, at=at), pages_of_unfold(desk)


def wrong(page: Page) -> list[str]:
    """What axe-core calls serious or worse: rule and where. By daylight all of its rules; by night what colours alone
    decide. It is brought along once a page.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)
    by_day = grave(page, {"runOnly": LEVELS})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return by_day + [f"dark: {fault}" for fault in grave(page, {"runOnly": {"type": "rule", "values": BY_COLOUR}})]


def grave(page: Page, options: dict) -> list[str]:
    found = page.evaluate("options => axe.run(options)", options | {"resultTypes": ["violations"]})["violations"]
    return [
        f"{one['id']}: {node['html'][:140]} {(node['any'] or [{'message': ''}])[0]['message'][:140]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """The page itself, and the part of it that scrolls up and down."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        over = page.evaluate(
            """() => [document.documentElement, document.getElementById("main") ?? document.body]
                 .map((part) => part.scrollWidth - Math.max(part.clientWidth, part.offsetWidth))"""
        )
        found += [f"{most} px too wide at {width}" for most in over if most > 0]
    return found


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


def test_nobody_is_kept_out(page: Page, live_server, furniture, sign_in):
    """Of unfold's pages neither; and its scripts need nothing that the policy refuses."""
    everybodys, ours, unfolds = furniture
    page.set_viewport_size({"width": 1280, "height": 800})
    found = visit(page, live_server.url, everybodys, wrong)
    sign_in(page.context, "lea")
    found |= visit(page, live_server.url, ours | unfolds, wrong)
    page.goto(live_server.url + ours["queue"])
    preview_a_macro(page)
    assert found | {"bulk preview": wrong(page) + sideways(page)} == {"bulk preview": []}


def preview_a_macro(page: Page) -> None:
    """By the form that a list sends with what was selected."""
    cases = [["case", str(pk)] for pk in Case.objects.values_list("pk", flat=True)]
    chosen = [["macro", str(Macro.objects.get(name=GREETING).pk)], ["token", str(uuid4())]]
    page.evaluate(
        """([address, fields]) => {
            const form = Object.assign(document.createElement("form"), { method: "post", action: address });
            fields.push(["csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value]);
            for (const [name, value] of fields)
                form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
            document.body.append(form);
            form.submit();
        }""",
        [reverse("desk:bulk", args=["macro"]), [*cases, *chosen, ["go", "1"], ["preview", "1"]]],
    )
    expect(page.get_by_text("Hello acme").first).to_be_visible()


def test_nothing_scrolls_sideways(page: Page, live_server, furniture, sign_in):
    everybodys, ours, _ = furniture
    found = visit(page, live_server.url, everybodys, sideways)
    sign_in(page.context, "lea")
    assert found | visit(page, live_server.url, ours, sideways) == {}


def test_reading_and_replying_on_a_phone_without_scripts(browser, live_server, furniture, sign_in):
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    sign_in(context, "lea")
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
