"""The ways a made case goes: closed months ago, resolved lately, or still open, with its deadlines ahead or broken."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from cases.domain.bulk.plots import Plot, Stage
from cases.domain.bulk.quiet import LONGEST
from cases.domain.history_events import PastCase
from cases.enums import InteractionKind

YEAR = timedelta(days=365)
DAY = timedelta(days=1)
JUST = timedelta(minutes=5)
RESOLVED = 0.03  # of those not open wait for the customer's word
RESOLVED_SINCE = 3 * DAY  # no reminder of the closing is due yet, with the usual five days
LATE = 0.1  # of open cases have broken a promise already


def past(dice: random.Random, stage: Stage, *, open_share: float, external: tuple[str, str]) -> PastCase:
    """Told by the dice; open with the chance `open_share`."""
    plot = Plot(dice, stage)
    chance = dice.random()
    if chance < open_share:
        _open(plot)
    elif chance < open_share + RESOLVED * (1 - open_share):
        _begin(plot, since=stage.at - RESOLVED_SINCE)
        _resolved(plot)
    else:
        _begin(plot, since=stage.at - YEAR)
        _closed(plot)
    return plot.past(external)


def _begin(plot: Plot, *, since: datetime) -> None:
    """Open it at some moment from `since` to a day ago."""
    plot.open_at(_between(plot, since, plot.stage.at - DAY))


def _resolved(plot: Plot) -> None:
    _work(plot)
    plot.resolve()


def _closed(plot: Plot) -> None:
    dice = plot.dice
    if dice.random() < 0.04:
        plot.close_without_work()
        return
    _resolved(plot)
    if dice.random() < 0.03:
        plot.reject()
        plot.reply()
        plot.resolve()
    plot.close()
    if dice.random() < 0.02 and plot.client.tenant.reopen_days:
        plot.reopen()
        plot.reply()
        plot.resolve()
        plot.close()


def _work(plot: Plot) -> None:
    """From New into the middle of the work."""
    dice = plot.dice
    if dice.random() < 0.3:
        plot.reply(mean=plot.first_answer)
        plot.accept()
    else:
        plot.accept()
        plot.reply(mean=plot.first_answer / 2)
    if dice.random() < 0.2:
        plot.note()
    if dice.random() < 0.8:
        plot.start()
        _changes(plot)
        _rounds(plot)


def _changes(plot: Plot) -> None:
    """What moves a promise."""
    dice = plot.dice
    if dice.random() < 0.06 and plot.priority in ("P2", "P3"):
        plot.prioritise("P1" if plot.priority == "P2" else "P2")
    if dice.random() < 0.12:
        plot.escalate(promised=dice.random() < 0.4)
        if dice.random() < 0.2:
            plot.escalate(promised=dice.random() < 0.4)


def _rounds(plot: Plot) -> None:
    """Questions either way; in progress before and after."""
    chance = plot.dice.random()
    while chance < 0.57:
        if chance < 0.03:
            plot.ask()
            plot.resume()
        elif chance < 0.3:
            plot.ask()
            plot.question()
            plot.reply()
        else:
            plot.question()
            plot.reply(kind=InteractionKind.CALL if chance > 0.54 else InteractionKind.MESSAGE)
        chance = plot.dice.random()


def _open(plot: Plot) -> None:
    """A tenth is late; of the others nothing comes due for an hour, and all within the targets of their policy."""
    late = plot.dice.random() < LATE
    chance = plot.dice.random()
    if chance < 0.15:
        _new(plot, late=late)
    elif chance < 0.4:
        _waiting(plot, late=late)
    else:
        _at_work(plot, late=late, started=chance > 0.5)


def _new(plot: Plot, *, late: bool) -> None:
    at = plot.stage.at
    plot.open_at(_between(plot, at - LONGEST, at - DAY) if late else _quiet_start(plot, "first_response"))


def _waiting(plot: Plot, *, late: bool) -> None:
    """No clock of ours runs; how long it waited is held by the reminders, not by a target."""
    plot.open_at(_between(plot, plot.stage.at - (LONGEST if late else 10 * DAY), plot.stage.at - DAY))
    _work(plot)
    since = plot.stage.quiet.waiting_since(plot.policy.policy, plot.client.tenant.reminder_days)
    plot.ask(at=_between(plot, max(since, plot.now), plot.stage.at))


def _at_work(plot: Plot, *, late: bool, started: bool) -> None:
    at = plot.stage.at
    if late:
        plot.open_at(_between(plot, at - LONGEST, at - 8 * DAY))
        _work(plot)
        return
    accepted_at = _quiet_start(plot, "resolution")
    plot.open_at(accepted_at - timedelta(seconds=1 + int(plot.dice.expovariate(1 / 2400))))
    plot.accept(at=accepted_at)
    plot.hurry()
    plot.reply()
    if not started:
        return
    plot.start()
    if plot.dice.random() < 0.1:
        plot.escalate(promised=plot.dice.random() < 0.5, quiet=True)
    _rounds(plot)
    since = plot.stage.quiet.since(plot.policy.policy, plot.priority, "next_reply")
    if plot.dice.random() < 0.4 and since < at - JUST:
        plot.question(at=_between(plot, max(since, plot.now), at))


def _quiet_start(plot: Plot, kind: str) -> datetime:
    """For a clock of this kind. A target too short for an hour's quiet makes the case a P3 (or P2)."""
    at, quiet = plot.stage.at, plot.stage.quiet
    policy = plot.client.promises.at(at).policy
    for priority in (plot.priority, "P2", "P3"):
        since = quiet.since(policy, priority, kind)
        if since < at - JUST:
            plot.priority = plot.first = priority
            return _between(plot, since, at)
    plot.by_us = True  # nobody asked, so no first answer is owed
    return _between(plot, at - DAY, at)


def _between(plot: Plot, since: datetime, until: datetime) -> datetime:
    """A whole second after `since`, and at least one before `until`."""
    seconds = int((until - since).total_seconds()) - 2
    return since + timedelta(seconds=1 + int(plot.dice.random() * max(seconds, 0)))
