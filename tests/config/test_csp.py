"""No script, no style and no handler stands inside a page of ours; the policy says so to the browser."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Incident
from tests.factories.furnishing import furnished
from tests.factories.pages import pages_of, pages_of_everybody, pages_of_unfold
from tests.factories.tenants import GrantFactory, UserFactory

pytestmark = pytest.mark.django_db
STRICT = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:",
    "connect-src 'self'", "frame-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
}  # fmt: skip
UNFOLD = STRICT - {"script-src 'self'"} | {"script-src 'self' 'unsafe-eval'", "style-src-attr 'unsafe-inline'"}


class Inside(HTMLParser):
    """What a page brings along instead of naming its file."""

    def __init__(self, *, ours: bool):
        super().__init__()
        self.ours = ours
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given and "json" not in (given.get("type") or "")):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.found += [f"{tag} style" for name in given if self.ours and name == "style"]


def inside(page, *, ours=True):
    reader = Inside(ours=ours)
    reader.feed(page.content.decode())
    return reader.found


def policy(page):
    return set(page["Content-Security-Policy"].split("; "))


def walk(browser, pages, *, ours=True):
    """{page: (status, what stands inside, whether the policy is what it should be)} of those that are not as meant."""
    seen = {name: browser.get(address) for name, address in pages.items()}
    assert {name: page.status_code for name, page in seen.items()} == {
        name: 404 if name == "nothing here" else 200 for name in pages
    }
    return {
        name: (found, sorted(policy(page) ^ wanted))
        for name, page in seen.items()
        for found, wanted in [(inside(page, ours=ours), STRICT if ours else UNFOLD)]
        if found or policy(page) != wanted
    }


def test_pages_bring_nothing_along_and_may_not():
    at = timezone.now()
    desk = furnished("acme", at=at)
    Incident.objects.filter(pk=desk.incident.pk).update(public=True)
    user = UserFactory(role="lead")
    GrantFactory(user=user, role="po")  # the weekly update is the PO's
    GrantFactory(user=user, role="admin")
    staff = Client()
    staff.force_login(user)
    assert walk(staff, pages_of(desk, at=at)) == {}
    assert walk(Client(), pages_of_everybody(desk, at=at)) == {}
    assert walk(staff, pages_of_unfold(desk), ours=False) == {}
