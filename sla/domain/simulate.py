"""What-if questions: one JSON document in, one out. Answers come from the same sums and the same fold as live clocks.

A fault of one question is that question's answer; only a document that cannot be taken apart is a `BadDocument`.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sla.domain import conversation, fold
from sla.domain.business_time import (
    FOREVER,
    WALL,
    Hours,
    Line,
    PausesUs,
    Target,
    before_us,
    due_us,
    elapsed_us,
    from_us,
    is_open_us,
    merged_us,
    to_us,
    windows_us,
)
from sla.domain.conversation import Conversation, Happening, Promises
from sla.domain.refusals import BadEvents, BadQuestion, BadTime, CalendarError, TimeRefused
from sla.domain.zones import SECOND

LONGEST_ID = 200
MOST_WINDOWS = 1000
DIGITS = 40  # a longer whole number is as far beyond every limit as one of this length
FIRST_MOMENT, LAST_MOMENT = to_us(datetime.min.replace(tzinfo=UTC)), to_us(datetime.max.replace(tzinfo=UTC))
EVENTS = frozenset(happening.value for happening in Happening) - {Happening.MERGED.value, Happening.WORD_MOVED.value}

Question = dict[str, Any]
Answer = dict[str, Any]


class BadDocument(Exception):
    """Says in one line what is wrong with the document itself."""


class UnknownCalendar(TimeRefused):
    default_code = "unknown-calendar"


class UnknownAsk(TimeRefused):
    default_code = "unknown-ask"


def simulate(text: str | bytes) -> Iterator[Answer]:
    """The answers in the order asked. Raises `BadDocument` before the first, or not at all."""
    document = _read(text)
    if not isinstance(document, dict):
        raise BadDocument("the document is not an object")
    calendars, questions = document.get("calendars", {}), document.get("questions")
    if not isinstance(calendars, dict):
        raise BadDocument("calendars is not an object")
    if not isinstance(questions, list):
        raise BadDocument("questions is not a list")
    _check_ids(questions)
    return _answers(Calendars(calendars), questions)


def _read(text: str | bytes) -> Any:
    try:
        return json.loads(text, parse_int=_whole, parse_constant=_no_constant)
    except UnicodeDecodeError as fault:
        raise BadDocument("the document is not UTF-8") from fault
    except json.JSONDecodeError as fault:
        raise BadDocument(f"not JSON: {fault.msg} at line {fault.lineno} column {fault.colno}") from fault
    except RecursionError as fault:
        raise BadDocument("the document is nested too deeply") from fault


def _whole(digits: str) -> int:
    return int(digits[:DIGITS])


def _no_constant(name: str) -> Any:
    raise BadDocument(f"not JSON: {name} is no number")


def _check_ids(questions: list[Any]) -> None:
    known: set[str] = set()
    for place, question in enumerate(questions, start=1):
        name = question.get("id") if isinstance(question, dict) else None
        if not isinstance(name, str) or not name:
            raise BadDocument(f"question {place} has no id")
        if len(name) > LONGEST_ID:
            raise BadDocument(f"question {place} has an id of more than {LONGEST_ID} characters")
        if name in known:
            raise BadDocument(f"question {place} repeats the id {name!a}")
        known.add(name)


class Calendars:
    """Reads a calendar when the first question needs it; a bad one fails each of its own questions."""

    def __init__(self, specs: dict[str, Any]) -> None:
        self._specs = specs
        self._read: dict[str, Hours | CalendarError] = {}

    def of(self, question: Question) -> Hours:
        name = question.get("calendar")
        known = self._read.get(name) if isinstance(name, str) else None
        if known is None:
            known = self._read_now(name)
        if isinstance(known, CalendarError):
            raise known
        return known

    def _read_now(self, name: Any) -> Hours | CalendarError:
        if not isinstance(name, str):
            raise BadQuestion("calendar is the name of one of the calendars.")
        if name not in self._specs:
            raise UnknownCalendar("There is no calendar of this name.")
        try:
            self._read[name] = Hours.from_spec(self._specs[name])
        except CalendarError as fault:
            self._read[name] = fault
        return self._read[name]


def _answers(calendars: Calendars, questions: list[Question]) -> Iterator[Answer]:
    for question in questions:
        try:
            answer = _asker(question)(calendars, question)
        except TimeRefused as refusal:
            yield {"id": question["id"], "error": {"code": refusal.code, "message": refusal.message}}
        else:
            yield {"id": question["id"], **answer}


def _asker(question: Question) -> Callable[[Calendars, Question], Answer]:
    ask = question.get("ask")
    if not isinstance(ask, str):
        raise BadQuestion("ask is one of " + ", ".join(ASKS) + ".")
    asker = ASKS.get(ask)
    if asker is None:
        raise UnknownAsk("ask is one of " + ", ".join(ASKS) + ".")
    return asker


def _due(calendars: Calendars, question: Question) -> Answer:
    start, pauses = _time(question, "start"), _pauses(question)
    line, need = _measured(calendars, question, start)
    at = due_us(line, start, need, pauses)
    return {"due_at": None if at is None else _iso_us(at)}


def _elapsed(calendars: Calendars, question: Question) -> Answer:
    hours = calendars.of(question)
    start, end, pauses = _time(question, "start"), _time(question, "end"), _pauses(question)
    return {"seconds": _seconds(elapsed_us(hours.line(start), start, end, pauses))}


def _before(calendars: Calendars, question: Question) -> Answer:
    end = _time(question, "end")
    line, need = _measured(calendars, question, end)
    return {"start_at": _iso_us(before_us(line, end, need))}


def _is_open(calendars: Calendars, question: Question) -> Answer:
    hours = calendars.of(question)
    at = _time(question, "at")
    return {"open": is_open_us(hours.line(at), at)}


def _windows(calendars: Calendars, question: Question) -> Answer:
    hours = calendars.of(question)
    start, count = _time(question, "start"), question.get("count")
    if type(count) is not int or not 1 <= count <= MOST_WINDOWS:
        raise BadQuestion(f"count is a whole number from 1 to {MOST_WINDOWS}.")
    found = windows_us(hours.line(start), start, count)
    return {"windows": [[_iso_us(opens), _iso_us(closes)] for opens, closes in found]}


def _clock(calendars: Calendars, question: Question) -> Answer:
    hours = calendars.of(question)
    now = from_us(_time(question, "now"))
    promises = _promises(hours, question.get("policy"), _warn_at(question))
    events = _events(question, hours, promises.warn_steps, now)
    talk, over = Conversation(), list[fold.ClockState]()
    for event, new_promises in events:
        promises = new_promises or promises
        talk = conversation.step(talk, event, promises).conversation
        talk = _without_former(talk, over)
    clocks = sorted((*over, *talk.clocks), key=lambda clock: clock.started_at)
    return {"clocks": [_reading(clock, now) for clock in clocks]}


def _without_former(talk: Conversation, over: list[fold.ClockState]) -> Conversation:
    """Former windows go to `over`: a hundred thousand replies must not make each step slower than the one before."""
    last = {clock.kind: clock for clock in talk.clocks}
    if len(last) == len(talk.clocks):
        return talk
    over.extend(clock for clock in talk.clocks if last[clock.kind] is not clock)
    return talk._replace(clocks=tuple(clock for clock in talk.clocks if last[clock.kind] is clock))


ASKS: dict[str, Callable[[Calendars, Question], Answer]] = {
    "due": _due,
    "elapsed": _elapsed,
    "before": _before,
    "is_open": _is_open,
    "windows": _windows,
    "clock": _clock,
}


def _measured(calendars: Calendars, question: Question, at: int) -> tuple[Line, int]:
    """Wall time needs no calendar, but one that is named must be good."""
    target = Target.from_spec(question.get("target"))
    if target.by_the_wall_clock and "calendar" not in question:
        return WALL, target.in_us(None)
    hours = calendars.of(question)
    return target.line(hours, at), target.in_us(hours)


def _promises(hours: Hours, policy: Any, warn_steps: tuple[Decimal, ...]) -> Promises:
    if not isinstance(policy, dict):
        raise BadQuestion("policy is an object.")
    meets = policy.get("escalation_meets", False)
    if not isinstance(meets, bool):
        raise BadQuestion("escalation_meets is true or false.")
    return Promises(
        hours=hours,
        first_response=_optional_target(policy, "first_response"),
        next_reply=_optional_target(policy, "next_reply"),
        resolution=_optional_target(policy, "resolution"),
        escalation_meets=meets,
        warn_steps=warn_steps,
    )


def _optional_target(policy: dict[str, Any], kind: str) -> Target | None:
    spec = policy.get(kind)
    return None if spec is None else Target.from_spec(spec)


def _warn_at(question: Question) -> tuple[Decimal, ...]:
    value = question.get("warn_at", 0.75)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadQuestion("warn_at is a part of the target, from 0 to 1.")
    return (Decimal(str(value)),)


def _events(
    question: Question, hours: Hours, warn_steps: tuple[Decimal, ...], now: datetime
) -> list[tuple[conversation.Event, Promises | None]]:
    given = question.get("events")
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise BadQuestion("events is a list of objects.")
    events = [_event(item, hours, warn_steps) for item in given]
    if sum(event.what == Happening.CREATED for event, _ in events) != 1:
        raise BadEvents("There is exactly one created event.")
    if any(event.at > now for event, _ in events):
        raise BadEvents("An event is later than now.")
    return sorted(events, key=lambda pair: pair[0].at)


def _event(
    item: dict[str, Any], hours: Hours, warn_steps: tuple[Decimal, ...]
) -> tuple[conversation.Event, Promises | None]:
    name, by = item.get("event"), item.get("by", "customer")
    if not isinstance(name, str) or name not in EVENTS:
        raise BadEvents("An event's name is unknown.")
    what = Happening(name)
    if what == Happening.CREATED and by not in ("customer", "us"):
        raise BadQuestion("by is customer or us.")
    target_at = None
    if what == Happening.ESCALATE and item.get("target_at") is not None:
        target_at = from_us(_time(item, "target_at"))
    event = conversation.Event(at=from_us(_time(item, "at")), what=what, by_us=by == "us", target_at=target_at)
    return event, _promises(hours, item.get("policy"), warn_steps) if what == Happening.SET_POLICY else None


def _reading(clock: fold.ClockState, now: datetime) -> Answer:
    reading = fold.state_at(clock, now)
    return {
        "kind": clock.kind,
        "window": clock.window,
        "state": reading.state.value,
        "started_at": _iso(clock.started_at),
        "due_at": _iso(reading.due_at),
        "warn_at": _iso(reading.warn_at),
        "stopped_at": _iso(reading.stopped_at),
        "breached_at": _iso(reading.breached_at),
        "used_seconds": _seconds(reading.used),
        "paused_seconds": _seconds(reading.paused),
        "left_seconds": _seconds(reading.left),
    }


def _pauses(question: Question) -> PausesUs:
    given = question.get("pauses")
    if given is None:
        return ()
    if not isinstance(given, list):
        raise BadQuestion("pauses is a list of [from, to or null].")
    pauses: list[tuple[int, int]] = []
    for pause in given:
        if not isinstance(pause, list) or len(pause) != 2:
            raise BadQuestion("A pause is [from, to or null].")
        since, until = pause
        pauses.append((_moment(since, "pauses"), FOREVER if until is None else _moment(until, "pauses")))
    return merged_us(pauses)


def _time(question: Question, name: str) -> int:
    return _moment(question.get(name), name)


def _moment(value: Any, name: str) -> int:
    if not isinstance(value, str):
        raise BadQuestion(f"{name} is a time.")
    try:
        at = datetime.fromisoformat(value)
    except ValueError as fault:
        raise BadTime(f"{name} is no time that exists.") from fault
    if at.tzinfo is None:
        raise BadTime(f"{name} has no offset from UTC.")
    us = to_us(at)
    # Python takes any character between date and time, and local times that are outside its years in UTC.
    if (value[10] not in "Tt " and "T" not in value) or not FIRST_MOMENT <= us <= LAST_MOMENT:
        raise BadTime(f"{name} is no time that exists.")
    return us


def _iso_us(us: int) -> str:
    return from_us(us).isoformat()[:-6] + "Z"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else _iso_us(to_us(at))


def _seconds(us: int) -> int | float:
    return us // SECOND if us % SECOND == 0 else us / SECOND
