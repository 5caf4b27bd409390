"""The desk's own fields and time spent through the API."""

import pytest

from cases.models import Case, TimeEntry
from tests.cases.api.conftest import RESOLUTION, moved, opened, opening
from tests.factories.api import desk_state
from tests.factories.filling import custom_field


def problem(answer):
    return answer.status_code, [(error["field"], error["code"]) for error in answer.json()["errors"]]


@pytest.fixture
def fields(world):
    custom_field(required_to_resolve=True)
    custom_field("seats", kind="number")
    custom_field("invoice", kind="text", categories=["billing"])


def test_fields_come_in_are_changed_and_shown(world, fields):
    case = opened(world.l1, fields={"region": "eu", "seats": 3})
    path = f"/cases/{case['reference']}/"
    assert case["fields"] == {"region": "eu", "seats": 3}
    changed = world.l1.patch(path, {"fields": {"seats": None}}, headers={"If-Match": f'"{case["version"]}"'})
    assert (changed.status_code, changed.json()["fields"]) == (200, {"region": "eu"})
    stale = world.l1.patch(path, {"fields": {"seats": 4}}, headers={"If-Match": f'"{case["version"]}"'})
    assert stale.status_code == 412
    assert world.l1.get(path).json()["fields"] == {"region": "eu"}
    assert world.l1.get("/cases/").json()["results"][0]["fields"] == {"region": "eu"}


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"region": "mars"}, [("fields.region", "invalid")]),
        ({"planet": "mars", "seats": "4"}, [("fields.planet", "unknown-field"), ("fields.seats", "invalid")]),
        ({"invoice": "R-1"}, [("fields.invoice", "unknown-field")]),
        ({f"f{n}": 1 for n in range(201)}, [("fields", "max_length")]),
        ([], [("fields", "not_a_dict")]),
        (None, [("fields", "null")]),
        ({"region": {"deep": ["er"]}}, [("fields.region", "invalid")]),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(world, fields, given, errors):
    case = opened(world.l1)
    before = desk_state()
    assert problem(world.l1.patch(f"/cases/{case['reference']}/", {"fields": given})) == (422, errors)
    assert problem(world.l1.post("/cases/", opening(fields=given))) == (422, errors)
    assert desk_state() == before


def test_a_client_neither_fills_them_in_nor_reads_them(world, fields):
    mine = opening(fields={"region": "eu"})
    del mine["requester"]
    assert problem(world.client.post("/cases/", mine)) == (422, [("fields", "invalid")])
    case = opened(world.l1, fields={"region": "eu"})
    path = f"/cases/{case['reference']}/"
    assert world.client.get(path).json()["fields"] == {}
    assert world.client.patch(path, {"fields": {"region": "us"}}).status_code == 403
    assert Case.objects.get().custom_fields == {"region": "eu"}


def test_resolving_names_what_is_missing_and_takes_it(world, fields):
    case = moved(world.l2, opened(world.l1), "accept", "start")
    path = f"/cases/{case['reference']}/resolve/"
    refused = world.l2.post(path, RESOLUTION)
    assert problem(refused) == (422, [("fields.region", "required")])
    assert refused.json()["detail"] == "Before it is resolved, fill in: Region."
    done = world.l2.post(path, {**RESOLUTION, "fields": {"region": "us"}})
    assert (done.status_code, done.json()["status"], done.json()["fields"]) == (200, "resolved", {"region": "us"})


def test_time_is_booked_listed_and_taken_back(world):
    case = opened(world.l1)
    path = f"/cases/{case['reference']}/time/"
    booked = world.l1.post(path, {"minutes": 80, "note": "Logs", "worked_on": case["opened_at"][:10]})
    assert booked.status_code == 201
    entry = booked.json()
    assert {name: entry[name] for name in ("person", "minutes", "note", "worked_on", "retracts")} == {
        "person": "lena",
        "minutes": 80,
        "note": "Logs",
        "worked_on": case["opened_at"][:10],
        "retracts": None,
    }
    assert world.l1.post(path, {"minutes": 5}).status_code == 201
    assert world.l2.post(f"{path}{entry['id']}/retract/").status_code == 403
    taken = world.l1.post(f"{path}{entry['id']}/retract/")
    assert (taken.status_code, taken.json()["minutes"], taken.json()["retracts"]) == (201, -80, entry["id"])
    assert world.l1.post(f"{path}{entry['id']}/retract/").status_code == 409
    assert [one["minutes"] for one in world.auditor.get(path).json()["results"]] == [80, 5, -80]
    assert world.client.get(path).json()["results"] == []
    assert world.outsider.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"minutes": 0}, [("minutes", "min_value")]),
        ({"minutes": 1441}, [("minutes", "max_value")]),
        ({"minutes": "20"}, [("minutes", "invalid")]),
        ({}, [("minutes", "required")]),
        ({"minutes": 5, "worked_on": "2001-01-01"}, [("worked_on", "invalid")]),
        ({"minutes": 5, "worked_on": 5}, [("worked_on", "invalid")]),
    ],
)
def test_what_is_no_time_is_refused(world, body, errors):
    path = f"/cases/{opened(world.l1)['reference']}/time/"
    assert problem(world.l1.post(path, body)) == (422, errors)
    for who in (world.robot, world.auditor, world.client):
        assert who.post(path, {"minutes": 5}).status_code == 403
    assert TimeEntry.objects.count() == 0
