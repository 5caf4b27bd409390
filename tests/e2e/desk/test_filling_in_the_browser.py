"""Fields, checklist and time under the fingers, in a real browser; a text that is being written is never touched."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases.domain import checklists
from cases.domain.checklists import checklist_of
from cases.models import Case, TimeEntry
from tenants.domain.actors import SYSTEM
from tests.factories.cases import opened
from tests.factories.filling import checklist, custom_field
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case():
    acme = TenantFactory(slug="acme", name="Acme")
    at = timezone.now() - timedelta(minutes=9)
    made = opened(requester=RequesterFactory(tenant=acme), subject="Batches fail", at=at)
    custom_field()
    template = checklist(steps=["Ask for the log", "Read it", "Answer"])
    checklists.apply_template(case_id=made.pk, template_id=template.pk, by=SYSTEM, at=at)
    UserFactory(role="l1", username="l1", first_name="Mira", tenant=acme, level="L1")
    return made


@pytest.fixture
def desk(open_as, case):
    page = open_as("l1", f"/admin/desk/cases/{case.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Batches fail")
    return page


def test_a_checklist_is_ticked_by_keys_beside_a_text_that_is_being_written(desk, case):
    box = desk.locator("#reply-body")
    box.fill("We are reading the log, and")
    desk.keyboard.press("Escape")
    for done in ("1/3", "2/3"):
        desk.keyboard.press("y")
        expect(desk.locator("[data-progress]")).to_have_text(f"✓ {done}")
    expect(box).to_have_value("We are reading the log, and")
    desk.get_by_role("button", name="Take off: Answer").click()
    expect(desk.locator("[data-progress]")).to_have_text("✓ 2/2")
    assert [(step.text, bool(step.done_at)) for step in checklist_of(case).steps] == [
        ("Ask for the log", True),
        ("Read it", True),
    ]
    assert Case.objects.get(pk=case.pk).version == case.version


def test_fields_and_time_are_filled_in_from_the_keyboard(desk, case):
    desk.keyboard.press("b")
    expect(desk.locator("dialog#sheet select")).to_be_focused()
    desk.keyboard.press("u")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#fields")).to_contain_text("us")
    desk.keyboard.press("h")
    expect(desk.get_by_label("How long")).to_be_focused()
    desk.keyboard.type("1h 20")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#time-spent")).to_contain_text("1 h 20")
    assert Case.objects.get(pk=case.pk).custom_fields == {"region": "us"}
    assert [entry.minutes for entry in TimeEntry.objects.all()] == [80]
