"""A clock's own history: enough to fold the clock again from nothing, and to explain it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from config.bulk import bare
from sla.domain import calendars, fold
from sla.domain.business_time import Target
from sla.enums import EndedAs, Happened
from sla.models import Clock, ClockEvent


def entry(
    clock: Clock, event: Happened, *, at: datetime, recorded_at: datetime, by_label: str, **data: Any
) -> ClockEvent:
    """A row not yet saved. The clock needs its id."""
    return bare(
        ClockEvent,
        clock_id=clock.pk,
        tenant_id=clock.tenant_id,
        event=event,
        at=at,
        recorded_at=recorded_at,
        by_label=by_label,
        data=data,
    )


def started(clock: Clock, *, recorded_at: datetime, by_label: str, moment: datetime | None = None) -> ClockEvent:
    """`moment`: the deadline of a promise that was given as one."""
    promise = {"due_at": moment.isoformat()} if moment is not None else target_data(clock)
    return entry(
        clock,
        Happened.STARTED,
        at=clock.started_at,
        recorded_at=recorded_at,
        by_label=by_label,
        warn_steps=_steps(clock),
        calendar_version_id=clock.calendar_version_id,
        priority=clock.priority,
        **promise,
    )


def retargeted(clock: Clock, *, at: datetime, recorded_at: datetime, by_label: str, reason: str = "") -> ClockEvent:
    return entry(
        clock,
        Happened.RETARGETED,
        at=at,
        recorded_at=recorded_at,
        by_label=by_label,
        warn_steps=_steps(clock),
        calendar_version_id=clock.calendar_version_id,
        priority=clock.priority,
        reason=reason,
        **target_data(clock),
    )


def _steps(clock: Clock) -> list[str]:
    return [str(warn_step) for warn_step in clock.warn_steps]


def target_data(clock: Clock) -> dict[str, Any]:
    return {"target": {"amount": clock.target_amount, "unit": clock.target_unit}}


def fold_events(clock: Clock, events: Iterable[ClockEvent]) -> list[fold.Event]:
    """`fold.fold` of these is the clock's state, but for a breach that only the sweep has noticed."""
    return [event for row in standing(events) if (event := fold_event(clock, row)) is not None]


def standing(events: Iterable[ClockEvent]) -> list[ClockEvent]:
    """The history without the steps that were taken back."""
    rows = list(events)
    undone = {pk for row in rows if row.event == Happened.UNDONE for pk in row.data["events"]}
    return [row for row in rows if row.pk not in undone]


def fold_event(clock: Clock, row: ClockEvent) -> fold.Event | None:
    """None for a remark."""
    data = row.data
    match row.event:
        case Happened.STARTED:
            return fold.Start(
                at=row.at,
                kind=clock.kind,
                window=clock.window,
                target=_target(data),
                due_at=_moment(data),
                hours=calendars.hours_of(data["calendar_version_id"]),
                warn_steps=tuple(Decimal(warn_step) for warn_step in data["warn_steps"]),
            )
        case Happened.PAUSED:
            return fold.Pause(at=row.at)
        case Happened.RESUMED:
            return fold.Resume(at=row.at)
        case Happened.STOPPED:
            ended_as = EndedAs(data["ended_as"])
            return fold.Stop(at=row.at, ended_as=None if ended_as in (EndedAs.MET, EndedAs.LATE) else ended_as)
        case Happened.RETARGETED:
            target = _target(data)
            assert target is not None  # noqa: S101  every such row is written by `retargeted`
            return fold.Retarget(
                at=row.at,
                target=target,
                hours=calendars.hours_of(data["calendar_version_id"]),
                warn_steps=tuple(Decimal(warn_step) for warn_step in data["warn_steps"]),
            )
        case Happened.POSTPONED:
            due_at = _moment(data)
            assert due_at is not None  # noqa: S101  as above
            return fold.Move(at=row.at, due_at=due_at)
    return None


def _target(data: dict[str, Any]) -> Target | None:
    return Target(data["target"]["amount"], data["target"]["unit"]) if "target" in data else None


def _moment(data: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(data["due_at"]) if "due_at" in data else None
