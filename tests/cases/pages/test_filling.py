"""Fields, checklist and time on the case page: what it shows, what each form asks and does, and what is refused."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.domain import checklists, time_spent
from cases.domain.checklists import checklist_of
from cases.domain.editing import edit_case
from cases.models import Case, TimeEntry
from tests.cases.pages.conftest import browser
from tests.cases.pages.test_case import act, page
from tests.factories.cases import RESOLUTION
from tests.factories.filling import checklist, custom_field
from tests.factories.tenants import UserFactory

NEEDS = {
    "summary": RESOLUTION["summary"],
    "validated": RESOLUTION["validated"],
    "evidence": "a trace",
    "preventive_actions": "none needed",
}


def step_url(case, step):
    return reverse("desk:step", args=[case.pk, step.pk])


def applied(desk, case=None, **values):
    case = case or desk.case
    template = checklist(**values)
    checklists.apply_template(case_id=case.pk, template_id=template.pk, by=desk.actor, at=desk.at)
    return checklist_of(case).steps


def kept(case):
    return Case.objects.get(pk=case.pk).custom_fields


# --- The page -------------------------------------------------------------------------------------------------------
def test_the_page_shows_what_is_filled_in_and_what_is_asked(desk):
    custom_field(required_to_resolve=True, help="Where their data lies")
    custom_field("seats", kind="number")
    custom_field("old", kind="text", archived=True)
    custom_field("invoice", kind="text", categories=["billing"])
    Case.objects.filter(pk=desk.case.pk).update(custom_fields={"seats": 40, "old": "Before"})
    applied(desk)
    at = desk.at + timedelta(minutes=1)
    for minutes in (80, 20):
        time_spent.book(case_id=desk.case.pk, minutes=minutes, worked_on=at.date(), by=desk.actor, at=at)
    answer = desk.browser.get(page(desk.case))
    filled = answer.context["work"].filled
    assert [(one.definition.key, one.words, one.asked) for one in filled.fields] == [
        ("region", "", True),
        ("seats", "40", True),
        ("old", "Before", False),
    ]
    assert [(step.text, step.done_at) for step in filled.checklist.steps] == [("Look", None), ("Ask", None)]
    assert [(time.words, time.who) for time in filled.times] == [("20 min", "Mira Last"), ("1 h 20", "Mira Last")]
    assert filled.spent == "1 h 40"
    html = answer.content.decode()
    assert ("✓ 0/2" in html, "needed to resolve" in html, 'id="time-spent"' in html) == (True, True, True)


def test_a_bare_case_shows_none_of_it(desk):
    html = desk.browser.get(page(desk.case)).content.decode()
    assert [mark in html for mark in ('id="fields"', 'id="checklist"', 'id="time-spent"')] == [False, False, False]


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_no_statement(desk, count, django_assert_max_num_queries):
    desk.browser.get(page(desk.case))
    with django_assert_max_num_queries(100) as bare:
        desk.browser.get(page(desk.case))
    for n in range(count):
        custom_field(f"f_{n}")
        applied(desk, name=f"List {n}")
        time_spent.book(case_id=desk.case.pk, minutes=5, worked_on=desk.at.date(), by=desk.actor, at=desk.at)
    with django_assert_max_num_queries(100) as full:
        desk.browser.get(page(desk.case))
    assert len(full) == len(bare)


# --- Fields ---------------------------------------------------------------------------------------------------------
def test_fields_of_every_kind_are_filled_in(desk):
    for kind in ("text", "number", "yes_no", "choice", "choices", "date", "link"):
        custom_field(f"a_{kind}", kind=kind)
    custom_field("invoice", kind="text", categories=["billing"])
    form = desk.browser.get(act(desk.case, "fields")).context["form"]
    assert [name for name in form.fields if name.startswith("fields.")] == [
        *("fields.a_text", "fields.a_number", "fields.a_yes_no", "fields.a_choice"),
        *("fields.a_choices", "fields.a_date", "fields.a_link"),
    ]
    answer = desk.browser.post(
        act(desk.case, "fields"),
        {
            "fields.a_text": " words ",
            "fields.a_number": "1.5",
            "fields.a_yes_no": "no",
            "fields.a_choice": "eu",
            "fields.a_choices": ["us", "eu"],
            "fields.a_date": "2026-01-31",
            "fields.a_link": "https://a.example/",
        },
    )
    assert answer.status_code == 302
    assert kept(desk.case) == {
        "a_text": "words",
        "a_number": 1.5,
        "a_yes_no": False,
        "a_choice": "eu",
        "a_choices": ["eu", "us"],
        "a_date": "2026-01-31",
        "a_link": "https://a.example/",
    }
    again = desk.browser.get(act(desk.case, "fields")).content.decode()
    assert ('value="2026-01-31"' in again, '<option value="no" selected>' in again) == (True, True)
    assert desk.browser.post(act(desk.case, "fields"), {}).status_code == 302
    assert kept(desk.case) == {}


def test_a_wrong_value_is_refused_on_its_field_and_a_stale_form_on_the_whole(desk):
    custom_field("a_link", kind="link")
    wrong = desk.browser.post(act(desk.case, "fields"), {"fields.a_link": "javascript:alert(1)"})
    assert (wrong.status_code, wrong.context["form"].errors) == (
        422,
        {"fields.a_link": ["Web addresses only (https://…)."]},
    )
    version = desk.case.version
    edit_case(case_id=desk.case.pk, changes={"subject": "Another"}, by=desk.actor, at=desk.at)
    stale = desk.browser.post(act(desk.case, "fields"), {"fields.a_link": "https://a.example/", "version": version})
    assert (stale.status_code, kept(desk.case)) == (412, {})


def test_resolving_asks_for_what_is_missing_in_its_own_form(desk):
    custom_field(required_to_resolve=True, label="Data region")
    custom_field("seats", kind="number")
    case = desk.at_work("in_progress")
    form = desk.browser.get(act(case, "resolve")).context["form"]
    assert [name for name in form.fields if name.startswith("fields.")] == ["fields.region"]
    refused = desk.browser.post(act(case, "resolve"), NEEDS)
    assert (refused.status_code, refused.context["form"].errors) == (
        422,
        {"fields.region": ["“Data region” is needed to resolve."]},
    )
    assert Case.objects.get(pk=case.pk).status == "in_progress"
    assert desk.browser.post(act(case, "resolve"), {**NEEDS, "fields.region": "us"}).status_code == 302
    assert (Case.objects.get(pk=case.pk).status, kept(case)) == ("resolved", {"region": "us"})


# --- Checklists -----------------------------------------------------------------------------------------------------
def test_a_step_is_ticked_without_a_script_and_with_one(desk):
    look, ask = applied(desk)
    plain = desk.browser.post(step_url(desk.case, look), {"do": "done"})
    assert (plain.status_code, plain["Location"]) == (302, f"{page(desk.case)}#checklist")
    part = desk.browser.post(step_url(desk.case, ask), {"do": "done"}, headers={"X-Desk-Part": "1"})
    assert (part.status_code, 'data-done="2/2"' in part.content.decode()) == (200, True)
    desk.browser.post(step_url(desk.case, ask), {"do": "open"})
    desk.browser.post(step_url(desk.case, look), {"do": "remove"})
    assert [(step.text, step.done_name) for step in checklist_of(desk.case).steps] == [("Ask", "")]
    assert Case.objects.get(pk=desk.case.pk).version == desk.case.version


def test_what_is_no_step_or_not_theirs_is_not_there(desk):
    look, _ask = applied(desk)
    assert desk.browser.post(step_url(desk.case, look), {"do": "sell"}).status_code == 404
    assert desk.browser.post(reverse("desk:step", args=[desk.other.pk, look.pk]), {"do": "done"}).status_code == 404
    auditor = browser(UserFactory(role="auditor", tenant=desk.acme))
    assert auditor.post(step_url(desk.case, look), {"do": "done"}).status_code == 403
    assert desk.browser.get(step_url(desk.case, look)).status_code == 405
    assert checklist_of(desk.case).done == 0


def test_steps_are_added_and_what_holds_warns_and_refuses(desk):
    case = desk.at_work("in_progress")
    holding = checklist(holds_resolution=True, steps=["Rotate the key"])
    assert desk.browser.post(act(case, "steps"), {}).status_code == 422
    added = desk.browser.post(act(case, "steps"), {"template": holding.pk, "text": "Call them"})
    assert (added.status_code, [step.text for step in checklist_of(case).steps]) == (
        302,
        ["Rotate the key", "Call them"],
    )
    form = desk.browser.get(act(case, "resolve")).content.decode()
    assert "Open steps, of which some must be done first: Rotate the key; Call them." in form
    refused = desk.browser.post(act(case, "resolve"), NEEDS)
    assert (refused.status_code, refused.context["form"].non_field_errors()) == (
        409,
        ["Before it is resolved, these steps must be done: Rotate the key."],
    )
    key = checklist_of(case).steps[0]
    held = desk.browser.post(step_url(case, key), {"do": "remove"}, headers={"X-Desk-Part": "1"})
    assert (held.status_code, "the lead may take it off" in held.content.decode()) == (409, True)
    desk.browser.post(step_url(case, key), {"do": "done"})
    assert desk.browser.post(act(case, "resolve"), NEEDS).status_code == 302


# --- Time -----------------------------------------------------------------------------------------------------------
def test_time_is_booked_as_typed_and_taken_back(desk):
    answer = desk.browser.post(act(desk.case, "time"), {"duration": "1h 20", "note": "Logs"})
    assert answer.status_code == 302
    [entry] = TimeEntry.objects.all()
    assert (entry.minutes, entry.note, entry.worked_on, entry.user_id) == (
        *(80, "Logs"),
        *(timezone.localdate(timezone=ZoneInfo(desk.l1.time_zone)), desk.l1.pk),
    )
    wrong = desk.browser.post(act(desk.case, "time"), {"duration": "a while"})
    assert (wrong.status_code, wrong.context["form"].errors) == (
        422,
        {"duration": ["Write it like 1h 20, 20m or 1:20."]},
    )
    desk.browser.post(act(desk.case, "untime"), {"entry": entry.pk})
    again = desk.browser.post(act(desk.case, "untime"), {"entry": entry.pk})
    assert (again.status_code, list(TimeEntry.objects.order_by("pk").values_list("minutes", flat=True))) == (
        409,
        [80, -80],
    )
    assert desk.browser.get(page(desk.case)).context["work"].filled.times == []


def test_minutes_on_the_page_are_proposed_and_nothing_is_booked(desk):
    form = desk.browser.get(act(desk.case, "time"), {"duration": "12m", "proposed": "1"}).context["form"]
    assert (form["duration"].value(), "nothing is booked before you do" in form["duration"].help_text) == ("12m", True)
    assert TimeEntry.objects.count() == 0
