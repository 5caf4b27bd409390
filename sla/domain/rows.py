"""A clock's row and the fold's `ClockState` are the same thing twice; here one becomes the other, loss-free."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sla.domain import calendars
from sla.domain.business_time import Target
from sla.domain.fold import JUST_AFTER, ClockState, warning_at
from sla.enums import EndedAs, Phase
from sla.models import Clock

STATE_COLUMNS = (
    "target_amount",
    "target_unit",
    "calendar_version_id",
    "warn_steps",
    "phase",
    "ended_as",
    "started_at",
    "counted_to",
    "used",
    "paused",
    "due_at",
    "warn_at",
    "held_due_at",
    "held_warn_at",
    "stopped_at",
    "breached_at",
    "generation",
)
SAVED = (
    *(name.removesuffix("_id") for name in STATE_COLUMNS),
    "policy",
    "priority",
    "noticed_at",
    "warned_steps",
    "next_at",
    "retry_after",
    "error",
)


def state_of(clock: Clock) -> ClockState:
    return ClockState(
        kind=clock.kind,
        window=clock.window,
        target=Target(clock.target_amount, clock.target_unit),
        hours=calendars.hours_of(clock.calendar_version_id),
        warn_steps=tuple(clock.warn_steps),
        phase=Phase(clock.phase),
        started_at=clock.started_at,
        counted_to=clock.counted_to,
        used=clock.used,
        paused=clock.paused,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        held_due_at=clock.held_due_at,
        held_warn_at=clock.held_warn_at,
        stopped_at=clock.stopped_at,
        breached_at=clock.breached_at,
        ended_as=EndedAs(clock.ended_as) if clock.ended_as else None,
        generation=clock.generation,
    )


def write_state(clock: Clock, state: ClockState, *, calendar_version_id: int | None) -> None:
    """Onto the row in memory. `calendar_version_id`: the one whose hours `state.hours` are.

    A new target brings new warnings; a mere pause does not repeat the ones already given.
    """
    write_columns(clock, state, calendar_version_id=calendar_version_id)
    clock.next_at = next_moment(state, warned_steps=clock.warned_steps)
    clock.retry_after, clock.error = None, ""  # a step through a door is as good as a retry


def write_columns(clock: Clock, state: ClockState, *, calendar_version_id: int | None) -> None:
    """Without what the sweep goes by: for a past whose next step is known already."""
    retargeted = clock.pk is None or (clock.target_amount, clock.target_unit, clock.calendar_version_id) != (
        state.target.amount,
        state.target.unit,
        calendar_version_id,
    )
    clock.target_amount, clock.target_unit = state.target.amount, state.target.unit
    clock.calendar_version_id = calendar_version_id
    clock.warn_steps = list(state.warn_steps)
    clock.phase = state.phase
    clock.ended_as = state.ended_as or ""
    clock.started_at = state.started_at
    clock.counted_to = state.counted_to
    clock.used = state.used
    clock.paused = state.paused
    clock.due_at, clock.warn_at = state.due_at, state.warn_at
    clock.held_due_at, clock.held_warn_at = state.held_due_at, state.held_warn_at
    clock.stopped_at = state.stopped_at
    clock.breached_at = state.breached_at
    clock.generation = state.generation
    if retargeted:
        clock.warned_steps = 0


def next_moment(state: ClockState, *, warned_steps: int) -> datetime | None:
    """When the sweep next has work: the first warning not yet given, else just after the deadline."""
    if state.phase != Phase.RUNNING or state.breached_at is not None:
        return None
    breach_at = state.due_at + JUST_AFTER if state.due_at is not None else None
    moments = [warning_at(state, warn_step) for warn_step in state.warn_steps[warned_steps:]]
    return min((moment for moment in (*moments, breach_at) if moment is not None), default=None)


def next_due(clocks: Iterable[Clock | ClockState]) -> tuple[datetime | None, str]:
    """The earliest deadline still owed, and its clock's kind; (None, "") when nothing runs.

    A broken promise is owed until it ends: what is late stays in front of what is due next.
    """
    owed = [(clock.due_at, clock.kind) for clock in clocks if clock.phase == Phase.RUNNING and clock.due_at is not None]
    return min(owed, default=(None, ""))


def save_states(clocks: Sequence[Clock]) -> None:
    """Existing rows, one statement."""
    if len(clocks) == 1:
        clocks[0].save(update_fields=SAVED)
    elif clocks:
        Clock.objects.bulk_update(clocks, SAVED)
