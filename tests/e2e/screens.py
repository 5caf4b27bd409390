"""`make screens`: the pictures of docs/screens/, taken of the demo in a real browser, light and dark.

SCREENS_DESK names a desk that runs already and has the demo's people; else one is made, which takes some minutes.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import CHROMIUM
from tests.e2e.processes.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "docs" / "screens"
PASSWORD = "demo-desk"
SIZE = {"width": 1280, "height": 800}
MOST_BYTES = 250 * 1024
THEMES = ("light", "dark")


class DemoDesk(Desk):
    @property
    def env(self) -> dict[str, str]:
        return super().env | {"DEMO": "1"}


@contextmanager
def running_desk() -> Iterator[str]:
    if address := os.environ.get("SCREENS_DESK"):
        yield address.rstrip("/")
        return
    with tempfile.TemporaryDirectory(prefix="desk-screens-") as place:
        desk = DemoDesk(Path(place) / "data")
        desk.start()
        try:
            desk.wait_until_green(seconds=900)
            yield f"http://127.0.0.1:{desk.port}"
        finally:
            desk.interrupt()


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/admin/login/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#login-form button").click()
    page.wait_for_load_state()


def views(page: Page, address: str) -> Iterator[str]:
    """Goes from page to page and says the name of each; where a page leads is read on the page before."""
    page.goto(f"{address}/admin/desk/queues/all/?open=1")
    yield "queue"
    page.goto(f"{address}/admin/desk/queues/all/?priority=P1&open=1")
    page.locator("#queue tbody .what a").first.click()
    page.wait_for_load_state()
    console = page.locator('a[href^="/admin/desk/tenants/"]').first.get_attribute("href")
    yield "case"
    page.goto(f"{address}/admin/desk/triage/")
    incident = page.locator('a[href^="/admin/incidents/incident/"][href$="/change/"]').first.get_attribute("href")
    yield "triage"
    page.goto(f"{address}{console}")
    yield "console"
    page.goto(f"{address}{incident}")
    yield "incident"
    page.goto(f"{address}/admin/desk/search/?q=ingestion")
    yield "search"
    page.goto(f"{address}/status/")
    yield "status"


def picture(page: Page, name: str, theme: str) -> str:
    """The light one has the plain name. Over the limit is a failure: a repository keeps every picture for ever."""
    path = SCREENS / (f"{name}.png" if theme == "light" else f"{name}-{theme}.png")
    page.screenshot(path=path)
    size = path.stat().st_size
    return f"{path.relative_to(ROOT)}: {size // 1024} KiB, more than {MOST_BYTES // 1024}" if size > MOST_BYTES else ""


def take(browser: Browser, address: str) -> list[str]:
    faults = []
    for theme in THEMES:
        page = browser.new_context(viewport=SIZE, color_scheme=theme, locale="en").new_page()
        sign_in(page, address, "lead")
        faults += [fault for name in views(page, address) if (fault := picture(page, name, theme))]
        page.context.close()
    return faults


def main() -> int:
    with running_desk() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM)
        faults = take(browser, address)
        browser.close()
    for fault in faults:
        print(f"desk: {fault}")
    print(f"desk: pictures in {SCREENS.relative_to(ROOT)}", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
