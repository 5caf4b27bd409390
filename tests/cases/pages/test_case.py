"""The case page: what it shows, what each form asks and does, and that a refusal changes nothing."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cases.domain import drafts, incident_links, merging
from cases.models import Case, Draft, Interaction, KnownIssue, Transition
from cases.pages.desk.actions import ACTIONS, MOVES
from incidents.models import Action, Incident, RunbookRun
from outbox.models import Delivery
from tenants.models import Resource, ResourceEdge
from tests.cases.pages.conftest import browser
from tests.factories.cases import RESOLUTION, says, worked_to
from tests.factories.incidents import IncidentFactory, RunbookFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import ResourceFactory, UserFactory, actor

NONE = {"preventive_actions": "none needed", "evidence": "https://grafana.example/d/1"}


def page(case):
    return reverse("desk:case", args=[case.pk])


def act(case, name):
    return reverse("desk:action", args=[case.pk, name])


def queue(name):
    return reverse("desk:queue", args=[name])


def say(case, tab):
    return reverse("desk:say", args=[case.pk, tab])


def state(case):
    """All of a case that a refused door must leave as it was."""
    case = Case.objects.get(pk=case.pk)
    return (
        case.status,
        case.version,
        case.owner_id,
        case.priority,
        case.level,
        case.interactions.count(),
        case.transitions.count(),
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_a_short_and_a_longer_history(desk, count, django_assert_num_queries):
    case = desk.case
    for n in range(count):
        says(case, f"Word {n}", at=desk.at + timedelta(minutes=n))
        says(case, f"Answer {n}", by=actor("l2"), at=desk.at + timedelta(minutes=n, seconds=20))
    desk.browser.get(page(case))
    with django_assert_num_queries(14):
        desk.browser.get(page(case), headers=ANEW)


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("mine", "/admin/desk/queues/mine/"),
        ("mine/resolve/", "/"),
        ("nowhere", "/"),
        ("../../x", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_leads_to_a_queue_or_home(desk, came_from, back):
    answer = desk.browser.get(page(desk.case), {"from": came_from})
    assert answer.status_code == 200
    assert f'<a class="icon-button" href="{back}" data-key="u"' in answer.content.decode()


def test_the_timeline_tells_client_us_and_team_apart(desk):
    case = desk.at_work("in_progress")
    says(case, "Only for us.", by=desk.actor, at=desk.at + timedelta(minutes=5), public=False, kind="note")
    says(case, "We look at it.", by=desk.actor, at=desk.at + timedelta(minutes=6))
    says(case, "Thank you.", at=desk.at + timedelta(minutes=7))
    shown = desk.browser.get(page(case)).context["lines"]
    assert [(line.side, line.who, line.label) for line in shown if line.side != "event"] == [
        ("them", "Ana Novak", "public · by api"),
        ("note", "Mira Last", "internal, team only"),
        ("us", "Mira Last", "public"),
        ("them", "Ana Novak", "public"),
    ]
    moved = {line.body: line.impacts for line in shown if line.key.startswith("t")}
    assert list(moved) == ["Open", "Accept: New → Triage", "Start work: Triage → In progress"]
    assert [impact.partition(", due ")[0] for impact in moved["Accept: New → Triage"]] == ["resolution started"]


def test_runs_of_events_are_folded_but_the_newest(desk):
    case = desk.at_work("in_progress")
    for owner in (None, desk.l1, None, desk.l1):
        desk.browser.post(act(case, "assign"), {"owner": owner.pk if owner else ""})
    lines = desk.browser.get(page(case)).context["lines"]
    folds = [line for line in lines if hasattr(line, "lines")]
    assert (len(folds), lines[-1].body) == (1, "Owner: nobody → Mira Last")


def test_moves_are_offered_or_refused_with_their_reason(desk):
    offered = desk.browser.get(page(desk.case)).context["buttons"]
    assert [button.action.name for button in offered if not button.why_not] == ["accept", "wait", "resolve", "close"]
    assert [button.action.name for button in offered if button.main] == ["accept"]
    refused = {button.action.name: button.why_not for button in offered if button.why_not}
    assert refused["start"] == f"{desk.case.reference} is in “New”; “Start work” follows from Triage."
    html = desk.browser.get(page(desk.case)).content.decode()
    assert 'aria-disabled="true" aria-describedby="why-start"' in html
    assert f'role="tooltip" class="why" id="why-start">{refused["start"]}<' in html


PATH = [
    ("accept", lambda desk: {"priority": "P1", "owner": desk.l1.pk, "note": "Mine."}, "triage"),
    ("start", lambda desk: {}, "in_progress"),
    ("wait", lambda desk: {"ask": "Which region?"}, "waiting_on_customer"),
    ("resume", lambda desk: {"reason": "They rang."}, "in_progress"),
    ("resolve", lambda desk: {"summary": "Fixed.", "validated": "Green.", **NONE}, "resolved"),
    ("reject", lambda desk: {"reason": "Not yet."}, "in_progress"),
    ("resolve", lambda desk: {"summary": "Now.", "validated": "Green.", **NONE}, "resolved"),
    ("confirm", lambda desk: {"reason": "Ana rang."}, "closed"),
    ("reopen", lambda desk: {"reason": "It is back."}, "in_progress"),
    ("close", lambda desk: {"reason": "Not ours.", "closed_as": "withdrawn"}, "closed"),
]


def test_the_whole_life_of_a_case_by_its_forms(desk):
    assert {name for name, _data, _to in PATH} == set(MOVES)
    for name, data, to in PATH:
        case = Case.objects.get(pk=desk.case.pk)
        form = desk.browser.get(act(case, name))
        assert form.status_code == 200
        answer = desk.browser.post(act(case, name), {"version": case.version, **data(desk)})
        assert (name, answer.status_code, Case.objects.get(pk=case.pk).status) == (name, 302, to)
    assert [move.move for move in Transition.objects.filter(case=desk.case).order_by("pk")][1:] == [n for n, *_ in PATH]


@pytest.mark.parametrize("status", ["new", "triage", "in_progress", "waiting_on_customer", "resolved", "closed"])
def test_moves_that_do_not_follow_change_nothing(desk, status):
    case = desk.at_work(status)
    not_now = [name for name in MOVES if ACTIONS[name].why_not(case, desk.actor)]
    assert not_now
    before = state(case)
    for name in not_now:
        data = next(data for one, data, _to in PATH if one == name)(desk)
        answer = desk.browser.post(act(case, name), {"version": case.version, **data})
        assert (name, answer.status_code, state(case)) == (name, 409, before)
        assert answer.context["form"].non_field_errors()


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_who_reads_only_posts_nothing(desk, name):
    case = desk.at_work("in_progress")
    before = state(case)
    reader = browser(desk.person("auditor"))
    data = {
        **{"priority": "P0", "owner": desk.l1.pk, "tier": "premium", "reason": "So.", "ask": "What?", "to": "L2"},
        **{"summary": "S", "validated": "V", **NONE, "subject": "Other", "title": "T", "severity": "sev2"},
        **{"closed_as": "spam", "incident": "1", "file": SimpleUploadedFile("a.txt", b"text")},
    }
    assert reader.post(act(case, name), data).status_code in (403, 422)
    assert state(case) == before


def test_what_a_resolution_lacks_is_said_on_its_field(desk):
    case = desk.at_work("in_progress")
    before = state(case)
    answer = desk.browser.post(
        act(case, "resolve"),
        {"summary": "Fixed.", "validated": "Green.", "evidence": " ", "preventive_actions": "none needed"},
    )
    assert (answer.status_code, list(answer.context["form"].errors), state(case)) == (422, ["evidence"], before)
    assert answer.context["form"]["summary"].value() == "Fixed."


@pytest.mark.parametrize("field", ["evidence", "preventive_actions", "summary"])
def test_a_nul_is_refused_on_its_field(desk, field):
    case = desk.at_work("in_progress")
    before = state(case)
    given = {"summary": "Fixed.", "validated": "Green.", "evidence": "queue empty", "preventive_actions": "Alert"}
    answer = desk.browser.post(act(case, "resolve"), given | {field: "a\x00b"})
    assert (answer.status_code, list(answer.context["form"].errors), state(case)) == (422, [field], before)


def test_the_resolve_form_takes_lists_and_files(desk):
    case = desk.at_work("in_progress")
    desk.browser.post(act(case, "attach"), {"file": SimpleUploadedFile("proof.txt", b"all green")})
    file = case.attachments.get()
    answer = desk.browser.post(
        act(case, "resolve"),
        {
            "summary": "Fixed.",
            "validated": "Green.",
            "evidence": "https://grafana.example/d/1\n\nqueue empty",
            "evidence_files": [file.pk],
            "preventive_actions": "Alert at 80 %\nRunbook",
        },
    )
    case = Case.objects.get(pk=case.pk)
    assert (answer.status_code, case.resolution_preventive_actions) == (302, ["Alert at 80 %", "Runbook"])
    assert case.resolution_evidence == [
        {"kind": "link", "value": "https://grafana.example/d/1"},
        {"kind": "text", "value": "queue empty"},
        {"kind": "attachment", "value": file.pk},
    ]


def test_a_stale_form_is_held_and_may_be_sent_again(desk):
    case = desk.at_work("in_progress")
    says(case, "Wait, one more thing.", at=timezone.now())
    before = state(case)
    asked = {"to": "L2", "reason": "Needs a dev.", "known_issues_searched": "on"}
    answer = desk.browser.post(act(case, "escalate"), {"version": case.version, **asked})
    assert (answer.status_code, state(case)) == (412, before)
    again = {
        name: answer.context["form"][name].value() for name in ("version", "to", "reason", "known_issues_searched")
    }
    assert again["reason"] == "Needs a dev."
    assert desk.browser.post(act(case, "escalate"), again).status_code == 302
    assert Case.objects.get(pk=case.pk).level == "L2"


def test_the_known_issues_are_looked_up_before_an_escalation(desk):
    (case,) = desk.more(1, error_ids=["ING-503"])
    Case.objects.filter(pk=case.pk).update(subject="Nightly upload times out since Monday")
    by_words = KnownIssue.objects.create(code="KI-2", title="Large upload times out", affected_versions="< 4.2")
    by_error = KnownIssue.objects.create(code="KI-9", title="Throttled", error_codes=["ING-503"], workaround="Wait.")
    KnownIssue.objects.create(code="KI-3", title="Upload times out", active=False)
    KnownIssue.objects.create(code="KI-4", title="The logo is blurred")
    sheet = desk.browser.get(act(case, "escalate"))
    assert [(issue.code, issue.named) for issue in sheet.context["known_issues"]] == [
        (by_error.code, True),
        (by_words.code, False),
    ]
    assert "&lt; 4.2" in sheet.content.decode()
    Case.objects.filter(pk=case.pk).update(subject="¿?", error_ids=[])
    assert desk.browser.get(act(case, "escalate")).context["known_issues"] == []


def test_an_address_fills_in_what_is_seen_and_no_guard(desk):
    case = desk.at_work("in_progress")
    form = desk.browser.get(act(case, "resolve"), {"summary": "Done.", "version": "", "token": ""}).context["form"]
    assert (form["summary"].value(), form["version"].value()) == ("Done.", case.version)
    assert form["token"].value()


def test_a_page_that_led_here_may_be_called_anything(desk):
    assert desk.browser.get(page(desk.case), headers={"Referer": "http://[x/"}).status_code == 200


@pytest.mark.parametrize("name", ["merge", "relate"])
def test_a_null_character_finds_nothing(desk, name):
    address = reverse(f"desk:{name}", args=[desk.case.pk])
    assert desk.browser.get(address, {"q": "a\0b"}).status_code == 200


def test_our_script_gets_the_sheet_alone_and_where_to_go(desk):
    sheet = desk.browser.get(act(desk.case, "accept"), headers={"X-Desk-Sheet": "1"})
    assert (sheet.status_code, b"<html" in sheet.content, b"<form" in sheet.content) == (200, False, True)
    case = Case.objects.get(pk=desk.case.pk)
    done = desk.browser.post(
        act(case, "accept"), {"priority": "P2", "owner": desk.l1.pk}, headers={"X-Desk-Sheet": "1"}
    )
    assert (done.status_code, done["X-Desk-Done"]) == (200, page(case))


def test_owners_to_choose_are_who_works_this_tenant(desk):
    neighbour = UserFactory(role="l1", tenant=desk.other.tenant)
    reader, colleague, third = desk.person("auditor"), desk.person("l2"), UserFactory(role="l3", level="L3")
    choices = set(desk.browser.get(act(desk.case, "assign")).context["form"].fields["owner"].queryset)
    assert {desk.l1, colleague} <= choices
    assert not choices & {neighbour, reader, third}
    seen_by_l2 = browser(colleague).get(act(desk.case, "assign")).context["form"].fields["owner"].queryset
    assert third in set(seen_by_l2)


def test_properties_go_through_their_doors(desk):
    case = desk.at_work("in_progress")
    lead = browser(desk.person("lead"))
    for name, data in [
        ("priority", {"priority": "P0", "reason": "All down."}),
        ("tier", {"tier": "premium", "reason": "As agreed."}),
        ("edit", {"subject": "Better words", "category": "", "severity": "sev2", "tags": "a, b", "needed_by": ""}),
        ("assign", {"owner": "", "reason": "Handed back"}),
    ]:
        assert (name, lead.post(act(case, name), data).status_code) == (name, 302)
    case = Case.objects.get(pk=case.pk)
    assert (case.priority, case.tier, case.subject, case.severity, case.tags, case.owner) == (
        *("P0", "premium", "Better words", "sev2", ["a", "b"]),
        None,
    )


def test_incidents_are_declared_linked_and_unlinked(desk):
    case = desk.at_work("in_progress")
    declared = {"title": "Ingestion is down", "severity": "sev2"}
    assert desk.browser.post(act(case, "declare"), declared).status_code == 302
    link = case.case_incidents.get(removed_at=None)
    assert desk.browser.get(page(case)).context["work"].incidents == [link]
    assert desk.browser.post(act(case, "unlink"), {"incident": link.incident_id}).status_code == 302
    assert not case.case_incidents.filter(removed_at=None).exists()
    assert desk.browser.post(act(case, "link"), {"incident": link.incident_id}).status_code == 302
    assert case.case_incidents.get(removed_at=None).incident_id == link.incident_id


def test_what_is_done_about_the_incident_stands_on_the_case(desk):
    case = desk.at_work("in_progress")
    po = actor("po")
    incident = IncidentFactory(tenants=[desk.acme, desk.other.tenant], commander_id=desk.l1.pk)
    Incident.objects.filter(pk=incident.pk).update(comms_channel="#inc-ingest")
    incident_links.link_incident(case_id=case.pk, incident_id=incident.pk, by=desk.actor, at=desk.at)
    steps = [{"text": "Look", "outcome": "done"}, {"text": "Turn", "outcome": None}]
    for tenant, title in ((desk.acme, "Throttled"), (desk.other.tenant, "A neighbour's")):
        RunbookRun.objects.create(
            runbook=RunbookFactory(title=title), runbook_version=1, tenant=tenant, incident=incident, steps=steps,
            started_at=desk.at, started_by_id=po.user_id,
        )  # fmt: skip
    Action.objects.create(incident=incident, what="Alert at 80 %", owner=desk.l1, due_on=desk.at.date())
    answer = desk.browser.get(page(case))
    [link] = answer.context["work"].incidents
    assert link.runs == [{"title": "Throttled", "settled": 1, "steps": 2}]
    assert [(action["what"], action["done_at"]) for action in link.corrective] == [("Alert at 80 %", None)]
    html = " ".join(answer.content.decode().split())
    assert f"{desk.l1} commands" in html
    assert "#inc-ingest" in html
    assert "Throttled: 1 of 2 steps" in html
    assert "A neighbour" not in html


def test_a_reply_goes_out_and_a_note_stays_in(desk):
    case = desk.at_work("in_progress")
    reply = {"reply-body": "We found it.", "reply-version": case.version}
    assert desk.browser.post(say(case, "reply"), reply).url == f"{page(case)}#end"
    assert desk.browser.post(say(case, "note"), {"note-body": "For us.", "note-kind": "action"}).status_code == 302
    said = Interaction.objects.filter(case=case).order_by("-pk")[:2]
    assert [(one.kind, one.public, one.body) for one in reversed(said)] == [
        ("message", True, "We found it."),
        ("action", False, "For us."),
    ]


def test_no_field_makes_a_note_public(desk):
    case = desk.at_work("in_progress")
    desk.browser.post(
        say(case, "note"), {"note-body": "For us.", "note-kind": "note", "note-public": "on", "public": "1"}
    )
    assert Interaction.objects.filter(case=case, body="For us.").values_list("public", flat=True).get() is False
    before = state(case)
    answer = desk.browser.post(say(case, "note"), {"note-body": "Out!", "note-kind": "message"})
    assert (answer.status_code, state(case)) == (422, before)


def test_sending_as_waiting_runs_the_moves_in_between(desk):
    answer = desk.browser.post(say(desk.case, "reply"), {"reply-body": "Which region?", "send_as": "waiting"})
    assert (answer.status_code, Case.objects.get(pk=desk.case.pk).status) == (302, "waiting_on_customer")


def test_a_how_to_is_answered_and_resolved_from_new_in_one_stroke(desk):
    (case,) = desk.more(1, category="how-to")
    html = desk.browser.get(page(case)).content.decode()
    assert "A how-to: your words are the resolution, nothing more is asked" in html
    answer = desk.browser.post(say(case, "reply"), {"reply-body": "Click on Export.", "send_as": "resolved"})
    assert (answer.status_code, answer.url) == (302, f"{page(case)}#end")
    case = Case.objects.get(pk=case.pk)
    assert (case.status, case.owner, case.resolution_summary) == ("resolved", desk.l1, "Click on Export.")
    assert (case.resolution_validated, case.resolution_evidence, case.resolution_preventive_actions) == (
        *("The question was answered.", [{"kind": "text", "value": "The answer is the resolution."}]),
        "none needed",
    )
    assert [row.move for row in case.transitions.order_by("pk")] == ["open", "accept", "start", "resolve"]
    assert [one.body for one in case.interactions.filter(public=True)] == ["Click on Export."]


@pytest.mark.parametrize(("closed_as", "key"), [("spam", "!"), ("duplicate", "D")])
def test_what_is_no_work_leaves_with_a_sheet_that_comes_filled_in(desk, closed_as, key):
    same, case = desk.more(2, error_ids=["ING-503"])
    way = {row.case.pk: row.way for row in desk.browser.get(queue("needs-first-word")).context["rows"]}[case.pk]
    html = desk.browser.get(page(case) + way).content.decode()
    link = unescape(re.search(rf'<a href="([^"]+)" data-sheet data-key="{key}">', html)[1])
    sheet = desk.browser.get(link, headers={"X-Desk-Sheet": "1"}).context["form"]
    filled = {name: sheet[name].value() for name in ("closed_as", "of", "reason")}
    assert (
        filled
        == {
            "spam": {"closed_as": "spam", "of": None, "reason": "Spam."},
            "duplicate": {
                "closed_as": "duplicate",
                "of": same.reference,
                "reason": f"The same as {same.reference}: {same.subject}",
            },
        }[closed_as]
    )
    sent = {name: value for name, value in filled.items() if value} | {"version": case.version}
    done = desk.browser.post(link, sent, headers={"X-Desk-Sheet": "1"})
    case = Case.objects.get(pk=case.pk)
    assert (done.status_code, case.status, case.closed_as) == (200, "closed", closed_as)
    assert done["X-Desk-Done"].startswith(reverse("desk:neighbour", args=["next"]) + way)
    queue_again = desk.browser.get(done["X-Desk-Done"], follow=True).content.decode()
    assert f'<a href="{page(case)}{escape(way)}">{case.reference}</a>: Closed.' in queue_again


def test_sending_as_resolved_asks_for_the_rest_first(desk):
    case = desk.at_work("in_progress")
    before = state(case)
    answer = desk.browser.post(say(case, "reply"), {"reply-body": "The quota is larger now.", "send_as": "resolved"})
    assert (answer.context["form"]["summary"].value(), state(case)) == ("The quota is larger now.", before)


@pytest.mark.parametrize("from_composer", [True, False])
def test_the_resolve_form_ends_the_draft_that_it_came_from_and_no_other(desk, from_composer):
    case = desk.at_work("in_progress")
    drafts.keep(case_id=case.pk, tab="reply", body="Use the export page.", by=desk.actor, at=timezone.now())
    if from_composer:
        asked = desk.browser.post(say(case, "reply"), {"reply-body": "Use the export page.", "send_as": "resolved"})
    else:
        asked = desk.browser.get(act(case, "resolve"))
    drawn = dict(re.findall(r'name="(version|token|composed)" value="([^"]*)"', asked.content.decode()))
    sent = {**drawn, "summary": "Use the export page.", "validated": "Ana tried it.", **NONE}
    assert desk.browser.post(act(case, "resolve"), sent).status_code == 302
    assert Draft.objects.exists() is not from_composer


def test_resolved_from_new_runs_the_moves_in_between(desk):
    asked = desk.browser.post(say(desk.case, "reply"), {"reply-body": "Use the export page.", "send_as": "resolved"})
    form = asked.context["form"]
    sent = {name: form[name].value() for name in ("version", "summary")}
    answer = desk.browser.post(act(desk.case, "resolve"), {**sent, "validated": "Ana tried it.", **NONE})
    assert (answer.status_code, Case.objects.get(pk=desk.case.pk).status) == (302, "resolved")


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("wait", {"ask": "Which region?"}, "waiting_on_customer"),
        ("resolve", {"summary": "Fixed.", "validated": "Green.", **NONE}, "resolved"),
    ],
)
def test_a_form_says_which_moves_it_runs_first_and_runs_them(desk, name, data, status):
    told = desk.browser.get(act(desk.case, name)).content.decode()
    assert "From “New” this first runs, each logged: Accept, Start work." in told
    assert desk.browser.post(act(desk.case, name), {"version": desk.case.version, **data}).status_code == 302
    case = Case.objects.get(pk=desk.case.pk)
    assert (case.status, case.owner) == (status, desk.l1)
    moved = Transition.objects.filter(case=case).order_by("pk").values_list("move", flat=True)
    assert list(moved) == ["open", "accept", "start", name]


def test_what_cannot_be_is_said_before_anything_is_typed(desk):
    case = desk.at_work("closed")
    html = desk.browser.get(act(case, "resolve")).content.decode()
    assert f"{case.reference} is in “Closed”; “Resolve” follows from" in html
    assert ("<textarea" in html, "Back to the case" in html) == (False, True)


@pytest.mark.parametrize("name", ["wait", "resolve", "close"])
def test_what_was_typed_comes_back_with_the_refusal(desk, name):
    case = desk.at_work("closed")
    before = state(case)
    data = {"ask": "My words", "reason": "My words", "summary": "My words", "validated": "Green.", **NONE}
    answer = desk.browser.post(act(case, name), {**data, "closed_as": "spam"})
    assert (answer.status_code, state(case)) == (409, before)
    assert "My words</textarea>" in answer.content.decode()


def test_a_reply_that_cannot_resolve_keeps_its_text(desk):
    case = desk.at_work("resolved")
    before = state(case)
    answer = desk.browser.post(say(case, "reply"), {"reply-body": "My words", "send_as": "resolved"})
    assert (answer.status_code, state(case)) == (409, before)
    assert "My words</textarea>" in answer.content.decode()


def test_a_stale_reply_keeps_its_text_and_says_what_came_in_between(desk):
    case = desk.at_work("in_progress")
    seen = timezone.now()
    says(case, "Never mind, it works.", at=timezone.now())
    before = state(case)
    sent = {"reply-body": "Did you try again?", "reply-version": case.version, "reply-seen": seen.isoformat()}
    answer = desk.browser.post(say(case, "reply"), sent)
    assert (answer.status_code, state(case)) == (412, before)
    assert "Did you try again?" in answer.content.decode()
    assert [line.body for line in answer.context["changed"]] == ["Never mind, it works."]
    now = Case.objects.get(pk=case.pk).version
    assert f'name="reply-version" value="{now}"' in answer.content.decode()
    assert desk.browser.post(say(case, "reply"), sent | {"reply-version": now}).status_code == 302


@pytest.mark.parametrize("tab", ["reply", "note"])
def test_what_is_written_for_one_requester_never_goes_to_another(desk, tab):
    """The composer is older than the merge: whether or not it knows the newest version, its text comes back unsent."""
    case, root = desk.at_work("in_progress"), desk.more(1)[0]
    form = {f"{tab}-body": "For Ana alone", f"{tab}-version": Case.objects.get(pk=case.pk).version}
    merging.merge(case_id=case.pk, into=root.pk, by=desk.actor, at=timezone.now())
    drafts.keep(case_id=root.pk, tab=tab, body="Begun there", by=desk.actor, at=timezone.now())
    before = state(case), state(root), Delivery.objects.count()
    now = Case.objects.get(pk=case.pk).version
    for version, status in ((form[f"{tab}-version"], 412), (now, 409), ("", 409)):
        answer = desk.browser.post(say(case, tab), form | {f"{tab}-version": version, f"{tab}-token": str(uuid4())})
        drawn = answer.content.decode()
        assert (answer.status_code, (state(case), state(root), Delivery.objects.count())) == (status, before)
        assert "For Ana alone</textarea>" in drawn
        assert f'href="{page(root)}">Write on {root.reference}' in drawn
        if status == 409:
            assert f'role="alert">{case.reference} goes on as {root.reference}: write there.<' in drawn
    assert Draft.objects.get().body == "Begun there"


def test_an_empty_reply_is_refused_on_the_page(desk):
    answer = desk.browser.post(say(desk.case, "reply"), {"reply-body": "  "})
    assert (answer.status_code, list(answer.context["said"].errors)) == (422, ["body"])


def test_files_wait_for_a_message_and_come_back_as_downloads(desk):
    case = desk.at_work("in_progress")
    desk.browser.post(act(case, "attach"), {"file": SimpleUploadedFile("log.txt", b"line one")})
    file = case.attachments.get()
    desk.browser.post(say(case, "reply"), {"reply-body": "See the log.", "reply-attached": [file.pk]})
    assert case.attachments.get().interaction.body == "See the log."
    got = desk.browser.get(reverse("desk:file", args=[case.pk, file.pk]))
    assert (b"".join(got.streaming_content), got["Content-Disposition"], got["Content-Type"]) == (
        b"line one",
        'attachment; filename="log.txt"',
        "text/plain",
    )


def test_a_refused_file_is_said_on_the_form(desk):
    before = state(desk.case)
    answer = desk.browser.post(act(desk.case, "attach"), {"file": SimpleUploadedFile("run.exe", b"MZ\x90\x00" * 20)})
    assert (answer.status_code, state(desk.case)) == (422, before)


def test_the_clock_explains_itself(desk):
    clock = desk.case.case_clocks.get(kind="first_response").clock_id
    answer = desk.browser.get(reverse("desk:explain", args=[desk.case.pk, clock]))
    assert (answer.status_code, answer.context["told"].kind) == (200, "first_response")
    assert desk.browser.get(reverse("desk:explain", args=[desk.case.pk, clock + 999])).status_code == 404


def test_the_blast_radius_is_drawn_once_round_a_cycle(desk):
    ingest, uploads = ResourceFactory(tenant=desk.acme, key="ingest"), ResourceFactory(tenant=desk.acme, key="uploads")
    ResourceEdge.objects.create(upstream=ingest, downstream=uploads)
    ResourceEdge.objects.create(upstream=uploads, downstream=ingest)
    [case] = desk.more(1, resource_ids=[ingest.pk])
    drawing = desk.browser.get(page(case)).context["radius"]
    assert ([box.words for box in drawing.boxes], len(drawing.lines), drawing.tenants) == (
        ["Ingest", "Uploads"],
        1,
        ["Acme"],
    )
    assert Resource.objects.count() == 2


def test_a_case_without_resources_draws_nothing(desk):
    assert desk.browser.get(page(desk.case)).context["radius"] is None


def test_what_clients_wrote_is_escaped(desk):
    [case] = desk.more(1, description="<img src=x onerror=alert(1)>")
    says(case, "<script>alert(1)</script> https://ok.example", at=timezone.now())
    html = desk.browser.get(page(case)).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_no_form_has_a_status_field(desk):
    names = {field for action in ACTIONS.values() for field in action.form.base_fields}
    assert "status" not in names
    case = desk.at_work("in_progress")
    data = {"subject": "S", "category": "", "severity": "", "tags": "", "needed_by": "", "status": "closed"}
    desk.browser.post(act(case, "edit"), data)
    assert Case.objects.get(pk=case.pk).status == "in_progress"


def test_resolution_fixture_is_what_the_door_takes(desk):
    case = worked_to("resolved", case=desk.case, by=desk.actor)
    shown = desk.browser.get(page(case)).content.decode()
    assert RESOLUTION["summary"] in shown
