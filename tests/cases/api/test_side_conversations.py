"""What the API says and takes of side conversations, and of who takes part."""

import pytest

from cases.domain.side import talks
from cases.models import Participant, SideTalk
from tests.cases.api.conftest import opened
from tests.factories.api import Api
from tests.factories.cases import MONDAY
from tests.factories.tenants import RequesterFactory, UserFactory

ASKED = {"subject": "Gateway", "body": "Is it down?", "address": "vera@supplier.example", "name": "Vera"}


@pytest.fixture
def case(world):
    return opened(world.l2)


def url(case, rest="", what="side-conversations"):
    return f"/cases/{case['reference']}/{what}/{rest}"


def test_asked_answered_closed_and_opened_again(world, case):
    answer = world.l1.post(url(case), ASKED)
    assert answer.status_code == 201
    talk = answer.json()
    told = {name: talk[name] for name in ("case", "kind", "subject", "address", "name", "level", "people", "messages")}
    assert told == {
        "case": case["reference"],
        "kind": "outside",
        "subject": "Gateway",
        "address": "vera@supplier.example",
        "name": "Vera",
        "level": "",
        "people": [],
        "messages": 1,
    }
    assert (talk["opened_by"], talk["answered_at"], talk["closed_at"]) == ("lena", None, None)
    talks.hear(talk_id=int(talk["id"]), body="It was.", at=MONDAY)
    assert world.l1.get(url(case, f"{talk['id']}/")).json()["answered_at"] == "2026-11-16T09:00:00Z"
    said = world.l1.post(url(case, f"{talk['id']}/messages/"), {"body": "Thanks."})
    assert (said.status_code, said.json()["theirs"]) == (201, False)
    words = world.l1.get(url(case, f"{talk['id']}/messages/")).json()["results"]
    assert [(one["theirs"], one["body"]) for one in words] == [
        (False, "Is it down?"),
        (True, "It was."),
        (False, "Thanks."),
    ]
    closed = world.l1.post(url(case, f"{talk['id']}/close/"))
    assert (closed.status_code, closed.json()["closed_at"] is None) == (200, False)
    late = world.l1.post(url(case, f"{talk['id']}/messages/"), {"body": "More"})
    assert (late.status_code, late.json()["code"]) == (409, "closed")
    assert world.l1.post(url(case, f"{talk['id']}/reopen/")).json()["closed_at"] is None
    assert [one["id"] for one in world.auditor.get(url(case)).json()["results"]] == [talk["id"]]


def test_colleagues_are_named_as_they_sign_in(world, case):
    ben = UserFactory(role="l2", username="ben", first_name="Ben")
    talk = world.l1.post(url(case), {"subject": "x", "body": "x", "people": ["ben", str(ben.pk)]}).json()
    assert (talk["kind"], talk["people"]) == ("people", ["Ben Last"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"subject": "x", "body": "x"}, 422, "one-of-three"),
        (ASKED | {"level": "L2"}, 422, "one-of-three"),
        (ASKED | {"address": "ada@acme.example"}, 422, "client"),
        ({"subject": "x", "body": "x", "people": ["nobody"]}, 422, "does-not-exist"),
        ({"subject": "x", "body": "x", "level": "L3"}, 403, "no-way-to-l3"),
        ({"subject": "x", "body": " ", "level": "L2"}, 422, "required"),
    ],
)
def test_what_is_refused_changes_nothing(world, case, body, status, code):
    assert world.l1 is not None
    before = world.state()
    answer = world.l1.post(url(case), body)
    told = answer.json()
    assert (answer.status_code, (told.get("errors") or [told])[0]["code"]) == (status, code)
    assert world.state() == before


def test_whose_it_is_not_gets_nothing(world, case):
    talk = world.l1.post(url(case), ASKED).json()
    before = world.state()
    of_it = url(case, f"{talk['id']}/")
    assert world.client.get(url(case)).json()["results"] == []
    assert [world.client.get(one).status_code for one in (of_it, f"{of_it}messages/")] == [404, 404]
    assert [one.post(url(case), ASKED).status_code for one in (world.client, world.auditor)] == [403, 403]
    assert [one.get(url(case)).status_code for one in (world.outsider, world.colleague)] == [404, 404]
    assert world.client.post(f"{of_it}messages/", {"body": "x"}).status_code == 404
    assert world.auditor.post(f"{of_it}messages/", {"body": "x"}).status_code == 403
    assert world.state() == before
    elsewhere = opened(world.l2, subject="Another one")
    assert world.l1.get(url(elsewhere, f"{talk['id']}/")).status_code == 404


def test_the_same_key_asks_once(world, case):
    headers = {"Idempotency-Key": "once"}
    first, second = (world.l1.post(url(case), ASKED, headers=headers) for _ in range(2))
    assert (first.json(), SideTalk.objects.count()) == (second.json(), 1)


# --- Who takes part -------------------------------------------------------------------------------------------------
def test_participants_come_and_go(world, case):
    RequesterFactory(tenant=world.acme, name="Eva", email="eva@acme.example")
    rita = UserFactory(role="auditor", username="rita", first_name="Rita")
    people = url(case, what="participants")
    bodies = [{"kind": "cc", "email": "eva@acme.example"}, {"kind": "follower"}, {"kind": "noter", "user": "rita"}]
    assert [world.l1.post(people, body).status_code for body in bodies] == [201, 201, 201]
    listed = world.auditor.get(people).json()["results"]
    assert [(one["kind"], one["name"], one["email"], one["user"]) for one in listed] == [
        ("cc", "Eva", "eva@acme.example", None),
        ("follower", listed[1]["name"], None, "lena"),
        ("noter", "Rita Last", None, "rita"),
    ]
    assert world.client.get(people).json()["results"] == []
    noter = Api(rita)
    said = noter.post(url(case, what="interactions"), {"kind": "note", "body": "I know it."})
    assert (said.status_code, said.json()["public"]) == (201, False)
    before = world.state()
    refused = [
        noter.post(url(case, what="interactions"), {"body": "Hello"}),
        noter.post(url(case, what="interactions"), {"kind": "action", "body": "Done"}),
        noter.post(f"/cases/{case['reference']}/accept/", {}),
        noter.post(people, {"kind": "cc", "email": "eva@acme.example"}),
    ]
    assert [one.status_code for one in refused] == [403, 403, 403, 403]
    assert world.state() == before
    gone = world.l1.delete(f"{people}{listed[2]['id']}/")
    assert (gone.status_code, Participant.objects.count()) == (200, 2)
    assert noter.post(url(case, what="interactions"), {"kind": "note", "body": "And"}).status_code == 403
    assert world.l1.delete(f"{people}{listed[2]['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "cc"}, "required"),
        ({"kind": "noter"}, "required"),
        ({"kind": "cc", "email": "who@else.example"}, "stranger"),
        ({"kind": "cc", "email": "ada@acme.example"}, "requester"),
        ({"kind": "follower", "email": "ada@acme.example"}, "not-of-this-kind"),
        ({"kind": "noter", "user": "nobody"}, "does-not-exist"),
        ({"kind": "noter", "user": "lena"}, "works-already"),
    ],
)
def test_who_is_not_taken(world, case, body, code):
    assert world.l1 is not None
    before = world.state()
    answer = world.l1.post(url(case, what="participants"), body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert world.state() == before
