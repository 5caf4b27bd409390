"""One clock as a value, and the one function that moves it on: `fold(events) = reduce(step)`.

A row of `sla.Clock` holds the fields of `ClockState` and nothing else is needed to go on: a door loads the row, takes a
step, saves. Doors, simulator, replay, import and bulk all come through here.

The due moment itself is still in time; a breach is what comes after it. An event that makes no sense in the clock's
phase changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sla.domain.business_time import Hours, Target, due_us, elapsed_us, from_us, to_us
from sla.enums import EndedAs, Phase

JUST_AFTER = timedelta(microseconds=1)  # the due moment itself is still in time


class State(StrEnum):
    """What people see, derived from phase, end and breach."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    STOPPED = "stopped"


class ClockState(NamedTuple):
    """A named tuple because each step replaces some of its fields, and that is four times faster than a dataclass.

    `used` and `paused` are microseconds in the target's own time, summed up to `counted_to`.

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
    """What is left becomes the new target less what was used, pauses kept. `warn_steps` None: as they were."""

    at: datetime
    target: Target
    hours: Hours | None
    warn_steps: tuple[Decimal, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Another moment for a promise that was given as a moment."""

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


def step(clock: ClockState | None, event: Event) -> ClockState:
    """The clock after `event`; only `Start` takes None. An event dated before the last one counts from that one on.

    So does one dated before a breach that the sweep has seen already: what was told as broken stays broken.
    """
    if isinstance(event, Start):
        return _start(event) if clock is None else clock
    if clock is None:
        raise ValueError(f"{type(event).__name__} before Start")
    at = max(event.at, clock.counted_to)
    if clock.breached_at is not None and clock.breached_at > clock.counted_to:
        at = max(at, clock.breached_at + JUST_AFTER)
    match event:
        case Resume():
            return _resume(clock, at)
        case Pause() if clock.phase == Phase.RUNNING:
            return _pause(_counted(clock, at))
        case Stop() if clock.phase != Phase.ENDED:
            return _stop(_counted(clock, at), event.ended_as)
        case Retarget() if clock.phase != Phase.ENDED and _is_another_promise(clock, event):
            return _retarget(_counted(clock, at), event)
        case Move() if clock.phase != Phase.ENDED:
            return _move(_counted(clock, at), event.due_at)
    return clock


def fold(events: Iterable[Event]) -> ClockState:
    clock: ClockState | None = None
    for event in events:
        clock = step(clock, event)
    if clock is None:
        raise ValueError("A clock begins with Start")
    return clock


def state_at(clock: ClockState, now: datetime) -> Reading:
    """`now` at or after the clock's last event. A breach shows whether or not anybody has swept."""
    clock = _counted(clock, max(now, clock.counted_to))
    if clock.breached_at is not None:
        state = State.BREACHED
    elif clock.phase != Phase.ENDED:
        state = State(clock.phase.value)
    else:
        state = State.MET if clock.ended_as in (EndedAs.MET, EndedAs.ESCALATED) else State.STOPPED
    return Reading(
        state=state,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        stopped_at=clock.stopped_at,
        breached_at=clock.breached_at,
        used=clock.used,
        paused=clock.paused,
        left=left(clock),
    )


def left(clock: ClockState) -> int:
    """Microseconds of target less used at `counted_to`."""
    return clock.target.in_us(clock.hours) - clock.used


def warning_at(clock: ClockState, warn_step: Decimal) -> datetime | None:
    """When this part of the target is used up, `counted_to` if it already was; None unless the clock runs."""
    if clock.phase != Phase.RUNNING:
        return None
    return _warning(clock, warn_step, clock.due_at)


def _start(event: Start) -> ClockState:
    target = event.target
    if target is None:
        if event.due_at is None:
            raise ValueError("Start needs a target or a due_at")
        target = _wall_target(event.due_at - event.at)
    clock = ClockState(
        kind=event.kind,
        window=event.window,
        target=target,
        hours=event.hours,
        warn_steps=tuple(sorted(event.warn_steps)),
        phase=Phase.RUNNING,
        started_at=event.at,
        counted_to=event.at,
        used=0,
        paused=0,
        due_at=None,
        warn_at=None,
        held_due_at=None,
        held_warn_at=None,
        stopped_at=None,
        breached_at=None,
        ended_as=None,
        generation=1,
    )
    due_at = event.due_at if event.target is None else _due(clock)
    return clock._replace(due_at=due_at, warn_at=_first_warning(clock, due_at))


def _counted(clock: ClockState, at: datetime) -> ClockState:
    """Time summed up to `at`, and the breach dated at the due moment if that has passed."""
    if clock.phase == Phase.ENDED:
        return clock
    begin = to_us(clock.counted_to)
    passed = elapsed_us(clock.target.line(clock.hours, begin), begin, to_us(at))
    if clock.phase == Phase.PAUSED:
        return clock._replace(counted_to=at, paused=clock.paused + passed)
    breached_at = clock.breached_at
    if breached_at is None and clock.due_at is not None and clock.due_at < at:
        breached_at = clock.due_at
    return clock._replace(counted_to=at, used=clock.used + passed, breached_at=breached_at)


def _pause(clock: ClockState) -> ClockState:
    return clock._replace(
        phase=Phase.PAUSED,
        held_due_at=_if_come(clock.due_at, clock.counted_to),
        held_warn_at=_if_come(clock.warn_at, clock.counted_to),
        due_at=None,
        warn_at=None,
    )


def _resume(clock: ClockState, at: datetime) -> ClockState:
    if clock.phase == Phase.PAUSED:
        clock = _counted(clock, at)
    elif clock.phase == Phase.ENDED and clock.ended_as in (EndedAs.MET, EndedAs.LATE):
        clock = clock._replace(
            counted_to=at,
            held_due_at=clock.held_due_at or _if_come(clock.due_at, clock.counted_to),
            held_warn_at=clock.held_warn_at or _if_come(clock.warn_at, clock.counted_to),
            stopped_at=None,
            ended_as=None,
        )
    else:
        return clock
    due_at = clock.held_due_at or _due(clock)
    return clock._replace(
        phase=Phase.RUNNING,
        due_at=due_at,
        warn_at=clock.held_warn_at or _first_warning(clock, due_at),
        held_due_at=None,
        held_warn_at=None,
        generation=clock.generation + (clock.held_due_at is None),
    )


def _stop(clock: ClockState, ended_as: EndedAs | None) -> ClockState:
    in_time = EndedAs.MET if clock.breached_at is None else EndedAs.LATE
    return clock._replace(phase=Phase.ENDED, stopped_at=clock.counted_to, ended_as=ended_as or in_time)


def _is_another_promise(clock: ClockState, event: Retarget) -> bool:
    warn_steps = clock.warn_steps if event.warn_steps is None else tuple(sorted(event.warn_steps))
    return (clock.target, clock.hours, clock.warn_steps) != (event.target, event.hours, warn_steps)


def _retarget(clock: ClockState, event: Retarget) -> ClockState:
    if event.warn_steps is not None and clock.warn_steps != (warn_steps := tuple(sorted(event.warn_steps))):
        clock = clock._replace(warn_steps=warn_steps)
        if clock.phase == Phase.RUNNING:
            clock = clock._replace(warn_at=_first_warning(clock, clock.due_at))
    if (clock.target, clock.hours) == (event.target, event.hours):
        return clock
    at = clock.counted_to
    clock = clock._replace(target=event.target, hours=event.hours, generation=clock.generation + 1)
    too_much = left(clock) < 0
    if too_much and clock.breached_at is None:
        clock = clock._replace(breached_at=at)
    if clock.phase == Phase.PAUSED:
        warned = clock.warn_steps and _needed(clock, clock.warn_steps[0]) < 0
        return clock._replace(held_due_at=at if too_much else None, held_warn_at=at if warned else None)
    due_at = at if too_much else _due(clock)
    return clock._replace(due_at=due_at, warn_at=_first_warning(clock, due_at))


def _move(clock: ClockState, due_at: datetime) -> ClockState:
    """A moment that is not ahead changes nothing. What was used stays, the rest is wall time."""
    ahead = due_at - clock.counted_to
    if ahead <= timedelta(0):
        return clock
    target = _wall_target(ahead + timedelta(microseconds=clock.used))
    clock = clock._replace(target=target, hours=None, generation=clock.generation + 1)
    if clock.phase == Phase.PAUSED:
        return clock._replace(held_due_at=None, held_warn_at=None)
    return clock._replace(due_at=due_at, warn_at=_first_warning(clock, due_at))


def _wall_target(length: timedelta) -> Target:
    """Rounded up to whole seconds, as targets are; the due moment itself stays exact."""
    return Target(-(-length // timedelta(seconds=1)), "wall_seconds")


def _if_come(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment <= at else None


def _due(clock: ClockState) -> datetime:
    return _after(clock, left(clock))


def _first_warning(clock: ClockState, due_at: datetime | None) -> datetime | None:
    return _warning(clock, clock.warn_steps[0], due_at) if clock.warn_steps else None


def _warning(clock: ClockState, warn_step: Decimal, due_at: datetime | None) -> datetime:
    needed = _needed(clock, warn_step)
    at = clock.counted_to if needed < 0 else _after(clock, needed)
    whole = at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)
    return whole if due_at is None else min(whole, due_at)


def _needed(clock: ClockState, warn_step: Decimal) -> int:
    numerator, denominator = warn_step.as_integer_ratio()
    return -(-clock.target.in_us(clock.hours) * numerator // denominator) - clock.used


def _after(clock: ClockState, needed: int) -> datetime:
    """When `needed` more time in the target's own measure has passed since `counted_to`."""
    begin = to_us(clock.counted_to)
    at = due_us(clock.target.line(clock.hours, begin), begin, needed)
    assert at is not None  # noqa: S101  only a pause without end gives None
    return from_us(at)
