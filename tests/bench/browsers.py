"""Browsers as they are while the desk stands open: each asks for news every few seconds and fetches what has changed.

The rhythm is that of `config/static/desk/live.js`.
"""

import heapq
import http.client
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

LIVE, COUNTS = "/admin/desk/live/", "/admin/desk/counts/"
SOON, LIST_REST, COUNTS_REST, SLOW = 3.0, 20.0, 60.0, 60.0  # seconds
CSRF = "a" * 32


@dataclass
class Browser:
    """One visible page: a list, or a case whose reader looks at it."""

    session: str
    page: str
    case: int | None = None
    version: int = 0
    stamp: str = ""
    renewed: float = field(default_factory=time.monotonic)


class Browsers:
    """`asked`: how often each thing was fetched."""

    def __init__(self, port: int, open_pages: list[Browser]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.open_pages = open_pages
        self.asked: Counter[str] = Counter()
        self.dice = random.Random(1)

    def open_all(self) -> None:
        for one in self.open_pages:
            self.read(one, self.fetch(one, one.page, "opened"))

    def run(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        due = [(time.monotonic() + self.dice.random() * SOON, number) for number in range(len(self.open_pages))]
        heapq.heapify(due)
        while due[0][0] < ends:
            moment, number = heapq.heappop(due)
            time.sleep(max(0.0, moment - time.monotonic()))
            self.ask(self.open_pages[number])
            heapq.heappush(due, (moment + SOON * (0.9 + self.dice.random() / 5), number))

    def ask(self, one: Browser) -> None:
        body = {"csrfmiddlewaretoken": CSRF}
        if one.case is not None:
            body |= {"case": str(one.case), "doing": "looking"}
        news = self.fetch(one, LIVE, "questions", body=urlencode(body))
        version, stamp = self.news(news)
        since = time.monotonic() - one.renewed
        if one.case is not None:
            if version > one.version:
                self.read(one, self.fetch(one, one.page, "cases again"))
                one.version = max(one.version, version)
            elif not one.stamp:
                one.stamp = stamp
            elif stamp != one.stamp and since > COUNTS_REST:
                one.stamp, one.renewed = stamp, time.monotonic()
                self.fetch(one, COUNTS, "counts again")
        elif (stamp != one.stamp and since > LIST_REST) or since > SLOW:
            one.renewed = time.monotonic()
            self.read(one, self.fetch(one, one.page, "lists again"))

    def news(self, answer: str) -> tuple[int, str]:
        version = re.search(r'"version": (\d+)', answer)
        stamp = re.search(r'"stamp": "(\w*)"', answer)
        return int(version[1]) if version else 0, stamp[1] if stamp else ""

    def read(self, one: Browser, drawn: str) -> None:
        if one.case is None:
            found = re.search(r'data-stamp="(\w*)"', drawn)
            one.stamp = found[1] if found else ""
        else:
            found = re.search(r'data-version="(\d+)"', drawn)
            one.version = int(found[1]) if found else 0

    def fetch(self, one: Browser, path: str, what: str, *, body: str | None = None) -> str:
        headers = {"Cookie": f"sessionid={one.session}; csrftoken={CSRF}", "X-Desk-Live": "1"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request("GET" if body is None else "POST", path, body=body, headers=headers)
        answer = self.connection.getresponse()
        drawn = answer.read().decode()
        assert answer.status == 200, (path, answer.status, drawn[:300])
        self.asked[what] += 1
        return drawn
