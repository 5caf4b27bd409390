"""From a plot to a story: who asks, who answers, when. Chance comes from a seed, so that it can be told again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from demo.domain import asides, filling
from demo.domain.plots import PLOTS, SPAM, Plot
from demo.models import Act, Story
from tenants.models import Requester

OFFICE = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = time(8, 30), time(17, 30)
URGENT = ("ingestion", "outage", "sign-in")
THANKS = "Thank you {who}, we have it and go on with it now."


@dataclass(frozen=True)
class Line:
    at: datetime
    name: str
    by: str
    words: Mapping[str, Any]


def arrivals(*, start: datetime, end: datetime, count: int, chance: Random) -> list[datetime]:
    """`count` moments in [start, end), most of them on working days, in order."""
    moments: list[datetime] = []
    span = (end - start).total_seconds()
    while len(moments) < count:
        moment = start + timedelta(seconds=chance.random() * span)
        local = moment.astimezone(OFFICE)
        busy = local.weekday() < 5 and 7 <= local.hour < 19
        if busy or chance.random() < 0.08:
            moments.append(moment)
    return sorted(moments)


def begin(*, at: datetime, requesters: list[Requester], chance: Random) -> Story:
    """A story that begins at `at`, with all its acts written down."""
    plot = chance.choices(PLOTS, weights=[one.weight for one in PLOTS])[0]
    requester = chance.choice(requesters)
    story = Story.objects.create(name=plot.name, tenant_id=requester.tenant_id)
    Act.objects.bulk_create(
        Act(story=story, at=line.at, name=line.name, by=line.by, words=line.words)
        for line in _lines(plot, requester, at, chance)
    )
    return story


def _lines(plot: Plot, requester: Requester, at: datetime, chance: Random) -> Iterator[Line]:
    who = requester.name.split()[0]
    owner = chance.choice(["l1", "l1", "l1b", "l1b", "lead"])
    clock = _Clock(at, urgent=plot.name in URGENT, chance=chance)
    if chance.random() < 0.04:
        yield Line(at, "open", "", _opening(plot, requester, subject=chance.choice(SPAM)))
        yield Line(clock.ours(0.2, 3), "close_as", owner, {"as_": "spam", "reason": "Advertising"})
        return
    yield Line(at, "open", "", _opening(plot, requester, subject=chance.choice(plot.subjects)))
    slow = chance.random() < 0.07
    word_first = chance.random() < 0.6
    reply = {"public": True, "body": plot.first_word.format(who=who)}
    reach = (1.2, 9.0) if slow else (0.05, 0.6)
    if word_first:
        yield Line(clock.ours(*reach), "say", owner, reply)
        yield Line(clock.ours(0.05, 0.5), "accept", owner, {})
    else:
        yield Line(clock.ours(*reach), "accept", owner, {})
        yield Line(clock.ours(0.02, 0.2), "say", owner, reply)
    yield Line(clock.ours(0.05, 0.4), "start", owner, {})
    yield from (Line(clock.at, name, owner, words) for name, words in filling.at_work(plot.category, clock.at))
    yield from (Line(*told) for told in asides.beside(plot.category, clock.at, owner=owner))
    if plot.name == "ingestion":
        yield Line(clock.ours(0.1, 0.5), "run", owner, {"runbook": "Ingestion throttled"})
    worker = owner
    if chance.random() < 0.22 and plot.category != "how-to":
        note = "@l2 Reproduced with the client's data; it is not in the known issues. Handing over."
        yield Line(clock.ours(0.1, 0.6), "say", owner, {"public": False, "body": note})
        promise = chance.random() < 0.3
        yield Line(clock.ours(0.05, 0.2), "escalate", owner, {"to": "L2", "promise_hours": 72 if promise else 0})
        worker = "l2"
    if chance.random() < 0.7:
        yield Line(clock.ours(0.2, 1.5), "wait", worker, {"ask": plot.ask})
        if chance.random() < 0.07:
            return  # no answer comes: reminders, then it is resolved by itself
        yield Line(clock.theirs(0.3, 20), "hear", "", {"body": plot.answer})
        thanks = {"public": True, "body": THANKS.format(who=who)}
        yield Line(clock.ours(0.1, 0.9 if not slow else 9), "say", worker, thanks)
    yield from _ending(plot, worker, clock, chance)


def _ending(plot: Plot, worker: str, clock: _Clock, chance: Random) -> Iterator[Line]:
    resolution = {
        "summary": plot.summary,
        "validated": plot.validated,
        "evidence": [plot.evidence],
        "preventive_actions": list(plot.preventive) or "none needed",
        **filling.asked_of(plot.category),
    }
    yield from (Line(clock.at, name, worker, words) for name, words in filling.in_the_end(clock.at))
    yield Line(clock.ours(0.3, 14 if chance.random() < 0.85 else 60), "resolve", worker, resolution)
    fate = chance.random()
    if fate < 0.08:
        yield Line(clock.theirs(0.5, 10), "reject", "", {"reason": "It came back an hour later."})
        yield Line(clock.ours(0.3, 6), "resolve", worker, resolution)
        fate = 0.2
    if fate < 0.72:
        yield Line(clock.theirs(0.2, 30), "confirm", "", {})
        if chance.random() < 0.6:
            csat = chance.choices([5, 4, 3, 2, 1], weights=[50, 30, 10, 6, 4])[0]
            yield Line(clock.theirs(0.1, 20), "score", "", {"csat": csat, "nps": min(10, csat * 2)})
        if chance.random() < 0.06:
            yield Line(clock.theirs(20, 100), "reopen", "", {"reason": "The same again since today."})
            yield Line(clock.ours(0.3, 5), "resolve", worker, resolution)
            yield Line(clock.theirs(0.5, 20), "confirm", "", {})


def _opening(plot: Plot, requester: Requester, *, subject: str) -> dict[str, Any]:
    return {
        "requester": requester.pk,
        "subject": subject,
        "description": plot.description,
        "category": plot.category,
        "channel": plot.channel,
        "error_ids": list(plot.error_ids),
        "impact": plot.impact,
        "tags": list(plot.tags),
        "resource": plot.resource,
    }


class _Clock:
    """Where a story has got to: people answer in office hours, ours at any hour where it is urgent."""

    def __init__(self, at: datetime, *, urgent: bool, chance: Random) -> None:
        self.at, self.urgent, self.chance = at, urgent, chance

    def ours(self, least: float, most: float) -> datetime:
        hours = self.chance.uniform(least, most) * (0.35 if self.urgent else 1.0)
        self.at += timedelta(hours=hours)
        if not self.urgent:
            self.at = _in_office(self.at)
        return self.at

    def theirs(self, least: float, most: float) -> datetime:
        self.at = _in_office(self.at + timedelta(hours=self.chance.uniform(least, most)))
        return self.at


def _in_office(at: datetime) -> datetime:
    local = at.astimezone(OFFICE)
    if local.weekday() < 5 and OPENS <= local.time() < CLOSES:
        return at
    day = local.date()
    if local.weekday() >= 5 or local.time() >= CLOSES:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    spread = timedelta(minutes=(local.minute * 7 + local.second) % 90)
    return datetime.combine(day, OPENS, OFFICE) + spread
