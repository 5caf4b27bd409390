"""What the load asked for and what it was told: a file that is only ever added to, a line a request."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ACCEPTED, REFUSED, UNKNOWN = "accepted", "refused", "unknown"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request of a client, however often it was sent. `key` is its Idempotency-Key and stands in what it makes.

    `row` is the id that the answer named, empty where it names none of its own.
    """

    key: str
    what: str
    outcome: str
    row: str = ""
    at: float = 0.0
    took: float = 0.0
    tries: int = 1
    status: int = 0


class Lines:
    """JSON objects, a line each, written through at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()

    def add(self, **line: Any) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        self._file.close()


@contextmanager
def lines(path: Path) -> Iterator[Lines]:
    opened = Lines(path)
    try:
        yield opened
    finally:
        opened.close()


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def note(journal: Lines, asked: Asked) -> None:
    journal.add(**asdict(asked) | {"at": asked.at or time.time()})


def asked_in(path: Path) -> list[Asked]:
    return [Asked(**line) for line in read(path)]
