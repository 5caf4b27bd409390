"""A good client of the REST API: the same request under the same key until it knows what became of it."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.soak.journal import ACCEPTED, REFUSED, UNKNOWN, Asked, Lines, note

PREFIX = "/api/v1"
TIMEOUT = 15.0  # seconds of one try
PATIENCE = 120.0  # seconds of all tries
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
BOUNDARY = "soak-1f0b6d"


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    replayed: bool = False


@dataclass
class Tally:
    """How often what was answered; `wrong` are answers that no client could make sense of."""

    answers: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str) -> None:
        with self.lock:
            self.answers[name] = self.answers.get(name, 0) + 1


@dataclass
class Client:
    port: int
    token: str
    journal: Lines
    tally: Tally
    chance: random.Random
    hasty: float = 0.03  # part of the requests whose answer is not waited for
    twice: float = 0.05  # part of the accepted ones that are sent once more

    def get(self, path: str, timeout: float = TIMEOUT) -> Answer | None:
        """None when there was no answer to build on."""
        try:
            answer = self._once("GET", path, b"", {}, timeout=timeout)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        return answer if answer.status == 200 else None

    def post(self, what: str, path: str, body: dict[str, Any], *, key: str) -> Answer | None:
        return self._send(what, path, json.dumps(body).encode(), "application/json", key=key)

    def upload(self, path: str, name: str, content: bytes, *, key: str) -> Answer | None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self._send("attach", path, body, f"multipart/form-data; boundary={BOUNDARY}", key=key)

    def _send(self, what: str, path: str, body: bytes, kind: str, *, key: str) -> Answer | None:
        """The answer if it was accepted. In any case the journal knows what became of it."""
        headers = {"Content-Type": kind, "Idempotency-Key": key}
        began, tries, pause = time.time(), 0, FIRST_PAUSE
        answer: Answer | None = None
        outcome = UNKNOWN
        while time.time() - began < PATIENCE:
            tries += 1
            answer = self._try(path, body, headers)
            if answer is not None and 200 <= answer.status < 300:
                outcome = ACCEPTED
                break
            if answer is not None and not worth_another_try(answer):
                outcome = REFUSED
                break
            time.sleep(pause * (0.5 + self.chance.random() / 2))
            pause = min(pause * 2, LONGEST_PAUSE)
        accepted = answer if outcome == ACCEPTED else None
        note(
            self.journal,
            Asked(
                key=key,
                what=what,
                outcome=outcome,
                row=str(accepted.body.get("id", "")) if accepted else "",
                at=began,
                took=round(time.time() - began, 3),
                tries=tries,
                status=answer.status if answer else 0,
            ),
        )
        if accepted is not None and self.chance.random() < self.twice:
            self._again(path, body, headers, first=accepted)
        return accepted

    def _try(self, path: str, body: bytes, headers: dict[str, str]) -> Answer | None:
        timeout = 0.02 if self.chance.random() < self.hasty else TIMEOUT
        try:
            answer = self._once("POST", path, body, headers, timeout=timeout)
        except (OSError, http.client.HTTPException, ValueError) as failure:
            self.tally.count("hung up" if timeout < TIMEOUT else type(failure).__name__)
            return None
        self.tally.count(str(answer.status))
        return answer

    def _again(self, path: str, body: bytes, headers: dict[str, str], *, first: Answer) -> None:
        """A second time must be answered as the first, if it is answered."""
        answer = self._try(path, body, headers)
        if answer is None or worth_another_try(answer):
            return
        if not answer.replayed or answer.body != first.body:
            self.tally.wrong.append(f"{headers['Idempotency-Key']} on {path} was answered otherwise the second time")

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str], *, timeout: float) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(
                method, PREFIX + path, body or None, {"Authorization": f"Bearer {self.token}", **headers}
            )
            response = connection.getresponse()
            read = response.read()
        finally:
            connection.close()
        told = json.loads(read) if read and "json" in response.headers.get("Content-Type", "") else {}
        return Answer(response.status, told, replayed=response.headers.get("Idempotent-Replay") == "true")


def worth_another_try(answer: Answer) -> bool:
    return answer.status >= 500 or answer.status == 429 or answer.body.get("code") == "still-running"
