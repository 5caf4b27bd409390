"""Macros on the case page: suggested with why, filled into the composer, sent by the person; without a script."""

import re

import pytest
from django.urls import reverse

from cases.models import Case, Interaction, Macro
from tests.cases.pages.conftest import browser
from tests.factories.api import desk_state
from tests.factories.cases import macro, opened, says
from tests.factories.incidents import RunbookFactory
from tests.factories.tenants import UserFactory

SHEET = {"X-Desk-Sheet": "1"}


def page(case):
    return reverse("desk:case", args=[case.pk])


def fill(case):
    return reverse("desk:macro", args=[case.pk])


def say(case, tab="reply"):
    return reverse("desk:say", args=[case.pk, tab])


def composer(answer):
    """The filled form: its text, the macro that it is from, what it is to be sent as."""
    said = answer.context["said"]
    return said.prefix, said["body"].value(), said["macro"].value(), said["preset"].value()


@pytest.fixture
def only(db):
    Macro.objects.update(active=False)


@pytest.fixture
def ask(only):
    return macro(
        "{{ requester.first_name }}, which region?",
        name="Which region",
        send_as="waiting",
        error_codes=["ING-503"],
        sets_tags=["region"],
        runbook=RunbookFactory(title="Ingestion throttled"),
        docs=[{"url": "https://docs.example/regions", "title": "Regions"}],
    )


@pytest.fixture
def solved(only):
    return macro(
        "It is solved.",
        name="Solved",
        send_as="resolved",
        validated="Seen on the page.",
        evidence=["A picture"],
        preventive_actions=["Alert at 80 %"],
    )


def stalled(desk):
    return opened(requester=desk.ana, subject="Ingestion stalls", at=desk.at, error_ids=["ING-503"])


def test_what_fits_is_shown_with_why_and_what_it_is_tied_to(desk, ask):
    macro(name="Something else")
    answer = desk.browser.get(page(stalled(desk)))
    assert [offer.macro for offer in answer.context["suggested"]] == [ask]
    html = " ".join(answer.content.decode().split())
    assert f'?macro={ask.pk}" data-macro="{ask.pk}" data-key="1">Macro · <b>Which region</b></a><kbd>1</kbd>' in html
    assert '<span class="mono">ING-503</span>' in html
    assert "runbook Ingestion throttled</a>" in html
    assert '<a href="https://docs.example/regions" rel="noreferrer noopener" target="_blank">Regions</a>' in html


def test_a_tab_lists_its_own_macros(desk, ask):
    note = macro(name="For the team", public=False)
    html = desk.browser.get(page(desk.case)).content.decode()
    reply, _, rest = html.partition('id="note"')
    assert f'<option value="{ask.pk}">Which region' in reply
    assert f'<option value="{note.pk}">For the team' in rest
    assert (f'value="{note.pk}">For' in reply, f'value="{ask.pk}">Which' in rest) == (False, False)


def test_taking_fills_the_composer_and_writes_nothing(desk, ask):
    case = stalled(desk)
    desk.browser.get(page(case))
    before = desk_state()
    answer = desk.browser.get(fill(case), {"macro": ask.pk})
    assert (answer.status_code, composer(answer)) == (200, ("reply", "Ana, which region?", ask.pk, "waiting"))
    html = answer.content.decode()
    assert "macro “Which region” · sent as waiting on customer · tags region" in html
    assert 'class="btn go" name="send_as" value="waiting" data-send data-send-waiting>' in html
    assert len(re.findall(r" data-send[ >]", html)) == 2  # one a tab
    assert desk_state() == before


def test_our_script_is_told_the_text_alone(desk, ask):
    answer = desk.browser.get(fill(desk.case), {"macro": ask.pk}, headers=SHEET)
    assert answer.json() == {
        "macro": ask.pk,
        "tab": "reply",
        "text": "Ana, which region?",
        "preset": "waiting",
        "does": "macro “Which region” · sent as waiting on customer · tags region",
        "warns": False,
    }


def test_without_a_script_a_pick_goes_behind_what_was_written(desk, ask):
    data = {"tab": "reply", "reply-body": "Good morning.", "reply-pick": ask.pk}
    answer = desk.browser.post(fill(desk.case), data)
    assert composer(answer) == ("reply", "Good morning.\n\nAna, which region?", ask.pk, "waiting")
    note = macro("For us.", name="For the team", public=False)
    answer = desk.browser.post(fill(desk.case), {"tab": "note", "note-body": "", "note-pick": note.pk})
    assert composer(answer) == ("note", "For us.", note.pk, "")


@pytest.mark.parametrize("pick", ["", "x", "0", "9" * 30, "\x00"])
def test_a_pick_of_nothing_keeps_what_was_written(desk, ask, pick):
    answer = desk.browser.post(fill(desk.case), {"tab": "reply", "reply-body": "Good morning.", "reply-pick": pick})
    assert (answer.status_code, composer(answer)) == (200, ("reply", "Good morning.", None, None))


def test_an_unknown_name_is_shown_before_it_goes(desk, only):
    one = macro("Hello {{ requester.nickname }}", name="Old")
    answer = desk.browser.get(fill(desk.case), {"macro": one.pk})
    assert composer(answer)[1] == "Hello {{ requester.nickname }}"
    html = answer.content.decode()
    assert "check what is unknown: {{ requester.nickname }}" in html
    assert 'class="faint does warns"' in html


@pytest.mark.parametrize("role", ["l1", "auditor", "client", "anonymous"])
def test_a_macro_that_is_not_theirs_is_not_there(desk, ask, role):
    Macro.objects.filter(pk=ask.pk).update(roles=["l2"])
    case = stalled(desk)
    reader = browser(desk.person(role))
    shown = reader.get(page(case))
    assert "Which region" not in shown.content.decode()
    for answer in (
        reader.get(fill(case), {"macro": ask.pk}),
        reader.get(fill(case), {"macro": ask.pk}, headers=SHEET),
        reader.post(fill(case), {"tab": "reply", "reply-pick": ask.pk}),
        reader.post(say(case), {"reply-body": "x", "reply-macro": ask.pk}),
    ):
        assert answer.status_code == {"l1": 404, "auditor": 403}.get(role, 302)
    assert not Interaction.objects.filter(case=case, macro=ask).exists()


@pytest.mark.parametrize("number", ["", "x", "-1", "987654321", "9" * 30, "²"])
def test_a_number_of_no_macro_is_not_found(desk, ask, number):
    assert desk.browser.get(fill(desk.case), {"macro": number}).status_code == 404


def test_a_neighbours_case_has_no_macros_either(desk, ask):
    assert desk.browser.get(fill(desk.other), {"macro": ask.pk}).status_code == 404
    assert desk.browser.post(fill(desk.other), {"tab": "reply", "reply-pick": ask.pk}).status_code == 404


def ways(desk, queue):
    """By case: the query under which a row of the queue opens it."""
    return {row.case.pk: row.way for row in desk.browser.get(reverse("desk:queue", args=[queue])).context["rows"]}


def test_sent_as_waiting_from_a_queue_the_next_case_comes(desk, ask):
    first, second = desk.more(2)
    way = ways(desk, "needs-first-word")
    data = {"reply-body": "Ana, which region?", "reply-macro": ask.pk, "send_as": "waiting"}
    answer = desk.browser.post(say(first) + way[first.pk], data, follow=True)
    assert answer.redirect_chain[-1] == (page(second) + way[second.pk], 302)
    said = Interaction.objects.get(macro=ask)
    first.refresh_from_db()
    assert (first.status, said.body, first.tags) == ("waiting_on_customer", "Ana, which region?", ["region"])
    html = answer.content.decode()
    assert f">{first.reference}</a>: Sent to Ana Novak. We wait for the answer." in html
    assert "Send as waiting, next case" in html


def test_behind_the_last_of_a_queue_the_queue_says_so_and_alone_one_stays(desk, ask):
    (case,) = desk.more(1)
    way = ways(desk, "needs-first-word")[case.pk]
    end = desk.browser.post(say(case) + way, {"reply-body": "Which?", "send_as": "waiting"}, follow=True)
    assert end.redirect_chain[-1] == (reverse("desk:queue", args=["needs-first-word"]), 302)
    assert "That was the last of “Needs first word”." in end.content.decode()
    assert desk.browser.post(say(case) + "?from=../x", {"reply-body": "And?"}).url == f"{page(case)}#end"


def test_sent_as_resolved_with_all_its_gates_it_is_one_stroke(desk, solved):
    case = desk.at_work("in_progress")
    told = desk.browser.get(fill(case), {"macro": solved.pk}, headers=SHEET).json()["does"]
    assert told == "macro “Solved” · sent as resolved · checked: Seen on the page."
    data = {"reply-body": "It is solved, Ana.", "reply-macro": solved.pk, "send_as": "resolved"}
    answer = desk.browser.post(say(case), data)
    case = Case.objects.get(pk=case.pk)
    assert (answer.status_code, case.status, case.resolution_validated) == (302, "resolved", "Seen on the page.")
    assert (case.resolution_summary, case.resolution_preventive_actions) == ("It is solved, Ana.", ["Alert at 80 %"])
    assert Interaction.objects.get(macro=solved).body == "It is solved, Ana."


def test_sent_as_resolved_what_a_macro_leaves_open_is_asked_for(desk, solved):
    Macro.objects.filter(pk=solved.pk).update(evidence=[])
    case = desk.at_work("in_progress")
    data = {"reply-body": "It is solved, Ana.", "reply-macro": solved.pk, "send_as": "resolved"}
    form = desk.browser.post(say(case), data).context["form"]
    initial = {name: form[name].value() for name in ("summary", "validated", "evidence", "preventive_actions", "macro")}
    assert initial == {
        "summary": "It is solved, Ana.",
        "validated": "Seen on the page.",
        "evidence": "",
        "preventive_actions": "Alert at 80 %",
        "macro": solved.pk,
    }
    assert Case.objects.get(pk=case.pk).status == "in_progress"
    answer = desk.browser.post(reverse("desk:action", args=[case.pk, "resolve"]), initial | {"evidence": "A picture"})
    case = Case.objects.get(pk=case.pk)
    assert (answer.status_code, case.status, case.resolution_validated) == (302, "resolved", "Seen on the page.")
    assert Interaction.objects.get(macro=solved).body == "It is solved, Ana."


def test_a_first_reply_that_promises_a_time_is_held_with_its_text(desk, ask):
    case = stalled(desk)
    desk.browser.get(page(case))
    before = desk_state()
    data = {"reply-body": "It is fixed by tomorrow. Which region?", "reply-macro": ask.pk, "send_as": "waiting"}
    held = desk.browser.post(say(case), data)
    said = held.context["said"]
    assert (held.status_code, composer(held)[1:]) == (409, (data["reply-body"], str(ask.pk), "waiting"))
    assert said.non_field_errors() == [
        "Not sent yet: “by tomorrow” promises a time in the first reply, and no clock of ours watches it. Say when you "
        "write again instead, or send it again as it is; that is logged."
    ]
    assert "Send as waiting anyway" in " ".join(held.content.decode().split())
    kept = {name: value for name, value in desk_state().items() if not name.startswith(("django_session", "tenants_a"))}
    assert kept == {name: before[name] for name in kept}
    meant = said["promise_meant"].value()
    answer = desk.browser.post(say(case), data | {"reply-promise_meant": meant})
    assert (answer.status_code, Case.objects.get(pk=case.pk).status) == (302, "waiting_on_customer")
    assert Interaction.objects.get(data__promised_time="by tomorrow").kind == "system"


def test_the_sheets_of_moves_hold_it_as_well(desk, ask):
    case = stalled(desk)
    wait = reverse("desk:action", args=[case.pk, "wait"])
    data = {"ask": "It is fixed within 2 hours. Which region?", "version": case.version}
    held = desk.browser.post(wait, data)
    assert (held.status_code, Case.objects.get(pk=case.pk).status) == (409, "new")
    meant = held.context["form"]["promise_meant"].value()
    assert (meant, desk.browser.post(wait, data | {"promise_meant": meant}).status_code) == ("within 2 hours", 302)


def test_a_later_reply_may_name_a_time(desk, ask):
    case = stalled(desk)
    says(case, "We look at it.", by=desk.actor, at=desk.at)
    assert desk.browser.post(say(case), {"reply-body": "Fixed by tomorrow."}).status_code == 302


def test_the_search_of_the_admin_finds_only_what_is_ones_own(desk, ask):
    Macro.objects.filter(pk=ask.pk).update(roles=["l2"])
    path = reverse("admin:cases_macro_changelist")
    found = {
        role: f"/{ask.pk}/change/" in browser(UserFactory(role=role)).get(path, {"q": "Which"}).content.decode()
        for role in ("l1", "l2", "lead")
    }
    assert found == {"l1": False, "l2": True, "lead": True}
