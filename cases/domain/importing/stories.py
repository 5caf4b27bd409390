"""The rows of one case become its past. Pure: rows in, events out, none of them before its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.domain.history_events import Accepted, Answered, Moved, PastEvent, Prioritised, Said
from cases.domain.importing.mapping import Accepts, Mapping, Rows
from cases.domain.importing.rows import Facts, Row
from cases.enums import InteractionKind, SpokenBy, Status

TOLD = {
    "said_status": "{}",
    "said_priority": "priority {}",
    "requester": "requester {}",
    "owner": "owner {}",
    "group": "group {}",
    "category": "category {}",
    "channel": "by way of {}",
    "severity": "severity {}",
    "impact": "impact {}",
    "tags": "tags {}",
    "first_response_at": "first answered {}",
    "resolved_at": "resolved {}",
    "closed_at": "closed {}",
}


@dataclass(frozen=True, slots=True)
class Story:
    """`events` by time. `first` and `last`: what the rows say first and last; an owner is whom the last row names."""

    opened_at: datetime
    priority: str
    events: list[PastEvent]
    first: Facts
    last: Facts


def story(rows: Sequence[Row], mapping: Mapping, *, keys: Sequence[str]) -> Story:
    """`rows` in order (time, then file), with the timeline key of each."""
    if mapping.rows == Rows.CASE:
        return _whole(rows, mapping, keys)
    statuses = list(_statuses(rows))
    opened_at = _opened_at(rows, statuses)
    priority = next((row.facts["priority"] for row in rows if "priority" in row.facts), mapping.priority.otherwise)
    events: list[tuple[datetime, PastEvent]] = []
    accepted_at = _accepted_at(rows, statuses, mapping, opened_at)
    if accepted_at == opened_at:
        events.append((opened_at, Accepted(at=opened_at)))
        accepted_at = None
    answered_at = _answered_at(rows, statuses, mapping)
    if answered_at is not None and answered_at < opened_at:
        answered_at = opened_at
    before: Facts = {}
    status, now = Status.NEW, priority
    for row, to, key in zip(rows, statuses, keys, strict=True):
        if answered_at is not None and answered_at <= row.at:
            events.append((answered_at, Answered(at=answered_at)))
            answered_at = None
        if row.facts.get("priority", now) != now:
            now = row.facts["priority"]
            events.append((row.at, Prioritised(at=row.at, priority=now, reason=_reason(row, mapping))))
        accepts = accepted_at is not None and row.at >= accepted_at
        if accepts:
            accepted_at = None
        if to != status:
            events.append((row.at, _moved(row, to, mapping, accepts=accepts)))
        elif accepts:
            events.append((row.at, Accepted(at=row.at)))
        events.append((row.at, noted(row, before, mapping, key)))
        status, before = to, row.facts
    if answered_at is not None:
        events.append((answered_at, Answered(at=answered_at)))
    events.sort(key=lambda one: one[0])  # only the first answer has a time that is no row's
    return Story(opened_at, priority, [event for _at, event in events], _first(rows), _last(rows))


def _statuses(rows: Sequence[Row]) -> Iterator[Status]:
    """After each row; one that names none, or an unknown one, changes nothing."""
    status = Status.NEW
    for row in rows:
        status = Status(row.facts.get("status", status))
        yield status


def _opened_at(rows: Sequence[Row], statuses: Sequence[Status]) -> datetime:
    """As the source says, unless the case was worked on before that."""
    said = next((row.facts["opened_at"] for row in rows if "opened_at" in row.facts), None)
    if said is None:
        return rows[0].at
    worked = (row.at for row, status in zip(rows, statuses, strict=True) if status != Status.NEW)
    return min(datetime.fromisoformat(said), next(worked, datetime.max.replace(tzinfo=rows[0].at.tzinfo)))


def _accepted_at(
    rows: Sequence[Row], statuses: Sequence[Status], mapping: Mapping, opened_at: datetime
) -> datetime | None:
    if mapping.accepted == Accepts.OPENED:
        return opened_at
    if mapping.accepted == Accepts.FIRST_ASSIGNMENT:
        assigned = "owner" if "owner" in mapping.fields else "group"
        for row, status in zip(rows, statuses, strict=True):
            if assigned in row.facts and status != Status.CLOSED:
                return row.at if status != Status.RESOLVED else opened_at
            if status == Status.RESOLVED:
                return opened_at
        return None
    for row, status in zip(rows, statuses, strict=True):
        if status == Status.RESOLVED:
            return opened_at
        if status == Status.CLOSED:
            return None
        if status != Status.NEW:
            return row.at
    return None


def _answered_at(rows: Sequence[Row], statuses: Sequence[Status], mapping: Mapping) -> datetime | None:
    if mapping.first_response == "leaves_new":
        return next((row.at for row, status in zip(rows, statuses, strict=True) if status != Status.NEW), None)
    said = [row.facts["first_response_at"] for row in rows if "first_response_at" in row.facts]
    return datetime.fromisoformat(said[-1]) if said else None


def _first(rows: Sequence[Row]) -> Facts:
    return {name: value for row in reversed(rows) for name, value in row.facts.items()}


def _last(rows: Sequence[Row]) -> Facts:
    told = {name: value for row in rows for name, value in row.facts.items() if name != "owner"}
    return told | {name: value for name, value in rows[-1].facts.items() if name == "owner"}


def _whole(rows: Sequence[Row], mapping: Mapping, keys: Sequence[str]) -> Story:
    """The newest row tells the case; older ones stay on the timeline."""
    facts = rows[-1].facts
    times = {name: datetime.fromisoformat(facts[name]) for name in facts if name.endswith("_at")}
    opened_at, status = times["opened_at"], _status_of(facts)
    events: list[PastEvent] = []
    if status != Status.NEW or mapping.accepted == Accepts.OPENED:
        events.append(Accepted(at=opened_at))
    answered_at = times.get("first_response_at")
    if mapping.first_response == "leaves_new" and status != Status.NEW:
        answered_at = times.get("resolved_at") or times.get("closed_at") or rows[-1].at
    if answered_at is not None:
        events.append(Answered(at=answered_at))
    row = rows[-1]
    if status == Status.CLOSED and "resolved_at" in times:
        events.append(_moved(row, Status.RESOLVED, mapping, at=times["resolved_at"]))
    if status == Status.RESOLVED:
        events.append(_moved(row, status, mapping, at=times.get("resolved_at", row.at)))
    elif status == Status.CLOSED:
        closed_at = max(times.get("closed_at", row.at), times.get("resolved_at", opened_at))
        events.append(_moved(row, status, mapping, at=closed_at))
    elif status != Status.NEW:
        events.append(_moved(row, status, mapping, at=row.at))
    before: Facts = {}
    for one, key in zip(rows, keys, strict=True):
        events.append(noted(one, before, mapping, key))
        before = one.facts
    events.sort(key=lambda event: event.at)
    return Story(opened_at, facts.get("priority", mapping.priority.otherwise), events, facts, facts)


def _status_of(facts: Facts) -> Status:
    """Where no status is told, the times tell it."""
    if "status" in facts:
        return Status(facts["status"])
    return Status.CLOSED if "closed_at" in facts else Status.RESOLVED if "resolved_at" in facts else Status.NEW


def _moved(row: Row, to: Status, mapping: Mapping, *, accepts: bool = False, at: datetime | None = None) -> Moved:
    return Moved(
        at=at or row.at, to=to, accepts=accepts, reason=_reason(row, mapping), actor_name=row.facts.get("by", "")
    )


def _reason(row: Row, mapping: Mapping) -> str:
    said = row.facts.get("said_status", "")
    return f"{mapping.source}: {said}" if said else mapping.source


def noted(row: Row, before: Facts, mapping: Mapping, key: str) -> Said:
    return Said(
        at=row.at,
        by_kind=SpokenBy.IMPORTED,
        kind=InteractionKind.SYSTEM,
        public=False,
        body=_words(row.facts, before, mapping),
        actor_name=row.facts.get("by", mapping.source),
        data={"row": row.facts},
        source_key=key,
    )


def _words(facts: Facts, before: Facts, mapping: Mapping) -> str:
    """What the row says that the one before it did not."""
    unknown = {f"said_{name}" for name in facts.get("unknown", ())}
    changes = [
        words.format(facts[name]) + (" (unknown here)" if name in unknown else "")
        for name, words in TOLD.items()
        if name in facts and facts[name] != before.get(name)
    ]
    told = f"{mapping.source}: {', '.join(changes) or 'updated'}"
    note = facts.get("note", "")
    return f"{told}\n{note}" if note and note != before.get("note") else told
