"""Medians of the SLA engine, in microseconds: `python -m tests.bench.bench_engine`. Measures, asserts nothing."""

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sla.domain.business_time import Hours, Target, before, due, elapsed
from sla.domain.conversation import Conversation, Event, Happening, Promises, step
from sla.domain.simulate import simulate

WEEK = {day: [["08:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
BERLIN = {"timezone": "Europe/Berlin", "weekly_hours": WEEK, "holiday_regions": ["DE-BE"]}
NEW_YORK = {
    "timezone": "America/New_York",
    "weekly_hours": {**WEEK, "sat": [["22:00", "06:00"]]},
    "holiday_regions": ["US-CA"],
    "date_hours": {"2026-12-24": [["08:00", "12:00"]]},
}
YEAR_OPEN = 250 * 9 * 3600
QUESTIONS = 20_000
CONVERSATION = (
    Happening.CREATED,
    Happening.PUBLIC_REPLY,
    Happening.ACCEPTED,
    Happening.WAIT,
    Happening.CUSTOMER_REPLY,
    Happening.PUBLIC_REPLY,
    Happening.RESOLVE,
    Happening.CONFIRM,
)


def main() -> None:
    dice = random.Random(1)
    calendars = [Hours.from_spec(BERLIN), Hours.from_spec(NEW_YORK)]
    asked = [list(_question(dice)) for _ in range(QUESTIONS)]
    figures = {
        "due, an hour to a year, pauses in half": _median(lambda q: due(calendars[q[0]], *q[1:]), asked),
        "elapsed, up to a year, pauses in half": _median(
            lambda q: elapsed(calendars[q[0]], q[1], q[1] + timedelta(seconds=q[2].amount), q[3]), asked
        ),
        "before, an hour to a year": _median(lambda q: before(calendars[q[0]], q[1], q[2]), asked),
        "due on a calendar never seen": _median(_cold, [(place, dice) for place in range(200)]),
        "one step of a conversation": _median(_converse, [(calendars[0], dice) for _ in range(1000)])
        / len(CONVERSATION),
    }
    document = json.dumps({"calendars": {"a": BERLIN, "b": NEW_YORK}, "questions": [*_asked(asked)]})
    begun = time.perf_counter()
    answers = sum(1 for answer in simulate(document) if json.dumps(answer))
    figures["simulate, one due question read, answered and written"] = (time.perf_counter() - begun) / answers * 1e6
    for name, microseconds in figures.items():
        print(f"{microseconds:10.2f}  {name}")


def _question(dice: random.Random) -> Iterator[Any]:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(3 * 365 * 86_400))
    yield dice.randrange(2)
    yield start
    yield Target(dice.randrange(3600, YEAR_OPEN))
    begins = [start + timedelta(seconds=dice.randrange(90 * 86_400)) for _ in range(dice.choice((0, 0, 1, 3)))]
    yield [(begin, begin + timedelta(seconds=dice.randrange(5 * 86_400))) for begin in begins]


def _asked(asked: list[list[Any]]) -> Iterator[dict[str, Any]]:
    for place, (calendar, start, target, pauses) in enumerate(asked):
        yield {
            "id": f"q{place}",
            "calendar": "ab"[calendar],
            "ask": "due",
            "start": start.isoformat(),
            "target": {"seconds": target.amount},
            "pauses": [[since.isoformat(), until.isoformat()] for since, until in pauses],
        }


def _cold(given: tuple[int, random.Random]) -> None:
    place, dice = given
    own = {f"20{place % 90 + 10}-01-02": [["08:00", f"{place % 12 + 10}:{place % 60:02}"]]}
    _, start, target, pauses = _question(dice)
    due(Hours.from_spec({**BERLIN, "date_hours": own}), start, target, pauses)


def _converse(given: tuple[Hours, random.Random]) -> None:
    hours, dice = given
    promises = Promises(
        hours=hours, first_response=Target(3600), next_reply=Target(7200), resolution=Target(2, "business_days")
    )
    at, talk = next(_starts(dice)), Conversation()
    for what in CONVERSATION:
        at += timedelta(minutes=dice.randrange(1, 600))
        talk = step(talk, Event(at=at, what=what), promises).conversation


def _starts(dice: random.Random) -> Iterator[datetime]:
    while True:
        yield datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(3 * 365 * 86_400))


def _median(sum_of: Callable[[Any], object], given: list[Any]) -> float:
    spans = []
    for each in given:
        begun = time.perf_counter_ns()
        sum_of(each)
        spans.append(time.perf_counter_ns() - begun)
    return statistics.median(spans) / 1000


if __name__ == "__main__":
    main()
