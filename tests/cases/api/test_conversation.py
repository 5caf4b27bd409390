import pytest

from cases.models import Case, Interaction
from tests.cases.api.conftest import moved, opened
from tests.factories.api import desk_state
from tests.factories.tenants import RequesterFactory

TIMELINE_QUERIES = 5


def said(api, case, body, status=201):
    answer = api.post(f"/cases/{case['reference']}/interactions/", body)
    assert answer.status_code == status, answer.content
    return answer.json()


def states(api, case):
    clocks = api.get(f"/cases/{case['reference']}/").json()["clocks"]
    return {(clock["kind"], clock["window"]): clock["state"] for clock in clocks}


def test_a_reply_meets_first_response_and_a_customers_word_starts_the_next(world):
    case = opened(world.l1)
    reply = said(world.l1, case, {"body": "We are on it."})
    assert (reply["kind"], reply["public"], reply["by"]["kind"], reply["body"]) == (
        "message",
        True,
        "person",
        "We are on it.",
    )
    assert states(world.l1, case) == {("first_response", 1): "met"}
    word = said(world.client, case, {"body": "Any news?"})
    assert (word["by"], word["public"]) == ({"kind": "customer", "name": "Ada"}, True)
    assert states(world.l1, case)["next_reply", 1] == "running"


def test_automation_never_meets_a_clock(world):
    case = opened(world.l1)
    assert said(world.robot, case, {"body": "Your request was received."})["by"]["kind"] == "automation"
    assert states(world.l1, case) == {("first_response", 1): "running"}


def test_a_note_stays_with_us(world):
    case = opened(world.l1)
    note = said(world.l1, case, {"kind": "note", "body": "They are always late with invoices."})
    assert note["public"] is False
    said(world.l1, case, {"kind": "action", "body": "Raised the quota.", "data": {"what": "quota", "before": 5}})
    said(world.l1, case, {"body": "It is done."})
    path = f"/cases/{case['reference']}/interactions/"
    ours = world.l1.get(path).json()["results"]
    theirs = world.client.get(path).json()["results"]
    assert {"note", "action"} <= {one["kind"] for one in ours}
    assert {one["kind"] for one in theirs}.isdisjoint({"note", "action", "sla"})
    assert all(one["public"] and one["data"] == {} for one in theirs)
    assert "invoices" not in str(theirs)
    assert next(one for one in ours if one["kind"] == "action")["data"]["before"] == 5


def test_on_behalf_of_a_requester(world):
    case = moved(world.l1, opened(world.l1), "accept", "start", "wait")
    word = said(world.l1, case, {"body": "It is eu-west.", "on_behalf_of": {"email": "ADA@acme.example"}})
    assert word["by"] == {"kind": "customer", "name": "Ada"}
    assert Case.objects.get().status == "in_progress"
    word = said(world.l1, case, {"kind": "call", "body": "And us-east.", "on_behalf_of": str(world.ada.pk)})
    assert (word["kind"], word["by"]["name"]) == ("call", "Ada")


WRONG_WORDS = [
    ({}, "body"),
    ({"body": ""}, "body"),
    ({"body": "   "}, "body"),
    ({"body": 5}, "body"),
    ({"body": "x" * 100_001}, "body"),
    ({"body": "x", "kind": "system"}, "kind"),
    ({"body": "x", "kind": "note", "public": True}, "public"),
    ({"body": "x", "public": "yes"}, "public"),
    ({"body": "x", "on_behalf_of": {"email": "nobody@acme.example"}}, "on_behalf_of"),
    ({"body": "x", "on_behalf_of": 999_999}, "on_behalf_of"),
    ({"body": "x", "attachments": [999_999]}, "attachments"),
    ({"body": "x", "at": "2020-01-01T00:00:00Z"}, "at"),
]


def test_a_word_that_is_wrong(world):
    case = opened(world.l1)
    before = world.state()
    for body, field in WRONG_WORDS:
        answer = said(world.l1, case, body, status=422)
        assert field in [error["field"] for error in answer["errors"]], body
    assert desk_state() == before


def test_a_requester_of_another_tenant_speaks_for_nobody_here(world):
    case = opened(world.l1)
    other = RequesterFactory(tenant=world.neighbour)
    before = world.state()
    said(world.l1, case, {"body": "x", "on_behalf_of": other.pk}, status=422)
    said(world.l1, case, {"body": "x", "on_behalf_of": {"email": other.email}}, status=422)
    assert desk_state() == before


def test_who_may_not_speak(world):
    case = opened(world.l1)
    before = world.state()
    said(world.auditor, case, {"body": "x"}, status=403)
    for api in (world.outsider, world.stranger, world.colleague):
        said(api, case, {"body": "x"}, status=404)
        for part in ("interactions", "transitions", "attachments", "clocks/first_response/explain"):
            assert api.get(f"/cases/{case['reference']}/{part}/").status_code == 404
    said(world.client, case, {"kind": "note", "body": "x"}, status=422)
    assert desk_state() == before


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_the_timeline(world, count, django_assert_num_queries):
    case = opened(world.l1)
    for _ in range(count):
        said(world.l1, case, {"body": "We are on it."})
    world.l1.get("/cases/")
    with django_assert_num_queries(TIMELINE_QUERIES):
        world.l1.get(f"/cases/{case['reference']}/interactions/")
    assert Interaction.objects.filter(kind="message").count() == count


def test_a_promise_in_words(world):
    case = moved(world.l1, opened(world.l1), "accept")
    answer = world.client.get(f"/cases/{case['reference']}/clocks/resolution/explain/")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["kind"], told["window"], told["state"]) == ("resolution", 1, "running")
    assert told["lines"][0]["text"]
    assert told["due_at"] == next(clock["due_at"] for clock in case["clocks"] if clock["kind"] == "resolution")
    assert world.l1.get(f"/cases/{case['reference']}/clocks/next_reply/explain/").status_code == 404
    assert world.l1.get(f"/cases/{case['reference']}/clocks/resolution/explain/", {"window": 2}).status_code == 404
    assert world.l1.get(f"/cases/{case['reference']}/clocks/resolution/explain/", {"window": "x"}).status_code == 422


def test_a_word_after_somebody_elses(world):
    case = opened(world.l1)
    tag = f'"{case["version"]}"'
    path = f"/cases/{case['reference']}/interactions/"
    assert world.l1.post(path, {"body": "One."}, {"If-Match": tag}).status_code == 201
    before = world.state()
    assert world.l2.post(path, {"body": "Two."}, {"If-Match": tag}).status_code == 412
    assert desk_state() == before
