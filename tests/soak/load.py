"""A mixed day on the desk, all at once: cases, words, moves, files, incidents and alerts, by agents and clients."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.soak.client import Client, Tally
from tests.soak.journal import Lines

REMEMBERED = 25  # cases that one worker goes on with
PAUSE = 0.3  # seconds at most between two requests of one worker
FILE_SIZES = (200, 4_000, 60_000)
RESOLUTION = {"validated": "It is green.", "evidence": ["trace 4bf92f"], "preventive_actions": "none needed"}
FEED_WAIT = 5  # seconds the feed may hold its answer


@dataclass
class Known:
    ref: str
    status: str


@dataclass
class Worker:
    """One agent and one client. What they make carries the key of its request: `soak-<seed>-<worker>-<number>`."""

    name: str
    tenant: str
    requester: int
    agent: Client
    client: Client
    chance: random.Random
    cases: deque[Known] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    incidents: deque[str] = field(default_factory=lambda: deque(maxlen=4))
    number: int = 0

    def key(self) -> str:
        self.number += 1
        return f"{self.name}-{self.number}"

    def work(self, ending: threading.Event) -> None:
        acts: list[tuple[Callable[[], object], int]] = [
            (self.open, 22), (self.client_says, 16), (self.agent_says, 16), (self.move, 26), (self.attach, 8),
            (self.declare, 2), (self.update, 5), (self.acknowledge, 5),
        ]  # fmt: skip
        doors, weights = [act for act, _ in acts], [weight for _, weight in acts]
        while not ending.is_set():
            self.chance.choices(doors, weights)[0]()
            ending.wait(self.chance.random() * PAUSE)

    def a_case(self) -> Known | None:
        return self.chance.choice(self.cases) if self.cases else None

    def open(self) -> None:
        key = self.key()
        body: dict[str, Any] = {"tenant": self.tenant, "subject": key, "description": "It does not work."}
        by = self.client
        if self.chance.random() < 0.5:
            by = self.agent
            body |= {"requester": self.requester, "external": {"system": "soak", "id": key}}
            body["priority"] = self.chance.choice(["P0", "P1", "P2", "P3"])
        if answer := by.post("open", "/cases/", body, key=key):
            self.cases.append(Known(answer.body["reference"], answer.body["status"]))

    def client_says(self) -> None:
        self.say(self.client)

    def agent_says(self) -> None:
        self.say(self.agent)

    def say(self, by: Client) -> None:
        if case := self.a_case():
            key = self.key()
            by.post("say", f"/cases/{case.ref}/interactions/", {"body": key}, key=key)

    def move(self) -> None:
        if (case := self.a_case()) is None:
            return
        key = self.key()
        by, name, body = self.next_move(case, key)
        if answer := by.post("move", f"/cases/{case.ref}/{name}/", {**body, "reason": key}, key=key):
            case.status = answer.body["status"]
        elif seen := self.agent.get(f"/cases/{case.ref}/"):
            case.status = seen.body["status"]

    def next_move(self, case: Known, key: str) -> tuple[Client, str, dict[str, Any]]:
        either = self.chance.random() < 0.5
        match case.status:
            case "new":
                return self.agent, "accept", {"priority": self.chance.choice(["P1", "P2", "P3"])} if either else {}
            case "triage":
                return self.agent, "start", {}
            case "in_progress" if either:
                return self.agent, "wait", {"ask": "Which region?"}
            case "waiting_on_customer":
                return self.agent, "resume", {}
            case "resolved":
                return self.client, "confirm" if either else "reject", {}
            case "closed":
                return self.client, "reopen", {}
        return self.agent, "resolve", {"summary": "It works again.", **RESOLUTION}

    def attach(self) -> None:
        if case := self.a_case():
            key = self.key()
            content = f"{key}\n".encode() * (self.chance.choice(FILE_SIZES) // len(key))
            self.agent.upload(f"/cases/{case.ref}/attachments/", f"{key}.txt", content, key=key)

    def declare(self) -> None:
        key = self.key()
        body = {"title": f"Incident {key}", "severity": "sev3", "detected_by": "alarm", "tenants": [self.tenant]}
        if answer := self.agent.post("declare", "/incidents/", body, key=key):
            self.incidents.append(answer.body["reference"])

    def update(self) -> None:
        if self.incidents:
            key = self.key()
            body = {"seeing": key, "doing": "We look.", "next_word": "More soon."}
            self.agent.post("update", f"/incidents/{self.chance.choice(self.incidents)}/updates/", body, key=key)

    def acknowledge(self) -> None:
        found = self.agent.get("/alerts/?status=open&limit=20")
        if found and found.body["results"]:
            alert = self.chance.choice(found.body["results"])
            self.agent.post("acknowledge", f"/alerts/{alert['id']}/acknowledge/", {}, key=self.key())


class FeedReader:
    """Reads the change feed through everything, from the first change on; `seen` are their ids."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.seen: list[int] = []
        self.cursor = ""

    def read_on(self, *, wait: int = FEED_WAIT) -> bool:
        """Whether anything new came."""
        cursor = f"&cursor={self.cursor}" if self.cursor else ""
        page = self.client.get(f"/changes/?limit=200&wait={wait}{cursor}", timeout=wait + 10)
        if page is None:
            return False
        self.seen += [int(change["id"]) for change in page.body["results"]]
        self.cursor = page.body["cursor"]
        return bool(page.body["results"])

    def follow(self, ending: threading.Event) -> None:
        while not ending.is_set():
            if not self.read_on():
                ending.wait(0.3)


class Load:
    def __init__(self, *, port: int, people: dict[str, Any], journal: Lines, seed: int) -> None:
        self.tally = Tally()
        self.ending, self.feed_ending = threading.Event(), threading.Event()

        def client(token: str, name: str) -> Client:
            return Client(port, token, journal, self.tally, random.Random(f"{seed} {name}"))

        workers = [
            Worker(
                name=f"soak-{seed}-{n}",
                tenant=people["tenant"],
                requester=one["requester"],
                agent=client(agent, f"agent {n}"),
                client=client(one["token"], f"client {n}"),
                chance=random.Random(f"{seed} worker {n}"),
            )
            for n, (agent, one) in enumerate(zip(people["agents"], people["clients"], strict=True))
        ]
        self.feed = FeedReader(client(people["reader"], "reader"))
        self.threads = [threading.Thread(target=one.work, args=(self.ending,), daemon=True) for one in workers]
        self.feed_thread = threading.Thread(target=self.feed.follow, args=(self.feed_ending,), daemon=True)

    def start(self) -> None:
        for thread in [*self.threads, self.feed_thread]:
            thread.start()

    def stop(self, patience: float) -> bool:
        """No new requests; False when one was still at it after `patience` seconds."""
        self.ending.set()
        ends = time.monotonic() + patience
        for thread in self.threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)

    def finish_feed(self) -> list[int]:
        """To the end of the feed; call it when nothing more is being numbered."""
        self.feed_ending.set()
        self.feed_thread.join(FEED_WAIT + 12)
        while self.feed.read_on(wait=0):
            pass
        return self.feed.seen
