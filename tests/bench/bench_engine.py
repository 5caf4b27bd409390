"""The SLA engine alone, in one process and without a database."""

import json
import random
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sla.domain.business_time import Hours, Target, before, due, elapsed
from sla.domain.conversation import Conversation, Event, Happening, Promises, step
from sla.domain.simulate import simulate
from tests.bench.figures import Figure, memory, report, stopwatch, timed

WEEK = {day: [["08:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
BERLIN = {"timezone": "Europe/Berlin", "weekly_hours": WEEK, "holiday_regions": ["DE-BE"]}
NEW_YORK = {
    "timezone": "America/New_York",
    "weekly_hours": {**WEEK, "sat": [["22:00", "06:00"]]},
    "holiday_regions": ["US-CA"],
    "date_hours": {"2026-12-24": [["08:00", "12:00"]]},
}
HOUR = 3600
YEAR_OPEN = 250 * 9 * HOUR
QUESTIONS = 100_000
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
    asked = [list(question(dice)) for _ in range(QUESTIONS)]
    spans = timed([lambda q=q: due(calendars[q[0]], *q[1:]) for q in asked])
    short, long = (
        statistics.median(span for span, q in zip(spans.warm, asked[1:], strict=True) if within(q[2].amount)) * 1e6
        for within in (lambda seconds: seconds < 30 * 9 * HOUR, lambda seconds: seconds > 220 * 9 * HOUR)
    )
    say("due, an hour to a year", spans, bar=5, note=f"up to six weeks {short:.2f} µs, a year {long:.2f} µs")
    spans = timed(
        [lambda q=q: elapsed(calendars[q[0]], q[1], q[1] + timedelta(seconds=q[2].amount), q[3]) for q in asked]
    )
    say("elapsed, up to a year", spans)
    say("before, an hour to a year", timed([lambda q=q: before(calendars[q[0]], q[1], q[2]) for q in asked]))
    cold = timed([lambda place=place: on_a_new_calendar(place, dice) for place in range(200)])
    report(Figure(line="due on a calendar never seen", bar=50, bar_on="worst", **cold.figures("ms")))
    converse = timed([lambda: conversation(calendars[0], dice)] * 1000)
    say(f"a conversation of {len(CONVERSATION)} steps", converse)
    simulated(asked[:20_000])


def say(line: str, spans: Any, *, bar: float | None = None, note: str = "") -> None:
    report(Figure(line=line, bar=bar, memory=memory(), note=note, **spans.figures("µs")))


def simulated(asked: list[list[Any]]) -> None:
    """One question read, answered and written, as `sla_simulate` does."""
    document = json.dumps({"calendars": {"a": BERLIN, "b": NEW_YORK}, "questions": [*as_json(asked)]})
    with stopwatch() as spent:
        answers = sum(1 for answer in simulate(document) if json.dumps(answer))
    report(
        Figure(
            line="sla_simulate",
            unit="/s",
            median=answers / spent(),
            bar=20_000,
            at_least=True,
            memory=memory(),
            note=f"{answers:,} answers",
        )
    )


def question(dice: random.Random) -> Iterator[Any]:
    """Calendar, start, target, pauses (in half of them)."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(3 * 365 * 86_400))
    yield dice.randrange(2)
    yield start
    yield Target(dice.randrange(HOUR, YEAR_OPEN))
    begins = [start + timedelta(seconds=dice.randrange(90 * 86_400)) for _ in range(dice.choice((0, 0, 1, 3)))]
    yield [(begin, begin + timedelta(seconds=dice.randrange(5 * 86_400))) for begin in begins]


def as_json(asked: list[list[Any]]) -> Iterator[dict[str, Any]]:
    for place, (calendar, start, target, pauses) in enumerate(asked):
        yield {
            "id": f"q{place}",
            "calendar": "ab"[calendar],
            "ask": "due",
            "start": start.isoformat(),
            "target": {"seconds": target.amount},
            "pauses": [[since.isoformat(), until.isoformat()] for since, until in pauses],
        }


def on_a_new_calendar(place: int, dice: random.Random) -> None:
    own = {f"20{place % 90 + 10}-01-02": [["08:00", f"{place % 12 + 10}:{place % 60:02}"]]}
    _, start, target, pauses = question(dice)
    due(Hours.from_spec({**BERLIN, "date_hours": own}), start, target, pauses)


def conversation(hours: Hours, dice: random.Random) -> None:
    promises = Promises(
        hours=hours, first_response=Target(HOUR), next_reply=Target(2 * HOUR), resolution=Target(2, "business_days")
    )
    _calendar, at, *_rest = question(dice)
    talk = Conversation()
    for what in CONVERSATION:
        at += timedelta(minutes=dice.randrange(1, 600))
        talk = step(talk, Event(at=at, what=what), promises).conversation
