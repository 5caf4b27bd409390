"""What this room has to ask rooms above it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.questions import Question

promised_beside = Question("cases.promised_beside")
"""`answer(actor=, at=) -> [Promised]` each: what is promised to clients beside cases, for the CS Lead's morning."""

to_read = Question("cases.to_read")
"""`answer(actor=) -> [ToRead]` each: what waits for this person beside what happened on cases, for their inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead:
    what: Any
    words: Any
    url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A line: `number` of `words`, and the list that it counts. `tone`: ok, warn, bad or empty."""

    number: int
    words: Any
    url: str
    tone: str = ""
