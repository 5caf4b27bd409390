"""What the daily work costs under the fingers: strokes are counted, typing apart."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.domain import talking
from cases.models import Case, Transition
from tenants.domain.actors import actor_of_requester
from tests.e2e.fingers import Fingers
from tests.factories.cases import opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
A_WHOLE_CASE = 12
WITHOUT_WORK = 2


@pytest.fixture
def ana():
    return RequesterFactory(tenant=TenantFactory(slug="acme", name="Acme"), name="Ana Novak")


@pytest.fixture
def desk(open_as, ana):
    """Mira, signed in."""
    UserFactory(role="l1", username="l1", first_name="Mira", last_name="Vogel", tenant=ana.tenant, level="L1")
    page = open_as("l1", "/admin/desk/queues/mine/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine")
    return page


def come_in(ana, *subjects, **fields):
    at = timezone.now() - timedelta(minutes=4)
    return [opened(requester=ana, subject=subject, at=at, **fields) for subject in subjects]


def at_the_queue(desk, live_server):
    desk.goto(f"{live_server.url}/admin/desk/queues/needs-first-word/")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Needs first word")


def case_of(case):
    return Case.objects.get(pk=case.pk)


def test_a_whole_case_in_twelve_strokes(desk: Page, ana, live_server):
    (case,) = come_in(ana, "Ingestion stalls")
    at_the_queue(desk, live_server)
    fingers = Fingers(desk)
    fingers.press("j", "a")
    expect(desk.get_by_role("row").nth(1)).to_contain_text("Mira Vogel")
    fingers.press("j", "Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Ingestion stalls")
    fingers.press("r")
    fingers.type("We see the failed batches. Could you send us the log bundle?")
    fingers.press("Alt+Enter")
    expect(desk.get_by_text("That was the last of “Needs first word”.")).to_be_visible()
    assert case_of(case).status == "waiting_on_customer"
    talking.add_interaction(
        case_id=case.pk, kind="message", public=True, body="Here it is.", by=actor_of_requester(ana), at=timezone.now()
    )
    desk.get_by_role("link", name=case.reference).click()
    fingers.strokes += 1
    expect(desk.locator(".msg.them").last).to_contain_text("Here it is.")
    fingers.press("d")
    expect(desk.get_by_role("dialog").get_by_label("What was wrong, what was done")).to_be_focused()
    for words in ("The quota was too small; it is 20 now.", "The queue is empty.", "https://trace.example/7fa2c9"):
        fingers.type(words)
        fingers.press("Tab")
    fingers.type("Alert at 80 % of the quota")
    fingers.press("Control+Enter")
    expect(desk.get_by_text("Resolved. The client was told")).to_be_visible()
    moves = Transition.objects.filter(case=case).order_by("pk").values_list("move", flat=True)
    assert [*moves] == ["open", "accept", "start", "wait", "resume", "resolve"]
    assert fingers.strokes <= A_WHOLE_CASE


def test_a_how_to_is_answered_and_resolved_in_one_stroke(desk: Page, ana, live_server):
    first, second = come_in(ana, "How to export?", "How to import?", category="how-to")
    at_the_queue(desk, live_server)
    fingers = Fingers(desk)
    fingers.press("j", "Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("How to export?")
    fingers.press("r")
    fingers.type("Click on Export.")
    before = fingers.strokes
    fingers.press("Control+Shift+Enter")
    expect(desk.get_by_text(f"{first.reference}: Sent to Ana Novak as resolved.")).to_be_visible()
    assert fingers.strokes - before == 1
    expect(desk.get_by_role("heading", level=1)).to_have_text("How to import?")
    resolved = case_of(first)
    assert (resolved.status, resolved.resolution_summary) == ("resolved", "Click on Export.")
    # It is taken back from the case that the message leads to.
    desk.get_by_role("link", name=first.reference, exact=True).click()
    desk.get_by_role("link", name="Take the last move back").click()
    desk.get_by_role("dialog").get_by_role("button", name="Take the last move back").click()
    expect(desk.get_by_text("Taken back: the case stands as before the move.")).to_be_visible()
    assert (case_of(first).status, case_of(second).status) == ("new", "new")


@pytest.mark.parametrize(("key", "closed_as"), [("!", "spam"), ("D", "duplicate")])
def test_spam_and_duplicates_leave_in_two_strokes(desk: Page, ana, live_server, key, closed_as):
    first, second = come_in(ana, "Batch fails", "Batch fails again", error_ids=["ING-503"])
    at_the_queue(desk, live_server)
    desk.get_by_role("link", name=re.compile("Batch fails again")).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Batch fails again")
    fingers = Fingers(desk)
    fingers.press(key)
    expect(desk.get_by_role("dialog").get_by_label("Why")).not_to_be_empty()
    fingers.press("Control+Enter")
    expect(desk.get_by_text(f"{second.reference}: Closed.")).to_be_visible()
    assert fingers.strokes == WITHOUT_WORK
    assert (case_of(second).status, case_of(second).closed_as) == ("closed", closed_as)
    assert case_of(first).status == "new"
