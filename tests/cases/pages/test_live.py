"""What open pages ask: answered without SQL, to who has signed in; drafts and the way back through their pages."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.domain import drafts
from cases.domain.desk import live as news
from cases.domain.desk.presence import reader_of
from cases.models import Case, Draft, Interaction, Sending
from config.short_memory import asked
from tests.cases.pages.conftest import browser
from tests.cases.pages.test_case import page, say
from tests.factories.tenants import UserFactory

LIVE = "/admin/desk/live/"
HEADER = {"X-Desk-Live": "1"}


@pytest.fixture(autouse=True)
def empty_memory():
    asked(lambda pipeline: pipeline.flushdb())


def ask(client, case=None, doing="looking", **headers):
    return client.post(LIVE, {"case": case.pk, "doing": doing} if case else {}, headers=headers or HEADER)


def statements(act):
    with CaptureQueriesContext(connection) as seen:
        answer = act()
    return len(seen), answer


def test_a_second_question_costs_no_statement(desk):
    first, answer = statements(lambda: ask(desk.browser, desk.case))
    nobody = news.stamp_for(reader_of(desk.actor))
    assert (first > 0, answer.json()) == (True, {"version": 1, "stamp": nobody, "people": {}})
    assert statements(lambda: ask(desk.browser, desk.case).json()) == (0, answer.json())
    assert statements(lambda: ask(desk.browser).json()["version"]) == (0, None)


def test_who_looks_is_told_to_the_other(desk):
    other = browser(UserFactory(role="l2", first_name="Ben", last_name="Ohm", tenant=desk.acme))
    ask(other, desk.case, "typing")
    assert ask(desk.browser, desk.case).json()["people"] == {str(desk.case.pk): [["Ben Ohm", "typing"]]}


@pytest.mark.parametrize("times", [1, 2])
def test_a_neighbours_case_is_not_there(desk, times):
    ask(browser(UserFactory(role="po")), desk.other, "typing")
    for _ in range(times):
        answer = ask(desk.browser, desk.other)
        assert (answer.status_code, answer.content) == (404, b"{}")
        assert ask(desk.browser).json()["people"] == {}
    assert desk.browser.post(LIVE, {"case": "1; drop"}, headers=HEADER).status_code == 404


@pytest.mark.parametrize("role", ["client", "anonymous"])
def test_only_staff_ask(desk, role):
    client = browser(desk.person(role))
    assert ask(client, desk.case).status_code in (302, 403)


def test_who_has_signed_out_is_known_for_seconds_only(desk):
    ask(desk.browser, desk.case)
    [key] = asked(lambda pipeline: pipeline.keys("live:reader:*"))[0]
    assert asked(lambda pipeline: pipeline.ttl(key))[0] <= 30
    assert desk.browser.session.session_key not in key


def test_another_site_cannot_ask(desk):
    ask(desk.browser, desk.case)
    desk.browser.handler.enforce_csrf_checks = True
    assert desk.browser.post(LIVE, {"case": desk.case.pk, "doing": "typing"}).status_code == 403


def test_pages_carry_what_the_script_needs(desk):
    drawn = desk.browser.get(page(desk.case)).content.decode()
    assert f'data-case="{desk.case.pk}" data-version="1"' in drawn
    listed = desk.browser.get(reverse("desk:queue", args=["all"])).content.decode()
    assert f'data-stamp="{news.stamp_for(reader_of(desk.actor))}"' in listed
    assert "side-scroll" in desk.browser.get(reverse("desk:counts")).content.decode()


def test_next_passes_over_what_somebody_has_open(desk):
    first, second, third = desk.more(3)
    trail = {"from": "unassigned", "place": ""}
    ben = browser(UserFactory(role="l2", first_name="Ben", last_name="Ohm", tenant=desk.acme))
    way = reverse("desk:neighbour", args=["next"])
    there = desk.browser.get(way, trail).url
    shown = int(re.search(r"cases/(\d+)/", there)[1])
    ask(ben, Case.objects.get(pk=shown))
    after = desk.browser.get(way, trail, follow=True)
    assert f"Passed over CASE-{shown}: Ben Ohm has it open." in after.content.decode()
    assert f"/cases/{shown}/" not in after.redirect_chain[-1][0]
    assert {first.pk, second.pk, third.pk} > {shown}


def test_a_draft_is_kept_by_the_desk_and_shown_to_its_writer_alone(desk):
    kept = desk.browser.post(reverse("desk:draft", args=[desk.case.pk, "note"]), {"body": "Half a th", "token": "x"})
    assert kept.status_code == 200
    assert Draft.objects.get().body == "Half a th"
    drawn = desk.browser.get(page(desk.case)).content.decode()
    assert ("Half a th</textarea>" in drawn, 'data-open="note"' in drawn) == (True, True)
    other = browser(UserFactory(role="l2", tenant=desk.acme))
    assert "Half a th" not in other.get(page(desk.case)).content.decode()
    for client, number in ((desk.browser, desk.other.pk), (browser(desk.person("auditor")), desk.case.pk)):
        answer = client.post(reverse("desk:draft", args=[number, "reply"]), {"body": "No"})
        assert answer.status_code in (403, 404)
    assert desk.browser.post(reverse("desk:draft", args=[desk.case.pk, "letter"]), {"body": "No"}).status_code == 422
    assert Draft.objects.count() == 1


TOKEN = "6f1fb6a0-3f0a-4b7e-9b0e-0c6f4ad4a001"


def test_pressed_twice_it_goes_once_and_back_by_one_press(desk):
    case = desk.case
    drafts.keep(case_id=case.pk, tab="reply", body="We look.", by=desk.actor, at=desk.at)
    sent = {"reply-body": "We look.", "reply-version": 1, "reply-token": TOKEN}
    first, second = (desk.browser.post(say(case, "reply"), sent) for _ in range(2))
    assert [first.status_code, second.status_code] == [302, 302]
    assert (Interaction.objects.filter(body="We look.").count(), Draft.objects.count()) == (1, 0)
    drawn = desk.browser.get(page(case)).content.decode()
    undo = reverse("desk:unsend", args=[case.pk, TOKEN])
    assert f'action="{undo}"' in drawn
    back = desk.browser.post(undo, follow=True).content.decode()
    assert "Taken back, nothing was sent." in back
    assert "We look.</textarea>" in back
    assert 'class="msg us"' not in back
    assert Sending.objects.get().undone_at is not None
    # Once is enough: the second time it is said why, and nothing changes.
    assert "It has been taken back already." in desk.browser.post(undo, follow=True).content.decode()
    for client in (browser(UserFactory(role="l2", tenant=desk.acme)), browser(UserFactory(role="po"))):
        assert client.post(undo).status_code == 404


def test_other_words_in_a_form_that_was_sent_are_held_and_then_go(desk):
    """Somebody goes back to the page they sent from, writes something else and sends."""
    case = desk.case
    sent = {"reply-body": "We look.", "reply-version": 1, "reply-token": TOKEN}
    assert desk.browser.post(say(case, "reply"), sent).status_code == 302
    held = desk.browser.post(say(case, "reply"), sent | {"reply-body": "And it works."})
    drawn = held.content.decode()
    assert (held.status_code, "And it works.</textarea>" in drawn) == (412, True)
    form = {
        f"reply-{name}": re.search(rf'name="reply-{name}" value="([^"]+)"', drawn)[1] for name in ("version", "token")
    }
    assert form["reply-token"] != TOKEN
    assert desk.browser.post(say(case, "reply"), form | {"reply-body": "And it works."}).status_code == 302
    assert list(Interaction.objects.filter(public=True).values_list("body", flat=True)) == ["We look.", "And it works."]


def test_a_sheet_pressed_twice_makes_one_move(desk):
    act = reverse("desk:action", args=[desk.case.pk, "wait"])
    sheet = desk.browser.get(act).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', sheet)[1]
    data = {"ask": "Which region?", "version": 1, "token": token}
    assert [desk.browser.post(act, data).status_code for _ in range(2)] == [302, 302]
    assert Interaction.objects.filter(body="Which region?").count() == 1
    desk.browser.post(reverse("desk:unsend", args=[desk.case.pk, token]))
    assert Case.objects.get(pk=desk.case.pk).status == "new"


def test_who_was_faster_is_named(desk):
    case = desk.at_work("in_progress")
    seen = desk.browser.get(page(case)).content.decode()
    version = re.search(r'name="reply-version" value="(\d+)"', seen)[1]
    moment = re.search(r'name="reply-seen" value="([^"]+)"', seen)[1]
    browser(UserFactory(role="l2", first_name="Ben", last_name="Ohm", tenant=desk.acme)).post(
        say(case, "reply"), {"reply-body": "I have it."}
    )
    sent = {"reply-body": "Me too.", "reply-version": version, "reply-seen": moment, "reply-token": TOKEN}
    answer = desk.browser.post(say(case, "reply"), sent)
    drawn = answer.content.decode()
    assert answer.status_code == 412
    assert re.search(r"Ben Ohm replied \d s ago: read it first, then send again\.", drawn)
    assert "Me too.</textarea>" in drawn
    assert not Interaction.objects.filter(body="Me too.").exists()


@pytest.mark.parametrize("role", ["l1", "lead", "l2", "l3", "po", "auditor", "admin", "client", "anonymous"])
def test_no_post_tells_a_neighbours_case_from_none(desk, role):
    """What the walk over all addresses can't ask, for it only reads."""
    client = browser(desk.person(role))
    ask(browser(UserFactory(role="po")), desk.other, "typing")
    answers = []
    for number in (desk.other.pk, 987_654_321):
        told = [
            client.post(LIVE, {"case": number, "doing": "typing"}, headers=HEADER),
            client.post(LIVE, {}, headers=HEADER),
            client.post(reverse("desk:draft", args=[number, "reply"]), {"body": "Mine"}),
            client.post(reverse("desk:unsend", args=[number, TOKEN])),
        ]
        answers.append([(one.status_code, one.content.replace(str(number).encode(), b"")) for one in told])
    assert [status for status, _ in answers[0]] == [status for status, _ in answers[1]]
    assert [told for _, told in answers[0][:2]] == [told for _, told in answers[1][:2]]
    assert b"typing" not in answers[0][1][1]
    assert not Draft.objects.exists()
