"""A press whose answer was lost is pressed again: what the form asks for is done once. All sheets go the same way."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.domain import checklists
from cases.models import Attachment, CaseTie, ChecklistStep, TimeEntry
from config.models import IdempotencyRecord
from incidents.models import Incident
from tests.cases.domain.test_races import at_once
from tests.cases.pages.conftest import browser
from tests.cases.pages.test_case import act
from tests.cases.pages.test_filling import applied, step_url

ASKED = {
    "time": {"duration": "20m", "note": "A call"},
    "steps": {"text": "Ask the vendor"},
    "declare": {"title": "It is down", "severity": "sev2"},
    "attach": {},
}


def made():
    """How many rows of each kind the four sheets have made."""
    rows = (TimeEntry, ChecklistStep, Incident, Attachment)
    return [row.objects.count() for row in rows]


def post(desk, name, token, by=None, text=b"all of it", **more):
    data = ASKED[name] | {"token": token, **more}
    if name == "attach":
        data["file"] = SimpleUploadedFile("trace.txt", text)
    return (by or desk.browser).post(act(desk.case, name), data)


@pytest.mark.parametrize("name", list(ASKED))
def test_a_press_that_comes_twice_is_one(desk, name):
    token = desk.browser.get(act(desk.case, name)).context["form"]["token"].value()
    answers = [post(desk, name, token) for _press in range(2)]
    back = reverse("desk:case", args=[desk.case.pk])
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, back)] * 2
    assert sum(made()) == 1
    post(desk, name, uuid4())
    assert sum(made()) == 2


def test_other_words_in_the_same_form_are_another_press(desk):
    """Who goes back to a page finds the same token there."""
    token = uuid4()
    for note in ("A call", "Logs", "A call"):
        post(desk, "time", token, note=note)
    for said in (b"one", b"two", b"one"):
        post(desk, "attach", token, text=said)
    assert list(TimeEntry.objects.order_by("pk").values_list("note", flat=True)) == ["A call", "Logs"]
    assert Attachment.objects.count() == 2


def test_what_was_refused_may_be_pressed_again(desk):
    token = uuid4()
    refused = post(desk, "time", token, worked_on="2020-01-01")
    assert (refused.status_code, made(), IdempotencyRecord.objects.count()) == (422, [0, 0, 0, 0], 0)
    assert refused.context["form"]["token"].value() == str(token)
    assert post(desk, "time", token).status_code == 302
    assert made() == [1, 0, 0, 0]


def test_anothers_token_and_another_case_are_other_presses(desk):
    token, (second,) = uuid4(), desk.more(1)
    post(desk, "time", token)
    desk.browser.post(act(second, "time"), ASKED["time"] | {"token": token})
    post(desk, "time", token, by=browser(desk.person("lead")))
    assert TimeEntry.objects.count() == 3


def test_a_link_pressed_twice_is_linked(desk):
    (second,) = desk.more(1)
    url = reverse("desk:relate", args=[desk.case.pk])
    form = desk.browser.get(url, {"other": second.pk}).context["form"]
    data = {"other": second.pk, "version": form["version"].value(), "token": form["token"].value()}
    assert [desk.browser.post(url, data).status_code for _press in range(2)] == [302, 302]
    assert CaseTie.objects.count() == 1


def test_a_step_is_ticked_and_taken_off_once(desk):
    first, second = applied(desk)
    for step, do in ((first, "done"), (second, "remove")):
        answers = [desk.browser.post(step_url(desk.case, step), {"do": do}) for _press in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
    assert [(step.text, step.done_at is None) for step in checklists.checklist_of(desk.case).steps] == [("Look", False)]


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one(desk):
    token = uuid4()
    desk.browser.get(act(desk.case, "time"))
    answers = []

    def press():
        answers.append(post(desk, "time", token).status_code)

    assert at_once(press, press) == ["ok", "ok"]
    assert (answers, TimeEntry.objects.count()) == ([302, 302], 1)
