"""Browsers whose person is signed in already, and which fail when anything stands on their console."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from tenants.models import User

PATIENCE = 15_000  # ms: a machine that runs two calls at once may be slow, what is asked for still comes
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def sign_in(live_server):
    """`sign_in(context, username)`: the session that the form would give, without the form's two pages."""

    def give(context: BrowserContext, username: str) -> None:
        client = Client()
        client.force_login(User.objects.get(username=username))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    return give


@pytest.fixture
def watch():
    """`watch(page)`: at the end its console must have said nothing, but that a form was refused (4xx)."""
    heard: list[str] = []

    def listen(page: Page) -> Page:
        page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        return page

    yield listen
    assert [words for words in heard if "the server responded with a status of 4" not in words] == []


@pytest.fixture
def open_as(page: Page, live_server, sign_in, watch):
    """`open_as(username, path)`: the page at 1280 px, its scripts loaded."""

    def go(username: str, path: str) -> Page:
        page.set_viewport_size({"width": 1280, "height": 800})
        sign_in(page.context, username)
        watch(page).goto(f"{live_server.url}{path}")
        return page

    return go
