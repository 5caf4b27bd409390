"""The promises of one conversation: which clocks an event starts, pauses, stops. One pure step for all callers.

A `Conversation` is rebuilt from the clock rows, the case's status (`stage`) and two booleans;
there is no hidden history.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sla.domain.business_time import Hours, Target
from sla.domain.fold import ClockState


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What holds from this event on. None: not promised."""

    hours: Hours | None
    first_response: Target | None = None
    next_reply: Target | None = None
    resolution: Target | None = None
    escalation_meets: bool = False
    warn_steps: tuple[Decimal, ...] = (Decimal("0.75"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    at: datetime
    what: Happening
    by_us: bool = False  # of CREATED
    target_at: datetime | None = None  # of ESCALATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    kind: str
    window: int
    what: Effect
    due_at: datetime | None
    left_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    conversation: Conversation
    impacts: tuple[Impact, ...]


def step(conversation: Conversation, event: Event, promises: Promises) -> Advanced:
    """The conversation after `event`; one out of sense (resume without wait, reply after close) changes nothing."""
    ...
