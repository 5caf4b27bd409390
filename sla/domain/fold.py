"""One clock as a value, and the one function that moves it on: `fold(events) = reduce(step)`.

A row of `sla.Clock` holds the fields of `ClockState` and nothing else is needed to go on: a door loads the row, takes a
step, saves. Doors, simulator, replay, import and bulk all come through here.

The due moment itself is still in time; a breach is what comes after it. An event that makes no sense in the clock's
phase changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sla.domain.business_time import Hours, Target
from sla.enums import EndedAs, Phase


class State(StrEnum):
    """What people see, derived from phase, end and breach."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """`used` and `paused` are microseconds in the target's own time, summed up to `counted_to`.

    `due_at` and `warn_at` are None while paused; the moments that held before are kept in `held_due_at` and
    `held_warn_at`, because a deadline that passed before the pause still counts after it. After the end `due_at` and
    `warn_at` show what held at the stop. `warn_at` is the first of `warn_steps`. `generation` counts due times.
    """

    kind: str
    window: int
    target: Target
    hours: Hours | None  # None only with a target round the clock
    warn_steps: tuple[Decimal, ...]
    phase: Phase
    started_at: datetime
    counted_to: datetime
    used: int
    paused: int
    due_at: datetime | None
    warn_at: datetime | None
    held_due_at: datetime | None
    held_warn_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    ended_as: EndedAs | None
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """With `due_at` and no `target`: a promise for a given moment, whose target is the wall time until then."""

    at: datetime
    kind: str
    window: int = 1
    target: Target | None = None
    due_at: datetime | None = None
    hours: Hours | None = None
    warn_steps: tuple[Decimal, ...] = (Decimal("0.75"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Ends a pause; on a clock that ended met or late it goes on in the same window, the time between not counted."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`ended_as` None: met if in time, else late."""

    at: datetime
    ended_as: EndedAs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retarget:
    """What is left becomes the new target less what was used, pauses kept."""

    at: datetime
    target: Target
    hours: Hours | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A new moment for a promise that was given as a moment."""

    at: datetime
    due_at: datetime


Event = Start | Pause | Resume | Stop | Retarget | Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A clock as it stands at one moment. `used`, `paused`, `left` in microseconds; `left` below 0 when late."""

    state: State
    due_at: datetime | None
    warn_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    used: int
    paused: int
    left: int


def step(clock: ClockState | None, event: Event) -> ClockState: ...


def fold(events: Iterable[Event]) -> ClockState: ...


def state_at(clock: ClockState, now: datetime) -> Reading: ...


def warning_at(clock: ClockState, warn_step: Decimal) -> datetime | None:
    """When this part of the target is used up; None unless the clock runs."""
