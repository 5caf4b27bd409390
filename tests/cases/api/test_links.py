"""`merge`, `split` and `links`: what they answer, to whom, and what they refuse."""

import pytest

from cases.models import Case
from tests.cases.api.conftest import opened


@pytest.fixture
def two(world):
    return opened(world.l2), opened(world.l2, subject="Slow again")


def url(case, rest=""):
    return f"/cases/{case['reference']}/{rest}"


def test_merged_and_taken_back(world, two):
    gone, root = two
    assert world.l1.post(url(gone, "interactions/"), {"body": "Looking"}).status_code == 201
    answer = world.l1.post(url(gone, "merge/"), {"into": root["reference"], "reason": "The same"})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["status"], shown["closed_as"], shown["merged_into"]) == ("closed", "merged", root["reference"])
    assert [clock["state"] for clock in shown["clocks"]] == ["met"]
    said = world.client.post(url(gone, "interactions/"), {"body": "And now?"})
    assert (said.status_code, said.json()["case"]) == (201, root["reference"])
    listed = world.l1.get(url(root, "interactions/")).json()["results"]
    words = [(one["case"], one["body"]) for one in listed if one["kind"] == "message"]
    assert words == [(gone["reference"], "Looking"), (root["reference"], "And now?")]
    [link] = world.l1.get(url(root, "links/")).json()["results"]
    assert (link["role"], link["case"], link["subject"]) == ("merged_from", gone["reference"], gone["subject"])
    assert [one["closed_as"] for one in world.l1.get("/cases/").json()["results"]] == ["", "merged"]
    back = world.lead.delete(url(root, f"links/{link['id']}/"))
    assert (back.status_code, back.json()["reference"]) == (200, root["reference"])
    assert world.l1.get(url(gone)).json()["status"] == "new"
    assert world.l1.delete(url(root, f"links/{link['id']}/")).status_code == 404


def test_taken_back_as_a_move(world, two):
    gone, root = two
    world.l1.post(url(gone, "merge/"), {"into": root["reference"]})
    answer = world.lead.post(url(gone, "take-back/"), {})
    assert (answer.status_code, answer.json()["merged_into"], answer.json()["status"]) == (200, None, "new")


def test_split_and_linked(world, two):
    case, other = two
    said = world.client.post(url(case, "interactions/"), {"body": "And the invoice?"}).json()
    answer = world.l1.post(url(case, "split/"), {"interactions": [said["id"]], "subject": "Invoice"})
    assert answer.status_code == 201
    new = answer.json()
    assert (new["subject"], new["description"], new["status"]) == ("Invoice", "And the invoice?", "new")
    assert [one["id"] for one in world.client.get(url(new, "interactions/")).json()["results"]] == [said["id"]]
    linked = world.l1.post(url(case, "links/"), {"case": other["reference"]})
    assert (linked.status_code, linked.json()["role"], linked.json()["case"]) == (201, "related", other["reference"])
    roles = [(one["role"], one["case"]) for one in world.l1.get(url(case, "links/")).json()["results"]]
    assert roles == [("split_to", new["reference"]), ("related", other["reference"])]
    assert world.client.get(url(case, "links/")).json()["results"] == []


@pytest.mark.parametrize(
    ("who", "status"), [("auditor", 403), ("client", 403), ("colleague", 404), ("stranger", 404), ("outsider", 404)]
)
def test_who_may_not(world, two, who, status):
    gone, root = two
    world.l1.post(url(gone, "links/"), {"case": root["reference"]})
    [link] = world.l1.get(url(gone, "links/")).json()["results"]
    api, before = getattr(world, who), world.state()
    answers = [
        api.post(url(gone, "merge/"), {"into": root["reference"]}),
        api.post(url(gone, "split/"), {"interactions": [1]}),
        api.post(url(gone, "links/"), {"case": root["reference"]}),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert api.delete(url(gone, f"links/{link['id']}/")).status_code == (403 if who == "auditor" else 404)
    assert world.state() == before


def test_what_is_refused(world, two):
    gone, _root = two
    theirs = opened(world.l2, tenant=world.neighbour.slug, requester={"email": "n@n.example", "name": "N"})
    before = world.state()

    def errors(rest, body):
        answer = world.l2.post(url(gone, rest), body)
        return answer.status_code, [(one["field"], one["code"]) for one in answer.json()["errors"]]

    assert errors("merge/", {"into": theirs["reference"]}) == (422, [("into", "does-not-exist")])
    assert errors("merge/", {"into": "CASE-999999999"}) == (422, [("into", "does-not-exist")])
    assert errors("merge/", {"into": gone["reference"]}) == (422, [("into", "itself")])
    assert errors("links/", {"case": theirs["reference"]}) == (422, [("case", "does-not-exist")])
    assert errors("split/", {"interactions": [10**15]}) == (422, [("interactions", "does-not-exist")])
    assert errors("split/", {"interactions": []})[0] == 422
    assert world.state() == before


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_the_links(world, count, django_assert_num_queries):
    case, *others = (opened(world.l2) for _ in range(count + 1))
    for other in others:
        assert world.l2.post(url(case, "links/"), {"case": other["reference"]}).status_code == 201
    world.l2.get(url(case, "links/"))
    with django_assert_num_queries(4):
        assert len(world.l2.get(url(case, "links/")).json()["results"]) == count
    assert Case.objects.count() == count + 1
