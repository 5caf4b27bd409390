"""Single promises of other rooms: an incident's next word, Friday's update, a postmortem this week.

What follows a conversation goes through `conversations.advance` instead. Repeating a call changes nothing more: a clock
that has ended stays ended, one that is paused stays paused.
"""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused
from sla.domain import calendars, fold, histories
from sla.domain.business_time import Target
from sla.domain.recording import Change, remember, save
from sla.domain.rows import state_of
from sla.enums import EndedAs, Happened
from sla.models import Clock
from tenants.domain.actors import Actor

WARN_STEPS = (Decimal("0.75"),)


def start(
    *,
    tenant_id: int,
    kind: str,
    label: str,
    by: Actor,
    at: datetime,
    target: Target | None = None,
    due_at: datetime | None = None,
    calendar_version_id: int | None = None,
    warn_steps: tuple[Decimal, ...] = WARN_STEPS,
    window: int = 1,
) -> Clock:
    """Give a `target` (open time of the calendar, or round the clock) or the moment `due_at`."""
    if (target is None) == (due_at is None):
        raise ValueError("A promise has a target or a moment, one of the two")
    if due_at is not None and due_at <= at:
        raise Invalid(_("A promise is for a time to come."), field="due_at")
    hours = calendars.hours_of(calendar_version_id)
    state = fold.step(
        None,
        fold.Start(at=at, kind=kind, window=window, target=target, due_at=due_at, hours=hours, warn_steps=warn_steps),
    )
    clock = Clock(tenant_id=tenant_id, kind=kind, label=label, window=window)
    with unit_of_work(by.label):
        found = save([Change(clock, None, state, calendar_version_id)], at=at)
        remember([histories.started(clock, recorded_at=at, by_label=by.label, moment=due_at)], found, at=at)
    return clock


def stop(*, clock_id: int, by: Actor, at: datetime, ended_as: EndedAs | None = None) -> Clock:
    """`ended_as` None: met if in time, else late."""
    return _step(clock_id=clock_id, event=fold.Stop(at=at, ended_as=ended_as), happened=Happened.STOPPED, by=by, at=at)


def pause(*, clock_id: int, by: Actor, at: datetime) -> Clock:
    return _step(clock_id=clock_id, event=fold.Pause(at=at), happened=Happened.PAUSED, by=by, at=at)


def resume(*, clock_id: int, by: Actor, at: datetime) -> Clock:
    return _step(clock_id=clock_id, event=fold.Resume(at=at), happened=Happened.RESUMED, by=by, at=at)


def move(*, clock_id: int, due_at: datetime, reason: str, by: Actor, at: datetime) -> Clock:
    """A promise given as a moment is kept at another one, for a reason that the client was told."""
    if not reason.strip():
        raise Invalid(_("Moving a promise needs a reason."), field="reason", code="required")
    if due_at <= at:
        raise Invalid(_("A promise is for a time to come."), field="due_at")
    event = fold.Move(at=at, due_at=due_at)
    return _step(clock_id=clock_id, event=event, happened=Happened.POSTPONED, by=by, at=at, reason=reason)


def _step(*, clock_id: int, event: fold.Event, happened: Happened, by: Actor, at: datetime, reason: str = "") -> Clock:
    with unit_of_work(by.label):
        clock = Clock.objects.locked().filter(pk=clock_id).first()
        if clock is None:
            raise Absent(_("There is no such promise."))
        before = state_of(clock)
        after = fold.step(before, event)
        if after == before:
            if happened == Happened.POSTPONED:
                raise Refused(_("This promise has ended: it can't be moved."), code="ended")
            return clock
        found = save([Change(clock, before, after, clock.calendar_version_id)], at=at)
        data: dict[str, str] = {}
        match event:
            case fold.Stop():
                data = {"ended_as": clock.ended_as}
            case fold.Move():
                data = {"due_at": event.due_at.isoformat(), "reason": reason}
        row = histories.entry(clock, happened, at=clock.counted_to, recorded_at=at, by_label=by.label, **data)
        remember([row], found, at=at)
    return clock
