"""A record under a mapping: what it says in our words, or why it is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.domain.importing.mapping import FINAL, TIMES, Choice, Mapping, Rows, Source
from cases.domain.importing.records import Log, Record
from cases.domain.importing.times import BadTime, moment
from cases.enums import Status

LONGEST_ID = 200
LONGEST = {"subject": 500, "description": 100_000, "note": 20_000, "tags": 2_000}
LONGEST_OTHER = 200

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """`facts`: what the row says, JSON values: status, priority, times in ISO 8601, the mapping's fields; nothing of
    what is empty. `said_status`, `said_priority`: in the source's words; `unknown` names those the mapping lacks.
    """

    id: str
    at: datetime
    line: int
    digest: str
    facts: Facts


class Rejected(ValueError):
    """With a reason fit for a reject file."""


class Reader:
    """`identity`: the columns whose values tell one row of a case from another."""

    def __init__(self, mapping: Mapping, log: Log, *, identity: Sequence[str], now: datetime) -> None:
        self._mapping = mapping
        self._now = now
        self._empty = mapping.empty
        self._id = log.place(mapping.id)
        self._at = log.place(mapping.at) if mapping.at else None
        self._status = log.place(mapping.status.column) if mapping.status.column else None
        self._priority = log.place(mapping.priority.column) if mapping.priority.column else None
        self._first_response = log.place(mapping.first_response_column) if mapping.first_response_column else None
        self._identity = [log.place(column) for column in identity]
        self._times = [(name, log.place(mapping.fields[name].column)) for name in TIMES if name in mapping.fields]
        self._texts = [
            (name, self._getter(source, log), LONGEST.get(name, LONGEST_OTHER))
            for name, source in mapping.fields.items()
            if name not in TIMES
        ]

    def read(self, record: Record) -> Row:
        """Raises Rejected."""
        if record.fault:
            raise Rejected(record.fault)
        values = [value.strip() for value in record.values]
        if not (case_id := self._present(values[self._id])):
            raise Rejected("no id")
        if len(case_id) > LONGEST_ID:
            raise Rejected(f"an id of more than {LONGEST_ID} characters")
        facts: Facts = {}
        at = self._moment(values[self._at]) if self._at is not None else None
        for name, place in self._times:
            if (time := self._moment(values[place])) is not None:
                facts[name] = time.isoformat()
        if self._first_response is not None and (time := self._moment(values[self._first_response])) is not None:
            facts["first_response_at"] = time.isoformat()
        self._choose(facts, "status", self._status, values, self._mapping.status)
        self._choose(facts, "priority", self._priority, values, self._mapping.priority)
        if self._mapping.rejects_unknown_status and "status" in facts.get("unknown", ()):
            raise Rejected(f"unknown state {facts['said_status'][:40]!r}")
        for name, get, longest in self._texts:
            if text := self._present(get(values)):
                if len(text) > longest:
                    raise Rejected(f"{name} of more than {longest:,} characters")
                facts[name] = text
        return Row(case_id, self._time_of(at, facts), record.line, self._digest(values), facts)

    def _time_of(self, at: datetime | None, facts: Facts) -> datetime:
        if self._mapping.rows == Rows.CASE:
            return _case_row_time(facts, at)
        if at is None:
            raise Rejected("no time")
        return at

    def _present(self, value: str) -> str:
        return "" if value in self._empty else value

    def _moment(self, value: str) -> datetime | None:
        if value in self._empty:
            return None
        try:
            at = moment(value, self._mapping.time_format, self._mapping.zone)
        except BadTime as fault:
            raise Rejected(str(fault)) from None
        if at > self._now:
            raise Rejected(f"{value[:40]!r} lies in the future")
        return at

    def _choose(self, facts: Facts, name: str, place: int | None, values: Sequence[str], choice: Choice) -> None:
        said = self._present(values[place]) if place is not None else ""
        if not said:
            return
        if len(said) > LONGEST_OTHER:
            raise Rejected(f"{name} of more than {LONGEST_OTHER} characters")
        facts[f"said_{name}"] = said
        if (means := choice.meanings.get(said)) is None:
            facts.setdefault("unknown", []).append(name)
            means = choice.otherwise
        if means:
            facts[name] = means

    def _digest(self, values: Sequence[str]) -> str:
        told = "\x1f".join(values[place] for place in self._identity)
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:40]

    @staticmethod
    def _getter(source: Source, log: Log) -> Callable[[Sequence[str]], str]:
        if not source.column:
            return lambda values: source.const
        place = log.place(source.column)
        return lambda values: values[place]


def _case_row_time(facts: Facts, at: datetime | None) -> datetime:
    """When the row of a whole case was last true. Raises Rejected for times that clash."""
    if "opened_at" not in facts:
        raise Rejected("no time of opening")
    if facts.get("status") in (Status.RESOLVED, Status.CLOSED) and at is None and not facts.keys() & set(FINAL):
        raise Rejected(f"{facts['status']}, and no time when")
    times = {name: datetime.fromisoformat(facts[name]) for name in (*TIMES, "first_response_at") if name in facts}
    for name, time in times.items():
        if time < times["opened_at"]:
            raise Rejected(f"{name} lies before the opening")
    return max(at or times["opened_at"], *(times[name] for name in TIMES if name in times))
