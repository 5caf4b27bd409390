"""A client with a link from a mail, and one who signs in, in a real browser: its own rules for forms apply."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.domain.client.links import link_for
from cases.models import Case, Survey
from tests.factories.cases import worked_to
from tests.factories.tenants import PASSWORD, ClientFactory, RequesterFactory, TenantFactory, actor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_confirm_and_score_by_the_link(page: Page, live_server):
    at = timezone.now()
    case = worked_to("resolved", by=actor("l2", at=at), at=at)
    path = "/c/" + link_for(case, at=at).partition("/c/")[2]
    page.goto(live_server.url + path)
    page.get_by_role("button", name="Yes, it works").click()
    five = page.locator("label", has=page.locator("input[name=csat][value='5']"))
    expect(five).to_be_visible()
    assert Case.objects.get().status == "closed"
    five.click()
    page.locator("form", has=page.locator("input[name=csat]")).get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Change the answer")).to_be_visible()
    assert Survey.objects.get().csat == 5


def test_a_client_signs_in_and_is_at_home(page: Page, live_server):
    tenant = TenantFactory(slug="acme", name="Acme")
    client = ClientFactory(username="client", requester=RequesterFactory(tenant=tenant))
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Username").fill(client.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{live_server.url}/status/acme/")
    expect(page.get_by_text("Acme · Service status")).to_be_visible()
