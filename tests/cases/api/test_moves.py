import pytest
from django.db import transaction

from cases.models import Case, Transition
from tests.cases.api.conftest import RESOLUTION, moved, opened
from tests.factories.api import desk_state
from tests.factories.tenants import UserFactory

MOVES = ["accept", "start", "wait", "resume", "resolve", "confirm", "reject", "close", "reopen"]
BODIES = {
    "wait": {"ask": "Which region?"},
    "resolve": RESOLUTION,
    "reject": {"reason": "Still slow."},
    "close": {"reason": "Done."},
    "reopen": {"reason": "It is back."},
}
TRANSITIONS_QUERIES = 4
WAYS = {
    "new": [],
    "triage": ["accept"],
    "in_progress": ["accept", "start"],
    "waiting_on_customer": ["accept", "start", "wait"],
    "resolved": ["accept", "start", "resolve"],
    "closed": ["accept", "start", "resolve", "confirm"],
}
ENDS = {
    ("new", "accept"): "triage",
    ("triage", "start"): "in_progress",
    ("triage", "wait"): "waiting_on_customer",
    ("in_progress", "wait"): "waiting_on_customer",
    ("waiting_on_customer", "resume"): "in_progress",
    ("triage", "resolve"): "resolved",
    ("in_progress", "resolve"): "resolved",
    ("waiting_on_customer", "resolve"): "resolved",
    ("resolved", "confirm"): "closed",
    ("resolved", "reject"): "in_progress",
    ("resolved", "close"): "closed",
    ("closed", "reopen"): "in_progress",
}


@pytest.mark.parametrize("status", WAYS)
def test_every_move_from_every_status(world, status):
    case = moved(world.l1, opened(world.l1), *WAYS[status])
    before = world.state()
    for move in MOVES:
        with transaction.atomic():
            answer = world.l1.post(f"/cases/{case['reference']}/{move}/", BODIES.get(move, {}))
            if end := ENDS.get((status, move)):
                assert (move, answer.status_code, answer.json()["status"]) == (move, 200, end), answer.content
                assert Case.objects.get().status == end
                transaction.set_rollback(True)  # the next move starts from the same status
                continue
        assert (move, answer.status_code) == (move, 409), answer.content
        problem = answer.json()
        assert (problem["code"], answer["Content-Type"]) == ("transition-refused", "application/problem+json")
        assert problem["detail"]
        assert set(problem["allowed"]) <= set(MOVES)
        assert {name for (start, name) in ENDS if start == status} <= set(problem["allowed"])
    assert desk_state() == before


@pytest.mark.parametrize(("move", "last"), [("wait", "waiting_on_customer"), ("resolve", "resolved")])
def test_send_as_runs_the_moves_in_between(world, move, last):
    case = opened(world.l1)
    answer = world.l1.post(f"/cases/{case['reference']}/{move}/", BODIES[move] | {"send_as": True})
    assert (answer.status_code, answer.json()["status"]) == (200, last)
    assert list(Transition.objects.values_list("move", flat=True)) == ["open", "accept", "start", move]


def test_clocks_follow_the_moves(world):
    case = opened(world.l1)

    def clocks(case):
        return {(clock["kind"], clock["window"]): clock["state"] for clock in case["clocks"]}

    case = moved(world.l1, case, "accept", "start")
    assert clocks(case) == {("first_response", 1): "running", ("resolution", 1): "running"}
    case = moved(world.l1, case, "wait")
    assert clocks(case) == {("first_response", 1): "met", ("resolution", 1): "paused"}
    paused = next(clock for clock in case["clocks"] if clock["state"] == "paused")
    assert paused["left_seconds"] > 0
    case = moved(world.l1, case, "resume", "resolve")
    assert clocks(case)["resolution", 1] == "met"
    assert case["resolved_at"] is not None
    case = moved(world.client, case, "confirm")
    answer = world.client.post(f"/cases/{case['reference']}/reopen/", {"reason": "It is back."})
    assert clocks(answer.json())["resolution", 2] == "running"


def test_accept_names_priority_and_owner(world):
    case = opened(world.l1)
    answer = world.lead.post(
        f"/cases/{case['reference']}/accept/", {"priority": "P1", "owner": "lena", "note": "Known client."}
    )
    assert answer.status_code == 200, answer.content
    assert (answer.json()["priority"], answer.json()["owner"]["username"]) == ("P1", "lena")


WITHOUT_WHAT_IT_NEEDS = [
    ("wait", {}, "ask"),
    ("wait", {"ask": "  "}, "ask"),
    ("resolve", {}, "summary"),
    ("resolve", RESOLUTION | {"evidence": []}, "evidence"),
    ("resolve", RESOLUTION | {"evidence": [{"rumour": "x"}]}, "evidence.0"),
    ("resolve", RESOLUTION | {"preventive_actions": "nothing"}, "preventive_actions"),
    ("resolve", RESOLUTION | {"preventive_actions": []}, "preventive_actions"),
    ("accept", {"priority": "P7"}, "priority"),
    ("accept", {"owner": "nobody-here"}, "owner"),
    ("accept", {"status": "closed"}, "status"),
    ("close", {}, "reason"),
    ("close", {"reason": "x", "as": "boredom"}, "as"),
    ("close", {"reason": "x", "as": "duplicate"}, "of"),
    ("close", {"reason": "x", "as": "duplicate", "of": "CASE-999999"}, "of"),
    ("reopen", {}, "reason"),
    ("reject", {"reason": ""}, "reason"),
]


def test_a_move_asks_for_what_it_needs(world):
    case = opened(world.l1)
    before = world.state()
    for move, body, field in WITHOUT_WHAT_IT_NEEDS:
        answer = world.l1.post(f"/cases/{case['reference']}/{move}/", body)
        assert (move, body, answer.status_code) == (move, body, 422), answer.content
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert desk_state() == before


@pytest.mark.parametrize("nothing_needed", ["none needed", "None needed"])
def test_no_preventive_action_is_said_so(world, nothing_needed):
    case = moved(world.l1, opened(world.l1), "accept")
    body = RESOLUTION | {"preventive_actions": nothing_needed}
    assert world.l1.post(f"/cases/{case['reference']}/resolve/", body).status_code == 200
    assert Case.objects.get().resolution_preventive_actions == "none needed"


def test_closing_an_open_case_as_a_duplicate(world):
    original, case = opened(world.l1), opened(world.l1)
    body = {"as": "duplicate", "of": original["reference"], "reason": "Told twice."}
    answer = world.l1.post(f"/cases/{case['reference']}/close/", body)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["closed_as"]) == ("closed", "duplicate")
    assert [clock["state"] for clock in answer.json()["clocks"]] == ["stopped"]


def test_what_a_client_may_not_move(world):
    case = moved(world.l1, opened(world.l1), "accept")
    before = world.state()
    for move in ("accept", "start", "wait", "resume", "resolve", "close", "escalate", "take-back"):
        body = BODIES.get(move, {}) | ({"to": "L2"} if move == "escalate" else {})
        answer = world.client.post(f"/cases/{case['reference']}/{move}/", body)
        assert answer.status_code in (403, 409), answer.content
    assert desk_state() == before


def test_a_client_withdraws_confirms_rejects_and_reopens(world):
    withdrawn = opened(world.l1)
    answer = world.client.post(f"/cases/{withdrawn['reference']}/close/", {"as": "withdrawn", "reason": "Found it."})
    assert (answer.status_code, answer.json()["closed_as"]) == (200, "withdrawn")
    case = moved(world.l1, opened(world.l1), "accept", "resolve")
    for move, status in (("reject", "in_progress"),):
        answer = world.client.post(f"/cases/{case['reference']}/{move}/", {"reason": "Still slow."})
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    moved(world.l1, case, "resolve")
    assert world.client.post(f"/cases/{case['reference']}/confirm/").json()["status"] == "closed"
    answer = world.client.post(f"/cases/{case['reference']}/reopen/", {"reason": "It is back."})
    assert answer.json()["status"] == "in_progress"


def test_who_sees_nothing_and_who_only_reads(world):
    case = moved(world.l1, opened(world.l1), "accept")
    before = world.state()
    for move in MOVES:
        for api in (world.outsider, world.stranger, world.colleague):
            answer = api.post(f"/cases/{case['reference']}/{move}/", BODIES.get(move, {}))
            assert (move, answer.status_code, answer.json()["code"]) == (move, 404, "not-found")
        answer = world.auditor.post(f"/cases/{case['reference']}/{move}/", BODIES.get(move, {}))
        assert (move, answer.status_code) in [(move, 403), (move, 409)]
    assert desk_state() == before


def test_absent_and_forbidden_read_the_same(world):
    case = opened(world.l1)
    there = world.outsider.get(f"/cases/{case['reference']}/").json()
    nowhere = world.outsider.get("/cases/CASE-999999/").json()
    assert {**there, "detail": ""} == {**nowhere, "detail": ""}
    assert case["reference"] not in nowhere["detail"]


def test_a_move_on_what_somebody_else_has_changed(world):
    case = opened(world.l1)
    tag = f'"{case["version"]}"'
    assert world.l1.post(f"/cases/{case['reference']}/accept/", {}, {"If-Match": tag}).status_code == 200
    before = world.state()
    answer = world.l2.post(f"/cases/{case['reference']}/start/", {}, {"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert desk_state() == before


def test_a_move_is_taken_back(world):
    case = moved(world.l1, opened(world.l1), "accept", "start")
    answer = world.l1.post(f"/cases/{case['reference']}/take-back/")
    assert (answer.status_code, answer.json()["status"]) == (200, "triage"), answer.content
    listed = world.l1.get(f"/cases/{case['reference']}/transitions/").json()["results"]
    assert [(move["move"], move["undone"]) for move in listed] == [
        ("open", False),
        ("accept", False),
        ("start", True),
        ("take_back", False),
    ]


def test_escalation(world):
    case = moved(world.l1, opened(world.l1), "accept")
    before = world.state()
    for body, status in (({"to": "L2"}, 422), ({"to": "L9"}, 422), ({"to": "L3", "known_issues_searched": True}, 403)):
        assert world.l1.post(f"/cases/{case['reference']}/escalate/", body).status_code == status
    assert desk_state() == before
    target = {"at": "2100-01-01T10:00:00+01:00", "who": "Ben of the platform team"}
    body = {"to": "L2", "known_issues_searched": True, "target": target}
    answer = world.l1.post(f"/cases/{case['reference']}/escalate/", body)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["level"], answer.json()["status"]) == ("L2", "triage")
    due = {clock["kind"]: clock["due_at"] for clock in answer.json()["clocks"]}
    assert due["target"] == "2100-01-01T09:00:00Z"


def test_transitions_tell_what_they_did_to_the_clocks(world):
    case = moved(world.l1, opened(world.l1), "accept", "start", "wait")
    answer = world.l1.get(f"/cases/{case['reference']}/transitions/").json()["results"]
    assert [(move["move"], move["from_status"], move["to_status"]) for move in answer] == [
        ("open", "", "new"),
        ("accept", "new", "triage"),
        ("start", "triage", "in_progress"),
        ("wait", "in_progress", "waiting_on_customer"),
    ]
    assert {impact["kind"] for impact in answer[-1]["sla_impact"]} >= {"resolution"}
    for_client = world.client.get(f"/cases/{case['reference']}/transitions/").json()["results"]
    assert [move["sla_impact"] for move in for_client] == [[], [], [], []]
    assert {move["reason"] for move in for_client} == {""}


@pytest.mark.parametrize("moves", [["accept"], ["accept", "start", "wait"]])
def test_query_count_of_transitions(world, moves, django_assert_num_queries):
    case = moved(world.l1, opened(world.l1), *moves)
    with django_assert_num_queries(TRANSITIONS_QUERIES):
        assert len(world.l1.get(f"/cases/{case['reference']}/transitions/").json()["results"]) == len(moves) + 1
    assert Transition.objects.count() == len(moves) + 1


def test_an_owner_must_see_the_tenant(world):
    case = opened(world.l1)
    UserFactory(role="l1", tenant=world.neighbour, username="elsewhere")
    before = world.state()
    assert world.l1.post(f"/cases/{case['reference']}/accept/", {"owner": "elsewhere"}).status_code == 422
    assert desk_state() == before
