"""The whole way of one case in a real browser: comes in, is taken, answered, waits, goes on, is resolved, confirmed."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.domain import intake, talking
from cases.models import Case, Interaction, Transition
from outbox.domain.relay import relay
from tenants.domain.actors import actor_of_requester
from tenants.models import HealthSnapshot
from tests.factories.tenants import RequesterFactory, ResourceFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acme():
    return TenantFactory(slug="acme", name="Acme", support_tier="enterprise")


@pytest.fixture
def ana(acme):
    return RequesterFactory(tenant=acme, name="Ana Novak", email="ana@acme.example")


@pytest.fixture
def mira(acme):
    return UserFactory(role="l1", username="l1", first_name="Mira", last_name="Vogel", tenant=acme, level="L1")


@pytest.fixture
def case(acme, ana):
    """From the help panel, while ingest is red."""
    at = timezone.now() - timedelta(minutes=4)
    ingest = ResourceFactory(key="eu-1-ingest", name="ingest", tenant=acme, health="down", health_at=at)
    HealthSnapshot.objects.create(
        *(), tenant=acme, resource=ingest, kind="sli", name="ingest availability", value="97.1", threshold="99",
        status="red", taken_at=at, received_at=at,
    )  # fmt: skip
    return intake.open_case(
        tenant_id=acme.pk,
        requester=ana.pk,
        subject="Ingestion stalls since 09:10",
        description="Every batch ends with ING-503.",
        channel="panel",
        error_ids=["ING-503"],
        trace_links=["https://trace.example/7fa2c9"],
        resource_ids=[ingest.pk],
        by=actor_of_requester(ana),
        at=at,
    ).case


@pytest.fixture
def desk(open_as, mira, case):
    """Mira, signed in, at her first page."""
    page = open_as("l1", "/admin/")
    expect(page).to_have_url(re.compile("/admin/desk/queues/mine/$"))
    return page


def status_of(case):
    return Case.objects.get(pk=case.pk).status


def test_from_the_first_word_to_closed(desk: Page, case, ana, live_server):
    # Takes it from the queue, by keys alone.
    desk.get_by_role("link", name=re.compile("^Needs first word")).click()
    expect(desk.get_by_role("heading", name="Needs first word")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("j")
    desk.keyboard.press("a")
    expect(desk.get_by_role("row").nth(1)).to_contain_text("Mira Vogel")
    desk.wait_for_load_state()
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Ingestion stalls since 09:10")
    desk.wait_for_load_state()
    expect(desk.get_by_label("Context")).to_contain_text("ingest availability")
    # Accepts with the proposed priority.
    desk.keyboard.press("c")
    sheet = desk.get_by_role("dialog")
    expect(sheet.get_by_label("Priority")).to_have_value("P1")
    sheet.get_by_role("button", name=re.compile("^Accept")).click()
    expect(desk.get_by_text("Accepted: the resolution clock runs.")).to_be_visible()
    desk.wait_for_load_state()
    # The first reply, which asks for something: sent as waiting, from Triage.
    desk.keyboard.press("r")
    desk.keyboard.type("We see the failed batches. Could you send us the log bundle?")
    desk.get_by_role("button", name="Send as waiting").click()
    expect(desk.get_by_text("Sent to Ana Novak. We wait for the answer.")).to_be_visible()
    expect(desk.get_by_text("That was the last of “Needs first word”.")).to_be_visible()
    desk.goto(f"{live_server.url}/admin/desk/cases/{case.pk}/")
    expect(desk.get_by_role("link", name=re.compile("^Resolution paused"))).to_be_visible()
    assert status_of(case) == "waiting_on_customer"
    # The customer answers: the case goes on by itself.
    talking.add_interaction(
        case_id=case.pk, kind="message", public=True, body="Here it is.", by=actor_of_requester(ana), at=timezone.now()
    )
    desk.reload()
    expect(desk.locator(".msg.them").last).to_contain_text("Here it is.")
    assert status_of(case) == "in_progress"
    # A fact for the team, then the resolution.
    desk.keyboard.press("i")
    desk.keyboard.type("Quota of the tenant raised from 10 to 20.")
    desk.get_by_label("Kind").select_option("action")
    desk.keyboard.press("Tab")
    desk.locator("#note-body").press("Control+Enter")
    expect(desk.locator(".msg.note").last).to_contain_text("Action taken · internal, team only")
    desk.keyboard.press("d")
    sheet = desk.get_by_role("dialog")
    sheet.get_by_label("What was wrong, what was done").fill("The quota was too small; it is 20 now.")
    sheet.get_by_label("How was it checked that it works?").fill("The queue is empty.")
    sheet.get_by_label("What keeps it from coming back?").fill("Alert at 80 % of the quota")
    sheet.get_by_role("button", name=re.compile("^Resolve")).click()
    expect(sheet).to_contain_text("Give at least one piece")
    assert status_of(case) == "in_progress"
    sheet.get_by_label("Evidence", exact=True).fill("https://trace.example/7fa2c9")
    sheet.get_by_role("button", name=re.compile("^Resolve")).click()
    expect(desk.get_by_text("Resolved. The client was told")).to_be_visible()
    # Confirmed on Ana's word.
    desk.get_by_role("link", name="Confirm for them").click()
    desk.get_by_role("dialog").get_by_label("Why").fill("Ana says on the phone that it works.")
    desk.get_by_role("dialog").get_by_role("button", name=re.compile("^Confirm")).click()
    expect(desk.get_by_text("Confirmed and closed.")).to_be_visible()
    moves = Transition.objects.filter(case=case).order_by("pk").values_list("move", flat=True)
    assert [*moves] == ["open", "accept", "start", "wait", "resume", "resolve", "confirm"]
    assert Interaction.objects.filter(case=case, public=True, by_kind="person").count() == 3
    assert relay(at=timezone.now()).failed == 0


def test_a_draft_survives_reload_and_a_stale_send_keeps_its_text(desk: Page, case, ana, live_server):
    url = f"{live_server.url}/admin/desk/cases/{case.pk}/"
    desk.goto(url)
    desk.keyboard.press("r")
    desk.keyboard.type("We look at it right now.")
    desk.reload()
    expect(desk.locator("#reply-body")).to_have_value("We look at it right now.")
    talking.add_interaction(
        case_id=case.pk,
        kind="message",
        public=True,
        body="It works again.",
        by=actor_of_requester(ana),
        at=timezone.now(),
    )
    desk.locator("#reply-body").press("Control+Enter")
    expect(desk.get_by_text("read it first, then send again").first).to_be_visible()
    expect(desk.get_by_label("What came in between")).to_contain_text("It works again.")
    expect(desk.locator("#reply-body")).to_have_value("We look at it right now.")
    desk.locator("#reply-body").press("Control+Enter")
    expect(desk.get_by_text("Sent to Ana Novak.")).to_be_visible()
    expect(desk.locator("#reply-body")).to_have_value("")
    assert Interaction.objects.filter(case=case, body="We look at it right now.").count() == 1


def test_without_scripts_every_form_is_a_page(browser, live_server, sign_in, mira, case):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(context, "l1")
    page.goto(f"{live_server.url}/admin/desk/cases/{case.pk}/accept/")
    page.get_by_role("button", name=re.compile("^Accept")).click()
    expect(page.get_by_text("Accepted: the resolution clock runs.")).to_be_visible()
    page.locator("#reply-body").fill("We look at it.")
    page.get_by_role("button", name=re.compile("^Send to Ana")).click()
    expect(page.locator(".msg.us")).to_contain_text("We look at it.")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_twenty_five_rows_fit_one_screen(desk: Page, acme, ana, live_server, scheme):
    for n in range(25):
        intake.open_case(
            tenant_id=acme.pk, requester=ana.pk, subject=f"Question {n}", description="How?", channel="api",
            by=actor_of_requester(ana), at=timezone.now(),
        )  # fmt: skip
    desk.emulate_media(color_scheme=scheme)
    desk.goto(f"{live_server.url}/admin/desk/queues/all/")
    rows = desk.locator("#queue tbody tr")
    expect(rows).to_have_count(25)
    last, foot = rows.last.bounding_box(), desk.locator(".foot").bounding_box()
    assert last["y"] + last["height"] <= foot["y"]
