"""Bulk actions: each case through its own door, refusals told and harmless, nothing twice, taken back together."""

from uuid import uuid4

import pytest

from cases.domain import incident_links, merging, moves, ownership
from cases.domain.desk import bulk, bulk_choices, bulk_moves, filters
from cases.domain.desk.bulk_actions import ACTIONS
from cases.domain.desk.filter_keys import Asked
from cases.models import BulkResult, BulkRun, Case, CaseIncident, Interaction, Transition
from cases.pages.desk.bulk import FORMS
from config.errors import Absent, Forbidden, Invalid, Refused
from tenants.domain.actors import actor_of_user
from tests.cases.domain.test_races import at_once
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, macro, opened, says, worked_to
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import GrantFactory, RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + 30 * MINUTE


@pytest.fixture
def acme():
    return TenantFactory(slug="acme")


@pytest.fixture
def lead(acme):
    return actor("lead", tenant=acme, at=MONDAY)


@pytest.fixture
def cases(acme):
    ana = RequesterFactory(tenant=acme)
    return [opened(requester=ana, tags=["old"]) for _ in range(3)]


def rows(*cases):
    return list(Case.objects.filter(pk__in=[case.pk for case in cases]).order_by("pk").values())


def seen(*cases):
    return {case.pk: Case.objects.get(pk=case.pk).version for case in cases}


def run(by, action, chosen, *, token=None, at=AT, **asked):
    return bulk.run(action=action, chosen=chosen, asked=asked, token=token or uuid4(), by=by, at=at)


def told(made, by):
    found = bulk.outcome(token=made.token, by=by)
    return found.done, {result.case_id: result.refusal for result in found.refused}, found.run.absent


SNOOZED = {"until": (MONDAY + HOUR).isoformat(), "note": ""}
ASKED = {
    "take": {},
    "tag": {"tags": ["eu", "old"]},
    "untag": {"tags": ["old"]},
    "priority": {"priority": "P1", "reason": "They all wait"},
    "escalate": {"to": "L2", "reason": "Same cause", "known_issues_searched": True},
    "snooze": SNOOZED,
}


def test_every_action_has_its_form():
    assert list(FORMS) == list(ACTIONS)
    assert set(ACTIONS) == {*ASKED, "assign", "move", "macro", "message", "link", "merge"}


@pytest.mark.parametrize("action", ["assign", *ASKED])
def test_each_action_reaches_each_case(action, cases, lead, acme):
    jonas = UserFactory(role="l1", tenant=acme, level="L1")
    asked = ASKED.get(action) or ({"owner_id": jonas.pk, "reason": "Shift"} if action == "assign" else {})
    made = run(lead, action, seen(*cases), **asked)
    assert told(made, lead) == (3, {}, 0)
    now = rows(*cases)
    expected = {
        "take": ("owner_id", lead.user_id),
        "assign": ("owner_id", jonas.pk),
        "tag": ("tags", ["old", "eu"]),
        "untag": ("tags", []),
        "priority": ("priority", "P1"),
        "escalate": ("level", "L2"),
        "snooze": ("snoozed_until", MONDAY + HOUR),
    }[action]
    assert [row[expected[0]] for row in now] == [expected[1]] * 3
    assert Interaction.objects.filter(at=AT, user_id=lead.user_id).count() == 3  # each through its door


@pytest.mark.parametrize("action", ["assign", "take", "tag", "untag", "priority", "snooze"])
def test_a_run_is_taken_back_together_once(action, cases, lead, acme):
    jonas = UserFactory(role="l1", tenant=acme, level="L1")
    before = rows(*cases)
    asked = ASKED.get(action) or ({"owner_id": jonas.pk} if action == "assign" else {})
    made = run(lead, action, seen(*cases), **asked)
    assert bulk.outcome(token=made.token, by=lead).undoable
    back = uuid4()
    for _twice in range(2):
        undone = bulk.undo(token=back, undone=made.token, by=lead, at=AT + MINUTE)
    assert told(undone, lead) == (3, {}, 0)
    names = ("owner_id", "tags", "priority", "snoozed_until", "level")
    assert [[row[name] for name in names] for row in rows(*cases)] == [[row[name] for name in names] for row in before]
    assert not bulk.outcome(token=made.token, by=lead).undoable
    with pytest.raises(Refused) as refused:
        bulk.undo(token=uuid4(), undone=made.token, by=lead, at=AT + MINUTE)
    assert refused.value.code == "taken-back"


# --- Answered, linked, merged ----------------------------------------------------------------------------------------
def test_a_macro_reaches_each_in_its_own_words(acme, lead):
    people = [RequesterFactory(tenant=acme, name=name) for name in ("Ana Novak", "Ben Okoro")]
    cases = [opened(requester=person) for person in people]
    region = macro("Hello {{ requester.first_name }}, which region?", send_as="waiting", sets_tags=["asked"])
    shown = bulk_choices.in_words({"macro_id": region.pk}, seen(*cases), by=lead, at=AT)
    words = ["Hello Ana, which region?", "Hello Ben, which region?"]
    assert [(one.case.pk, one.text, one.unknown) for one in shown] == [
        (case.pk, text, ()) for case, text in zip(cases, words, strict=True)
    ]
    assert not Interaction.objects.filter(by_kind="person").exists()
    made = run(lead, "macro", seen(*cases), macro_id=region.pk)
    assert told(made, lead) == (2, {}, 0)
    assert not bulk.outcome(token=made.token, by=lead).undoable
    said = Interaction.objects.filter(macro=region).order_by("case_id")
    assert [(one.case_id, one.body) for one in said] == [
        (case.pk, text) for case, text in zip(cases, words, strict=True)
    ]
    assert [(row["status"], row["tags"]) for row in rows(*cases)] == [("waiting_on_customer", ["asked"])] * 2


@pytest.mark.parametrize(
    ("text", "fields", "refusal"),
    [
        ("Solved.", {"send_as": "resolved", "validated": "Seen"}, "A resolution needs a summary"),
        ("It is fixed by tomorrow.", {}, "Not sent yet: “by tomorrow” promises a time"),
    ],
)
def test_what_a_macro_leaves_open_is_refused_case_by_case(text, fields, refusal, cases, lead):
    before = rows(*cases)
    made = run(lead, "macro", seen(*cases), macro_id=macro(text, **fields).pk)
    done, refused, absent = told(made, lead)
    assert (done, len(refused), absent) == (0, 3, 0)
    assert all(words.startswith(refusal) for words in refused.values())
    assert rows(*cases) == before


def test_a_note_and_a_whole_resolution_go_through_their_doors(cases, lead):
    run(lead, "macro", seen(*cases), macro_id=macro("For us.", public=False).pk)
    gates = {"validated": "Seen", "evidence": ["A picture"], "preventive_actions": ["Alert"]}
    made = run(lead, "macro", seen(*cases), macro_id=macro("It works again.", send_as="resolved", **gates).pk)
    assert told(made, lead) == (3, {}, 0)
    assert [(row["status"], row["resolution_validated"]) for row in rows(*cases)] == [("resolved", "Seen")] * 3
    assert Interaction.objects.filter(body="For us.", kind="note", public=False).count() == 3


def test_a_broadcast_is_one_message_a_case_of_the_incident(cases, lead, acme):
    incident = IncidentFactory(tenants=[acme])
    for case in cases[:2]:
        incident_links.link_incident(case_id=case.pk, incident_id=incident.pk, by=lead, at=AT)
    asks = filters.parse(f"incident:{incident.reference.lower()}")
    found = filters.keyed(Case.objects.visible_to(lead), asks, filters.asked_by(asks, actor=lead, at=AT))
    assert sorted(case.pk for case in found) == [case.pk for case in cases[:2]]
    made = run(lead, "message", seen(*cases[:2]), body="Uploads work again.")
    assert told(made, lead) == (2, {}, 0)
    said = Interaction.objects.filter(body="Uploads work again.", public=True).order_by("case_id")
    assert [one.case_id for one in said] == [case.pk for case in cases[:2]]
    assert len({one.delivery_id for one in said}) == 2
    theirs = filters.keyed(
        Case.objects.all(), asks, Asked(actor=actor("l1", tenant=TenantFactory(slug="globex")), at=AT)
    )
    assert not theirs.exists()


def test_a_merged_case_is_no_way_to_anothers_requester(cases, lead):
    gone, root, _third = cases
    merging.merge(case_id=gone.pk, into=root.pk, by=lead, at=AT)
    refusal = f"{gone.reference} goes on as {root.reference}: write there."
    for action, asked in (("message", {"body": "For one."}), ("macro", {"macro_id": macro("For one.").pk})):
        made = run(lead, action, seen(gone), **asked)
        assert told(made, lead) == (0, {gone.pk: refusal}, 0)
    assert not Interaction.objects.filter(body="For one.").exists()


def test_linked_together_and_taken_back_but_what_was_linked_before_stays(cases, lead, acme):
    incident = IncidentFactory(tenants=[acme])
    incident_links.link_incident(case_id=cases[0].pk, incident_id=incident.pk, by=lead, at=AT)
    made = run(lead, "link", seen(*cases), incident_id=incident.pk)
    assert told(made, lead) == (3, {}, 0)
    linked = CaseIncident.objects.filter(incident=incident, removed_at=None).order_by("case_id")
    assert [link.case_id for link in linked] == [case.pk for case in cases]
    undone = bulk.undo(token=uuid4(), undone=made.token, by=lead, at=AT + MINUTE)
    assert told(undone, lead) == (3, {}, 0)
    assert [link.case_id for link in linked.all()] == [cases[0].pk]


def test_merged_into_one_of_them_and_taken_back(cases, lead):
    first, *others = cases
    before = [(row["status"], row["merged_into_id"]) for row in rows(*cases)]
    made = run(lead, "merge", seen(*cases), into=first.pk, reason="Same batch")
    assert told(made, lead) == (2, {}, 0)
    assert [(row["status"], row["merged_into_id"]) for row in rows(*others)] == [("closed", first.pk)] * 2
    undone = bulk.undo(token=uuid4(), undone=made.token, by=lead, at=AT + MINUTE)
    assert told(undone, lead) == (2, {}, 0)
    assert [(row["status"], row["merged_into_id"]) for row in rows(*cases)] == before


def test_merges_are_taken_back_the_last_first(cases, lead):
    first, *others = cases
    says(first, "We look at it.", by=lead, at=MONDAY + MINUTE)
    made = run(lead, "merge", seen(*cases), into=first.pk)
    undone = bulk.undo(token=uuid4(), undone=made.token, by=lead, at=AT + MINUTE)
    assert told(undone, lead) == (2, {}, 0)
    assert [result.case_id for result in undone.results.order_by("pk")] == [case.pk for case in reversed(others)]
    [now] = rows(first)
    assert (now["customer_waiting_since"], now["next_due_at"]) == (None, None)


def test_merging_into_another_tenants_case_is_refused(cases, lead):
    theirs = opened(tenant=TenantFactory(slug="globex"))
    before = rows(*cases, theirs)
    done, refused, _absent = told(run(lead, "merge", seen(*cases), into=theirs.pk), lead)
    assert (done, len(refused), rows(*cases, theirs)) == (0, 3, before)


# --- Moved -----------------------------------------------------------------------------------------------------------
MOVED = [  # the move, where the case stands, its text, where it stands then
    ("accept", "new", "", "triage"),
    ("start", "triage", "", "in_progress"),
    ("wait", "new", "Which region?", "waiting_on_customer"),
    ("resume", "waiting_on_customer", "", "in_progress"),
    ("confirm", "resolved", "", "closed"),
    ("reject", "resolved", "It came back", "in_progress"),
    ("reopen", "closed", "Since today again", "in_progress"),
    ("close", "resolved", "They left", "closed"),
    ("spam", "new", "Advertising", "closed"),
    ("withdrawn", "in_progress", "Solved it themselves", "closed"),
]
FOR_GOOD = ("confirm", "close")  # what closes a solved case is not taken back, it is reopened


def test_every_move_of_one_text_can_be_made_together():
    assert [name for name, *_rest in MOVED] == list(bulk_moves.MOVES)
    one_text = {move for move, rule in moves.TABLE.items() if len(rule.needs) <= 1}
    assert {one.move for one in bulk_moves.MOVES.values()} == one_text


@pytest.mark.parametrize(("move", "before", "text", "after"), MOVED)
def test_cases_are_moved_together_with_one_text(move, before, text, after, lead, acme):
    cases = [worked_to(before, requester=RequesterFactory(tenant=acme)) for _ in range(2)]
    at, asked = MONDAY + 2 * DAY, {"move": move, "text": text}
    expected = bulk_moves.expected(asked, seen(*cases), by=lead)
    assert (expected.able, expected.refused) == (2, [])
    made = run(lead, "move", seen(*cases), at=at, **asked)
    assert told(made, lead) == (2, {}, 0)
    assert [row["status"] for row in rows(*cases)] == [after] * 2
    done = Transition.objects.filter(case__in=cases, at=at, to_status=after)
    assert [one.by_label for one in done] == [lead.label] * 2
    undone = bulk.undo(token=uuid4(), undone=made.token, by=lead, at=at + MINUTE)
    assert told(undone, lead)[0] == (0 if move in FOR_GOOD else 2)
    assert [row["status"] for row in rows(*cases)] == [after if move in FOR_GOOD else before] * 2


def test_a_question_to_all_is_a_message_on_each_case(cases, lead):
    run(lead, "move", seen(*cases), move="wait", text="Which region?")
    said = Interaction.objects.filter(body="Which region?", public=True).order_by("case_id")
    assert [one.case_id for one in said] == [case.pk for case in cases]
    assert len({one.delivery_id for one in said}) == 3


def test_who_cannot_make_the_move_is_named_before_and_after(cases, lead, acme):
    working = worked_to("in_progress", requester=RequesterFactory(tenant=acme))
    before = rows(working)
    asked = {"move": "close", "text": "Old"}
    expected = bulk_moves.expected(asked, seen(*cases, working), by=lead)
    refused = {case.pk: why for case, why in expected.refused}
    assert (expected.able, list(refused)) == (0, [case.pk for case in (*cases, working)])
    assert told(run(lead, "move", seen(*cases, working), **asked), lead) == (0, refused, 0)
    asked = {"move": "accept", "text": ""}
    expected = bulk_moves.expected(asked, seen(*cases, working), by=lead)
    why = f"{working.reference} is in “In progress”; “Accept” follows from New."
    assert (expected.able, [(case.pk, said) for case, said in expected.refused]) == (3, [(working.pk, why)])
    assert told(run(lead, "move", seen(*cases, working), **asked), lead) == (3, {working.pk: why}, 0)
    assert rows(working) == before


def test_what_is_not_led_there_is_not_moved(cases, acme):
    user = UserFactory(role="l1", tenant=acme)
    GrantFactory(user=user, role="lead", tenant=TenantFactory())
    elsewhere, before = actor_of_user(user, at=MONDAY), rows(*cases)
    asked = {"move": "accept", "text": ""}
    expected = bulk_moves.expected(asked, seen(*cases), by=elsewhere)
    assert expected.able == 0
    done, refused, _absent = told(run(elsewhere, "move", seen(*cases), **asked), elsewhere)
    assert (done, refused) == (0, {case.pk: why for case, why in expected.refused})
    assert rows(*cases) == before


def test_what_changed_since_is_not_taken_back(cases, lead):
    made = run(lead, "take", seen(*cases))
    says(cases[0], "Hello?", at=AT + MINUTE)
    undone = bulk.undo(token=uuid4(), undone=made.token, by=lead, at=AT + 2 * MINUTE)
    done, refused, absent = told(undone, lead)
    assert (done, list(refused), absent) == (2, [cases[0].pk], 0)
    assert [row["owner_id"] for row in rows(*cases)] == [lead.user_id, None, None]


def test_an_escalation_is_not_taken_back(cases, lead):
    made = run(lead, "escalate", seen(*cases), **ASKED["escalate"])
    assert not bulk.outcome(token=made.token, by=lead).undoable
    with pytest.raises(Refused):
        bulk.undo(token=uuid4(), undone=made.token, by=lead, at=AT)
    assert [row["level"] for row in rows(*cases)] == ["L2"] * 3


def test_a_refusal_changes_nothing_of_its_case_and_nothing_of_the_others(cases, lead, acme):
    closed = worked_to("closed", requester=RequesterFactory(tenant=acme))
    before, entries = rows(closed), closed.interactions.count()
    made = run(lead, "take", seen(*cases, closed), at=MONDAY + DAY)
    assert told(made, lead) == (3, {closed.pk: f"{closed.reference} is closed; reopen it first."}, 0)
    assert (rows(closed), closed.interactions.count()) == (before, entries)


def test_who_was_faster_keeps_it(cases, lead):
    chosen = seen(*cases)
    l2 = actor("l2", at=MONDAY)
    ownership.assign(case_id=cases[1].pk, owner_id=l2.user_id, by=l2, at=AT)
    before = rows(cases[1])
    done, refused, _absent = told(run(lead, "take", chosen), lead)
    assert (done, list(refused)) == (2, [cases[1].pk])
    assert refused[cases[1].pk].endswith("was changed meanwhile: look again before you decide.")
    assert rows(cases[1]) == before


def test_another_tenants_cases_are_neither_touched_nor_told(cases, lead):
    theirs = opened(tenant=TenantFactory(slug="globex"))
    before = rows(theirs)
    made = run(lead, "take", seen(cases[0], theirs) | {987_654_321: 1})
    assert told(made, lead) == (1, {}, 2)
    assert rows(theirs) == before
    assert not BulkResult.objects.filter(case=theirs).exists()


def test_bulk_is_for_who_leads_there(cases, acme):
    l1 = actor("l1", tenant=acme, at=MONDAY)
    before = rows(*cases)
    with pytest.raises(Forbidden):
        run(l1, "take", seen(*cases))
    # Leads another tenant, works here.
    user = UserFactory(role="l1", tenant=acme)
    GrantFactory(user=user, role="lead", tenant=TenantFactory())
    elsewhere = actor_of_user(user, at=MONDAY)
    done, refused, _absent = told(run(elsewhere, "take", seen(*cases)), elsewhere)
    assert (done, len(refused), rows(*cases)) == (0, 3, before)


@pytest.mark.parametrize(
    ("action", "asked", "count", "refusal"),
    [
        ("nothing", {}, 1, Absent),
        ("take", {}, 0, Invalid),
        ("take", {}, 101, Invalid),
        ("move", {"move": "resolve", "text": "Done"}, 1, Invalid),
        ("move", {"move": "wait", "text": " "}, 1, Invalid),
        ("tag", {"tags": []}, 1, Invalid),
        ("tag", {"tags": ["x" * 81]}, 1, Invalid),
    ],
)
def test_what_no_case_could_take_is_refused_as_a_whole(cases, lead, action, asked, count, refusal):
    before = rows(*cases)
    chosen = {cases[0].pk + n: 1 for n in range(count)}
    with pytest.raises(refusal):
        run(lead, action, chosen, **asked)
    assert (rows(*cases), BulkRun.objects.count()) == (before, 0)


def test_the_same_form_sent_twice_is_one_run(cases, lead):
    token, chosen = uuid4(), seen(*cases)
    first = run(lead, "tag", chosen, token=token, tags=["eu"])
    after = rows(*cases)
    again = run(lead, "tag", chosen, token=token, tags=["eu"], at=AT + MINUTE)
    assert (again.pk, rows(*cases)) == (first.pk, after)
    assert told(again, lead) == (3, {}, 0)
    with pytest.raises(Refused):
        run(lead, "take", chosen, token=token)
    with pytest.raises(Refused):
        run(actor("lead", at=MONDAY), "tag", chosen, token=token, tags=["eu"])
    assert rows(*cases) == after


def test_a_run_goes_on_where_it_stopped(cases, lead):
    token = uuid4()
    run(lead, "tag", seen(cases[0]), token=token, tags=["eu"])
    run(lead, "tag", seen(*cases), token=token, tags=["eu"])
    assert [row["tags"] for row in rows(*cases)] == [["old", "eu"]] * 3
    assert Interaction.objects.filter(case=cases[0], user_id=lead.user_id).count() == 1


def test_what_came_of_it_is_for_who_did_it(cases, lead):
    made = run(lead, "take", seen(*cases))
    other = actor("lead", at=MONDAY)
    for door in (
        lambda: bulk.outcome(token=made.token, by=other),
        lambda: bulk.undo(token=uuid4(), undone=made.token, by=other, at=AT),
    ):
        with pytest.raises(Absent):
            door()
    assert [row["owner_id"] for row in rows(*cases)] == [lead.user_id] * 3


def test_each_doors_own_rule_holds(cases, lead, acme):
    """The Lead does not reach L3, and not past a search of the known issues."""
    l3 = UserFactory(role="l3", tenant=acme, level="L3")
    before = rows(*cases)
    for action, asked in (
        ("assign", {"owner_id": l3.pk}),
        ("assign", {"owner_id": 987_654_321}),
        ("escalate", ASKED["escalate"] | {"to": "L3"}),
        ("escalate", ASKED["escalate"] | {"known_issues_searched": False}),
        ("priority", {"priority": "P1", "reason": " "}),
        ("snooze", {"until": (MONDAY - DAY).isoformat()}),
    ):
        done, refused, _absent = told(run(lead, action, seen(*cases), **asked), lead)
        assert (action, done, len(refused)) == (action, 0, 3)
    assert rows(*cases) == before
    assert l3.pk not in bulk_choices.people(by=lead, at=AT).values_list("pk", flat=True)


def test_those_to_choose_from_work_somewhere_that_the_reader_leads(lead, acme):
    here, everywhere = UserFactory(role="l1", tenant=acme), UserFactory(role="l2")
    UserFactory(role="l1", tenant=TenantFactory())
    UserFactory(role="auditor")
    gone = UserFactory(role="l1", tenant=acme, is_active=False)
    found = set(bulk_choices.people(by=lead, at=AT).values_list("pk", flat=True))
    assert found == {here.pk, everywhere.pk, lead.user_id}
    assert gone.pk not in found


@pytest.mark.django_db(transaction=True)
def test_two_leads_take_the_same_cases_at_once():
    one, other = actor("lead", at=MONDAY), actor("lead", at=MONDAY)
    cases = [opened() for _ in range(4)]
    chosen = seen(*cases)
    assert at_once(*(lambda by=by: run(by, "take", chosen) for by in (one, other))) == ["ok", "ok"]
    counts = {by: bulk.outcome(token=BulkRun.objects.get(user_id=by.user_id).token, by=by) for by in (one, other)}
    assert sum(found.done for found in counts.values()) == 4
    assert sum(len(found.refused) for found in counts.values()) == 4
    for row in rows(*cases):
        by = next(by for by in (one, other) if by.user_id == row["owner_id"])
        assert BulkResult.objects.get(case_id=row["id"], refusal="").run.user_id == by.user_id


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twice_at_once_does_nothing_twice():
    lead = actor("lead", at=MONDAY)
    cases = [opened() for _ in range(4)]
    token, chosen = uuid4(), seen(*cases)
    act = lambda: run(lead, "tag", chosen, token=token, tags=["eu"])  # noqa: E731  the same act, twice
    assert at_once(act, act) == ["ok", "ok"]
    assert told(BulkRun.objects.get(), lead) == (4, {}, 0)
    assert Interaction.objects.filter(user_id=lead.user_id).count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_bulk_snooze_against_the_clients_word():
    lead = actor("lead", at=MONDAY)
    case = worked_to("in_progress", by=actor("l2", at=MONDAY))
    at = MONDAY + 2 * HOUR
    asked, chosen = {"until": (at + DAY).isoformat()}, seen(case)  # looked at before the client wrote
    done = at_once(lambda: run(lead, "snooze", chosen, at=at, **asked), lambda: says(case, "And now?", at=at))
    assert done == ["ok", "ok"]
    now = Case.objects.get(pk=case.pk)
    woken = case.interactions.filter(body="Back from snooze: the client wrote.").count()
    refused = BulkResult.objects.exclude(refusal="").count()
    assert (now.snoozed_until is None, woken + refused) == (True, 1)
