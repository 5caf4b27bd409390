"""The promises of one conversation: which clocks an event starts, pauses, stops. One pure step for all callers.

A `Conversation` is rebuilt from the clock rows, the case's status (`stage`) and two booleans;
there is no hidden history.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sla.domain import fold
from sla.domain.business_time import Hours, Target
from sla.domain.fold import ClockState
from sla.enums import EndedAs, Phase


class Kind(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    TARGET = "target"  # to this moment an escalation promised an answer


class Stage(StrEnum):
    UNOPENED = "unopened"
    NEW = "new"
    WORKING = "working"  # triage and in progress
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Happening(StrEnum):
    CREATED = "created"
    ACCEPTED = "accepted"
    PUBLIC_REPLY = "public_reply"
    AUTO_REPLY = "auto_reply"
    INTERNAL_NOTE = "internal_note"
    CUSTOMER_REPLY = "customer_reply"
    WAIT = "wait"
    RESUME = "resume"
    ESCALATE = "escalate"
    RESOLVE = "resolve"
    REJECT = "reject"
    CONFIRM = "confirm"
    CLOSE = "close"  # also as spam, duplicate, withdrawn
    REOPEN = "reopen"
    SET_POLICY = "set_policy"  # the promises passed with this step are the new ones
    MERGED = "merged"
    WORD_MOVED = "word_moved"  # the customer's unanswered word went to another conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What holds from this event on. None: not promised."""

    hours: Hours | None
    first_response: Target | None = None
    next_reply: Target | None = None
    resolution: Target | None = None
    escalation_meets: bool = False
    warn_steps: tuple[Decimal, ...] = (Decimal("0.75"),)

    def target_of(self, kind: Kind) -> Target | None:
        match kind:
            case Kind.FIRST_RESPONSE:
                return self.first_response
            case Kind.NEXT_REPLY:
                return self.next_reply
            case Kind.RESOLUTION:
                return self.resolution
        return None


class Event(NamedTuple):
    """This and what follows are named tuples: a bulk makes millions of them, at a third of a dataclass's cost."""

    at: datetime
    what: Happening
    by_us: bool = False  # of CREATED
    target_at: datetime | None = None  # of ESCALATE
    since: datetime | None = None  # of CUSTOMER_REPLY: when it was said, if it came here later


class Conversation(NamedTuple):
    """`clocks` in the order they started; a door may leave out ended windows before the last one of each kind.

    `answered`: a person of ours has replied publicly at least once.
    """

    stage: Stage = Stage.UNOPENED
    clocks: tuple[ClockState, ...] = ()
    answered: bool = False
    opened_by_us: bool = False


class Effect(StrEnum):
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    MET = "met"
    LATE = "late"
    MOVED = "moved"
    ESCALATED = "escalated"
    RETARGETED = "retargeted"
    POSTPONED = "postponed"  # a target moved to another moment


class Impact(NamedTuple):
    kind: str
    window: int
    what: Effect
    due_at: datetime | None
    left_seconds: float


class Advanced(NamedTuple):
    conversation: Conversation
    impacts: tuple[Impact, ...]


def step(conversation: Conversation, event: Event, promises: Promises) -> Advanced:
    """The conversation after `event`; one out of sense (resume without wait, reply after close) changes nothing.

    `promises` are those the case stands under now: what starts, starts under them, and a rejected resolution goes on
    under them. Clocks that run are only touched by them with `SET_POLICY`.
    """
    turn = _Turn(conversation, event.at, promises)
    changes = _take(turn, conversation, event)
    if changes is None:
        return Advanced(conversation=conversation, impacts=())
    after = Conversation(
        stage=changes.get("stage", conversation.stage),
        clocks=tuple(turn.clocks),
        answered=changes.get("answered", conversation.answered),
        opened_by_us=changes.get("opened_by_us", conversation.opened_by_us),
    )
    return Advanced(conversation=after, impacts=tuple(turn.impacts))


class _Turn:
    """The clocks while one event is taken, and what it did to them."""

    def __init__(self, conversation: Conversation, at: datetime, promises: Promises) -> None:
        self.clocks = list(conversation.clocks)
        self.impacts: list[Impact] = []
        self.at = at
        self.promises = promises

    def start(self, kind: Kind, due_at: datetime | None = None, at: datetime | None = None) -> None:
        target = self.promises.target_of(kind)
        if target is None and due_at is None:
            return
        clock = fold.step(
            None,
            fold.Start(
                at=at or self.at,
                kind=kind.value,
                window=max((clock.window for clock in self.clocks if clock.kind == kind), default=0) + 1,
                target=target,
                due_at=due_at,
                hours=None if target is None else self.promises.hours,
                warn_steps=self.promises.warn_steps,
            ),
        )
        self.clocks.append(clock)
        self._tell(clock, Effect.STARTED)

    def going(self, *kinds: Kind) -> list[int]:
        """Places of the clocks of these kinds (of none given: of all) that have not ended."""
        return [
            place
            for place, clock in enumerate(self.clocks)
            if clock.phase != Phase.ENDED and (not kinds or clock.kind in kinds)
        ]

    def stop(self, *kinds: Kind, ended_as: EndedAs | None = None) -> None:
        for place in self.going(*kinds):
            clock = self._step(place, fold.Stop(at=self.at, ended_as=ended_as))
            self._tell(clock, Effect(str(clock.ended_as)))

    def apply(self, places: list[int], event: fold.Event, effect: Effect) -> None:
        """Tells only of a real change: one of phase, or another due time."""
        for place in places:
            old = self.clocks[place]
            new = self._step(place, event)
            if (old.phase, old.generation) != (new.phase, new.generation):
                self._tell(new, effect)

    def retarget(self, places: list[int]) -> None:
        for place in places:
            target = self.promises.target_of(Kind(self.clocks[place].kind))
            if target is not None:
                hours, warn_steps = self.promises.hours, self.promises.warn_steps
                event = fold.Retarget(at=self.at, target=target, hours=hours, warn_steps=warn_steps)
                self.apply([place], event, Effect.RETARGETED)

    def _step(self, place: int, event: fold.Event) -> ClockState:
        self.clocks[place] = fold.step(self.clocks[place], event)
        return self.clocks[place]

    def _tell(self, clock: ClockState, effect: Effect) -> None:
        self.impacts.append(
            Impact(
                kind=clock.kind,
                window=clock.window,
                what=effect,
                due_at=clock.due_at,
                left_seconds=fold.left(clock) / 1_000_000,
            )
        )


OPEN = (Stage.NEW, Stage.WORKING, Stage.WAITING, Stage.RESOLVED)
AT_WORK = (Stage.WORKING, Stage.WAITING)


def _take(turn: _Turn, conversation: Conversation, event: Event) -> dict[str, Any] | None:
    """What the event changes of the conversation beside its clocks; None where it is out of sense."""
    stage = conversation.stage
    match event.what:
        case Happening.CREATED if stage == Stage.UNOPENED:
            if not event.by_us:
                turn.start(Kind.FIRST_RESPONSE)
            return {"stage": Stage.NEW, "opened_by_us": event.by_us}
        case Happening.ACCEPTED if stage == Stage.NEW:
            if not turn.going(Kind.RESOLUTION):  # imported ones may be owed since before anybody accepted them
                turn.start(Kind.RESOLUTION)
            return {"stage": Stage.WORKING}
        case Happening.PUBLIC_REPLY if stage in OPEN:
            turn.stop(Kind.FIRST_RESPONSE, Kind.NEXT_REPLY)
            return {"answered": True}
        case Happening.CUSTOMER_REPLY if stage in OPEN:
            return _customer_reply(turn, conversation, since=event.since)
        case Happening.WAIT if stage == Stage.WORKING:
            turn.apply(turn.going(Kind.RESOLUTION), fold.Pause(at=event.at), Effect.PAUSED)
            return {"stage": Stage.WAITING}
        case Happening.RESUME if stage == Stage.WAITING:
            turn.apply(turn.going(Kind.RESOLUTION), fold.Resume(at=event.at), Effect.RESUMED)
            return {"stage": Stage.WORKING}
        case Happening.ESCALATE if stage in AT_WORK and event.target_at is not None and event.target_at > event.at:
            return _escalate(turn, event.target_at)
        case Happening.RESOLVE if stage in AT_WORK:
            turn.stop(Kind.RESOLUTION, Kind.TARGET)
            return {"stage": Stage.RESOLVED}
        case Happening.REJECT if stage == Stage.RESOLVED:
            _go_on(turn)
            return {"stage": Stage.WORKING}
        case Happening.CONFIRM if stage == Stage.RESOLVED:
            turn.stop(ended_as=EndedAs.STOPPED)
            return {"stage": Stage.CLOSED}
        case Happening.CLOSE if stage in OPEN:
            turn.stop(ended_as=EndedAs.STOPPED)
            return {"stage": Stage.CLOSED}
        case Happening.MERGED if stage in OPEN:
            turn.stop(ended_as=EndedAs.MOVED)
            return {"stage": Stage.CLOSED}
        case Happening.WORD_MOVED if stage in OPEN:
            turn.stop(Kind.NEXT_REPLY, ended_as=EndedAs.MOVED)
            return {}
        case Happening.REOPEN if stage == Stage.CLOSED:
            turn.start(Kind.RESOLUTION)
            return {"stage": Stage.WORKING}
        case Happening.SET_POLICY:
            for kind in (Kind.FIRST_RESPONSE, Kind.NEXT_REPLY, Kind.RESOLUTION):
                if turn.promises.target_of(kind) is None:
                    turn.stop(kind, ended_as=EndedAs.STOPPED)
                else:
                    turn.retarget(turn.going(kind))
            return {}
    return None


def _customer_reply(turn: _Turn, conversation: Conversation, *, since: datetime | None) -> dict[str, Any]:
    if conversation.answered:
        if not turn.going(Kind.NEXT_REPLY):
            turn.start(Kind.NEXT_REPLY, at=since)
    elif conversation.opened_by_us and all(clock.kind != Kind.FIRST_RESPONSE for clock in turn.clocks):
        turn.start(Kind.FIRST_RESPONSE, at=since)
    if conversation.stage != Stage.WAITING:
        return {}
    turn.apply(turn.going(Kind.RESOLUTION), fold.Resume(at=turn.at), Effect.RESUMED)
    return {"stage": Stage.WORKING}


def _escalate(turn: _Turn, target_at: datetime) -> dict[str, Any]:
    if moved := turn.going(Kind.TARGET):
        turn.apply(moved, fold.Move(at=turn.at, due_at=target_at), Effect.POSTPONED)
    elif turn.promises.escalation_meets:
        turn.stop(Kind.RESOLUTION, ended_as=EndedAs.ESCALATED)
        turn.start(Kind.TARGET, due_at=target_at)
    return {}


def _go_on(turn: _Turn) -> None:
    """The rejected promise: the target if the resolution was escalated to one, else the resolution itself."""
    places = [place for place, clock in enumerate(turn.clocks) if clock.kind in (Kind.RESOLUTION, Kind.TARGET)][-1:]
    turn.apply(places, fold.Resume(at=turn.at), Effect.RESUMED)
    turn.retarget([place for place in turn.going(Kind.RESOLUTION) if place in places])
