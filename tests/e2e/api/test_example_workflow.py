"""One case from the first signal to the lesson it leaves, over REST alone, with the promises looked at on each step.

Every request comes at its own minute of one Monday; the outbox makes its rounds when the story says so.
"""

import re
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from outbox.domain.relay import deliver, relay_round
from outbox.models import Delivery
from tests.factories.api import Api, desk_state
from tests.factories.incidents import RunbookFactory
from tests.factories.tenants import ClientFactory, RequesterFactory, ResourceFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TRACES = ["https://traces.example/t/4bf92f3577b34da6"]
QUOTA = {
    "what": "ingest quota of acme",
    "before": "500 events/s",
    "after": "1000 events/s",
    "undo": "quota set acme ingest 500",
    "until": "2026-12-01",
}
PRIVATE = ("throttled since the import", "quota set acme", "Ingestion runbook", "#inc-ingest")


def moment(clock):
    """'09:10' of that Monday."""
    return datetime.fromisoformat(f"2026-11-16T{clock}:00+00:00")


def said(clock):
    return moment(clock).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def at(clock):
    with time_machine.travel(moment(clock), tick=False):
        yield moment(clock)


def ok(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json()


class Story:
    def __init__(self):
        acme = TenantFactory(
            slug="acme", name="Acme", segment="enterprise", support_tier="premium", plan="scale", region="eu-central"
        )
        ingest = ResourceFactory(key="ingest", name="Ingest", tenant=acme)
        ada = RequesterFactory(tenant=acme, name="Ada", email="ada@acme.example")
        RunbookFactory(title="Ingestion runbook", steps=["Look for throttling", "Raise the quota"])
        self.resource_id = ingest.pk
        self.probe = Api(UserFactory(role="l1", tenant=acme), scopes=["telemetry:write"], automation=True)
        self.engineer = Api(UserFactory(role="l2", username="lars", level="L2", tenant=acme))
        self.agent = Api(UserFactory(role="l1", username="lena", level="L1", tenant=acme))
        self.client = Api(ClientFactory(requester=ada))
        self.reference = ""

    @property
    def path(self):
        return f"/cases/{self.reference}/"

    def move(self, name, body=None, *, by=None):
        return ok((by or self.agent).post(f"{self.path}{name}/", body))

    def say(self, body, *, by=None, **more):
        return ok((by or self.agent).post(f"{self.path}interactions/", {"body": body, **more}), 201)

    def seen(self, by=None):
        return ok((by or self.agent).get(self.path))

    def clocks(self):
        """{"resolution 1": (state, due, used seconds)}"""
        return {
            f"{one['kind']} {one['window']}": (one["state"], one["due_at"], one["used_seconds"])
            for one in self.seen()["clocks"]
        }

    def all(self, path, by=None):
        """Every row of a list, page by page."""
        by, rows, query = by or self.agent, [], {"limit": "5"}
        while True:
            page = ok(by.get(path, query))
            rows += page["results"]
            if not page["next"]:
                return rows
            query = dict(parse_qsl(urlsplit(page["next"]).query))


@pytest.fixture
def story(settings, tmp_path):
    settings.BLOB_ROOT = tmp_path
    return Story()


def test_the_example_workflow(story):
    signals_before_the_case(story)
    new(story)
    triage(story)
    in_progress(story)
    waiting(story)
    resolved_and_confirmed(story)
    survey(story)
    lesson(story)
    log_of_moves(story)
    explanations(story)
    feed(story)
    what_the_client_may_know(story)


def signals_before_the_case(story):
    with at("08:50"):
        reading = {
            "kind": "sli",
            "name": "ingest latency p95",
            "resource": "ingest",
            "value": 812.5,
            "threshold": 500,
            "status": "red",
            "taken_at": said("08:49"),
        }
        recorded = ok(story.probe.post("/telemetry/", {"tenant": "acme", "snapshots": [reading]}), 201)
        assert recorded == {"stored": 1, "known_already": 0}
        assert ok(story.agent.get("/resources/ingest/"))["health"] == "down"
    with at("08:55"):
        declared = {
            "title": "Ingest is throttled",
            "severity": "sev2",
            "detected_by": "alarm",
            "tenants": ["acme"],
            "resources": ["ingest"],
            "comms_channel": "#inc-ingest",
        }
        story.incident = ok(story.engineer.post("/incidents/", declared), 201)["reference"]
        assert story.incident.startswith("INC-")


def new(story):
    opening = {
        "tenant": "acme",
        "channel": "panel",
        "subject": "Events arrive an hour late",
        "description": "The help panel shows E-INGEST-429.",
        "error_ids": ["E-INGEST-429"],
        "trace_links": TRACES,
        "telemetry": {"dropped": 17},
        "resources": [story.resource_id],
    }
    with at("09:00"):
        answer = story.client.post("/cases/", opening, {"Idempotency-Key": "panel-1"})
        again = story.client.post("/cases/", opening, {"Idempotency-Key": "panel-1"})
        story.reference = ok(answer, 201)["reference"]
        assert (ok(again, 201)["reference"], again["Idempotent-Replay"]) == (story.reference, "true")
        case = story.seen()
        assert (case["status"], case["priority"], case["tier"], case["requester"]["name"], case["error_ids"]) == (
            "new",
            "P1",
            "premium",
            "Ada",
            ["E-INGEST-429"],
        )
        assert case["priority_reason"] == (
            "P1 by rule “A service level indicator is red”. Worst service level indicator of the last 24 hours: red, "
            "ingest latency p95 is red 812.5 (threshold 500) at 08:49 UTC."
        )
        assert [one["reference"] for one in case["incidents"]] == [story.incident]
        assert case["trace_links"] == TRACES
        assert story.clocks() == {"first_response 1": ("running", said("10:00"), 0)}


def triage(story):
    with at("09:10"):
        story.say("Thank you, Ada. We see it too and are looking.")
        assert story.clocks() == {"first_response 1": ("met", said("10:00"), 600)}
    with at("09:20"):
        case = story.move("accept", {"priority": "P1"})
        assert (case["status"], case["owner"]["username"]) == ("triage", "lena")
    with at("09:30"):
        story.say("Please send us the log bundle: `companyos logs collect --since 2h`.")
        assert story.clocks() == {
            "first_response 1": ("met", said("10:00"), 600),
            "resolution 1": ("running", said("15:20"), 600),
        }
    with at("09:40"):
        bundle = SimpleUploadedFile("bundle.txt", b"429 429 429\n", content_type="text/plain")
        file = ok(story.client.upload(f"{story.path}attachments/", {"file": bundle}), 201)
        story.say("Here it is.", by=story.client, attachments=[file["id"]])
        assert story.clocks()["next_reply 1"] == ("running", said("10:40"), 0)
        story.bundle = file["id"]


def in_progress(story):
    with at("09:50"):
        story.move("start")
        [runbook] = ok(story.agent.get("/runbooks/", {"q": "ingestion"}))["results"]
        run = ok(
            story.agent.post(f"/runbooks/{runbook['id']}/run/", {"tenant": "acme", "incident": story.incident}), 201
        )
        assert [step["text"] for step in run["steps"]] == ["Look for throttling", "Raise the quota"]
        story.say(
            "Ran the runbook: acme is throttled since the import of Sunday.",
            kind="action",
            data={"what": "Ingestion runbook", "run": run["id"]},
        )
    with at("10:00"):
        change = story.say("Doubled the quota.", kind="action", data=QUOTA)
        assert (change["kind"], change["public"], change["data"]) == ("action", False, QUOTA)
        assert story.clocks()["next_reply 1"] == ("running", said("10:40"), 1200)  # an action is no answer


def waiting(story):
    with at("10:10"):
        case = story.move("wait", {"ask": "We raised your quota. Do events arrive in time now?"})
        assert case["status"] == "waiting_on_customer"
        assert story.clocks() == {
            "first_response 1": ("met", said("10:00"), 600),
            "resolution 1": ("paused", None, 3000),
            "next_reply 1": ("met", said("10:40"), 1800),
        }
    with at("12:10"):
        story.say("Yes, they do. Thank you!", by=story.client)
        assert story.seen()["status"] == "in_progress"
        assert story.clocks() == {
            "first_response 1": ("met", said("10:00"), 600),
            "resolution 1": ("running", said("17:20"), 3000),  # two hours of waiting are not ours
            "next_reply 1": ("met", said("10:40"), 1800),
            "next_reply 2": ("running", said("13:10"), 0),
        }


def resolved_and_confirmed(story):
    resolution = {
        "summary": "An import used up the quota of your plan; it is doubled now.",
        "validated": "p95 is below 200 ms since 10:05, and Ada confirms it.",
        "evidence": ["quota change at 10:00", {"link": TRACES[0]}, {"attachment": story.bundle}],
        "preventive_actions": ["Raise the default quota of the segment"],
    }
    with at("12:20"):
        refused = story.agent.post(f"{story.path}resolve/", resolution | {"evidence": []})
        assert (refused.status_code, story.seen()["status"]) == (422, "in_progress")
        case = story.move("resolve", resolution)
        assert (case["status"], case["resolved_at"]) == ("resolved", said("12:20"))
        assert story.clocks() == {
            "first_response 1": ("met", said("10:00"), 600),
            "resolution 1": ("met", said("17:20"), 3600),
            "next_reply 1": ("met", said("10:40"), 1800),
            "next_reply 2": ("met", said("13:10"), 600),
        }
    with at("12:30"):
        case = story.move("confirm", by=story.client)
        assert (case["status"], case["closed_at"]) == ("closed", said("12:30"))


def survey(story):
    with at("12:31") as now:
        deliver(at=now)
        asked = Delivery.objects.filter(about_kind="case", to="ada@acme.example").latest("pk")
        assert "How did we do?" in asked.text
        page = re.search(rf"{re.escape(settings.DESK_URL)}(/c/\S+)", asked.text).group(1)
        browser, before = Client(), desk_state()
        for _scanner in range(3):
            assert browser.get(page, {"csat": "1"}).status_code == 200
            assert browser.head(page).status_code == 200
        assert desk_state() == before
        assert browser.post(page, {"act": "survey", "csat": "5", "nps": "9", "words": "Quick."}).status_code == 302
        thanked = browser.get(page).content.decode()
        assert re.search(r'name="csat" value="5" required checked', thanked)
        assert (page.startswith("/c/"), PRIVATE[0] in thanked) == (True, False)


def lesson(story):
    with at("12:32") as now:
        assert story.all("/events/") == []
        tick = relay_round(at=now)
        assert (tick.failed, tick.died) == (0, 0)
        [event] = story.all("/events/")
        assert event | {"id": ""} == {
            "specversion": "1.0",
            "id": "",
            "source": f"{settings.DESK_URL}/api/v1/events/",
            "type": "com.companyos.support.feedback.reliability.v1",
            "time": said("12:30"),
            "subject": story.reference,
            "datacontenttype": "application/json",
            "data": {
                "backlog": "reliability",
                "segment": "enterprise",
                "proposal": "Raise the default quota of the segment",
                "case": story.reference,
                "tenant": "acme",
                "priority": "P1",
                "category": None,
                "tags": [],
                "error_ids": ["E-INGEST-429"],
                "arr": event["data"]["arr"],
                "reopened": 0,
            },
        }
        assert relay_round(at=now + timedelta(minutes=1)).consumed == 0
        assert len(story.all("/events/")) == 1


def log_of_moves(story):
    with at("12:40"):
        moves = story.all(f"{story.path}transitions/")
        assert [(one["move"], one["to_status"], one["at"]) for one in moves] == [
            ("open", "new", said("09:00")),
            ("accept", "triage", said("09:20")),
            ("start", "in_progress", said("09:50")),
            ("wait", "waiting_on_customer", said("10:10")),
            ("resume", "in_progress", said("12:10")),
            ("resolve", "resolved", said("12:20")),
            ("confirm", "closed", said("12:30")),
        ]
        impacts = {
            one["move"]: [(impact["kind"], impact["what"]) for impact in one["sla_impact"]]
            for one in moves
            if one["sla_impact"]
        }
        assert impacts == {
            "open": [("first_response", "started")],
            "accept": [("resolution", "started")],
            "wait": [("resolution", "paused")],  # what is asked for stands on the timeline as a reply of its own
            "resume": [("next_reply", "started"), ("resolution", "resumed")],
            "resolve": [("resolution", "met")],
        }


def explanations(story):
    with at("12:40"):
        for by in (story.agent, story.client):
            told = ok(by.get(f"{story.path}clocks/resolution/explain/"))
            assert (told["state"], told["due_at"]) == ("met", said("17:20"))
            assert told["target"] == "6 h"
            assert [line["total_seconds"] for line in told["lines"] if line["seconds"]] == [3000, 3600]
            words = " ".join(line["text"] for line in told["lines"])  # in the calendar's zone, an hour ahead of UTC
            for part in ("policy Premium, P1", "Paused on Mon 16 Nov 2026 11:10", "Went on, on Mon 16 Nov 2026 13:10"):
                assert part in words


def feed(story):
    with at("12:41") as now:
        relay_round(at=now)
        case_id = int(story.reference.removeprefix("CASE-"))
        changes, cursor = [], None
        while True:
            page = ok(story.agent.get("/changes/", {"limit": "4"} | ({"cursor": cursor} if cursor else {})))
            if not page["results"]:
                break
            changes, cursor = changes + page["results"], page["cursor"]
        assert len({one["id"] for one in changes}) == len(changes)
        about = [one for one in changes if one["data"].get("case_id") == case_id]
        assert changes[0]["type"] == "incidents.incident-declared"
        assert [one["data"]["move"] for one in about if one["type"] == "cases.case-moved"] == [
            "open",
            "accept",
            "start",
            "wait",
            "resume",
            "resolve",
            "confirm",
        ]
        kinds = [one["type"].removeprefix("cases.case-") for one in about if one["type"].startswith("cases.case-")]
        assert [kind for kind in kinds if kind not in ("moved", "changed")] == ["opened", "resolved", "closed"]
        spoken = [one["data"] for one in about if one["type"] == "cases.interaction-added"]
        assert [one["kind"] for one in spoken if one["kind"] in ("message", "action")] == [
            "message",
            "message",
            "message",
            "action",
            "action",
            "message",
            "message",
            "message",
        ]
        assert [one["occurred_at"] for one in about] == sorted(one["occurred_at"] for one in about)
        assert about[-1]["type"] == "cases.survey-answered"


def what_the_client_may_know(story):
    with at("12:50"):
        case = story.seen(story.client)
        assert (case["incidents"], case["similar"], case["priority_reason"]) == ([], [], "")
        timeline = story.all(f"{story.path}interactions/", story.client)
        assert all(one["public"] and one["data"] == {} for one in timeline)
        assert [one["body"] for one in timeline if one["by"]["kind"] == "customer" and one["kind"] == "message"] == [
            "Here it is.",
            "Yes, they do. Thank you!",
        ]
        answers = [
            case,
            timeline,
            *(story.all(f"{story.path}{part}/", story.client) for part in ("transitions", "attachments")),
            story.all("/cases/", story.client),
            ok(story.client.get("/changes/")),
        ]
        assert [secret for secret in PRIVATE if secret in str(answers)] == []
        assert ok(story.client.get("/changes/"))["results"] == []
        for path in (f"/incidents/{story.incident}/", "/resources/ingest/"):
            assert story.client.get(path).status_code in (403, 404), path
