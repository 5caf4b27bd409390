"""The clocks of a conversation after a person took their last move back at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from config.errors import Refused
from config.inserting import insert
from sla.domain import fold, histories
from sla.domain.rows import next_moment, save_states, state_of, write_state
from sla.enums import EndedAs, Happened
from sla.models import Clock, ClockEvent
from tenants.domain.actors import Actor

KEPT = ("breached_at", "noticed_at", "warned_steps")  # a warning or breach once raised stays raised


def put_back(
    *,
    clocks: Sequence[Clock],
    columns: Mapping[int, Mapping[str, Any]],
    never_were: Sequence[Clock],
    moved_at: datetime,
    by: Actor,
    at: datetime,
) -> None:
    """`clocks`, locked, get the `columns` (by id, then attribute name) from before the move at `moved_at`.

    Clocks that the move did not touch stay as they are. `never_were`, made by the move, end as stopped; the caller has
    let go of them. Refused when the sweep has worked on a touched clock since.
    """
    steps, touched = _touched(clocks, moved_at)
    if _worked_on(steps, touched, moved_at):
        raise Refused(
            _("A deadline has been warned of or missed since; it can't be taken back."), code="cannot-take-back"
        )
    for clock in touched:
        _restore(clock, columns[clock.pk])
    for clock in never_were:
        stopped = fold.step(state_of(clock), fold.Stop(at=at, ended_as=EndedAs.STOPPED))
        write_state(clock, stopped, calendar_version_id=clock.calendar_version_id)
    save_states([*touched, *never_were])
    insert(
        [
            *(
                histories.entry(
                    clock,
                    Happened.UNDONE,
                    at=at,
                    recorded_at=at,
                    by_label=by.label,
                    events=[event.pk for event in steps[clock.pk] if _is_a_step(event, moved_at)],
                )
                for clock in touched
            ),
            *(
                histories.entry(
                    clock, Happened.STOPPED, at=at, recorded_at=at, by_label=by.label, ended_as=EndedAs.STOPPED.value
                )
                for clock in never_were
            ),
        ]
    )


def begun(clocks: Sequence[Clock], *, at: datetime) -> list[Clock]:
    """Those whose history begins with what was recorded then."""
    if not clocks:
        return []
    events = ClockEvent.objects.filter(clock__in=clocks).order_by("clock", "recorded_at", "pk").distinct("clock")
    first = dict(events.values_list("clock", "recorded_at"))
    return [clock for clock in clocks if first.get(clock.pk) == at]


def can_put_back(clocks: Sequence[Clock], *, moved_at: datetime) -> bool:
    return not _worked_on(*_touched(clocks, moved_at), moved_at)


def _touched(clocks: Sequence[Clock], moved_at: datetime) -> tuple[dict[int, list[ClockEvent]], list[Clock]]:
    """What happened from the move on, by clock; and the clocks that the move took a step with."""
    since: dict[int, list[ClockEvent]] = {}
    for event in ClockEvent.objects.filter(clock__in=clocks, recorded_at__gte=moved_at).order_by("pk"):
        since.setdefault(event.clock_id, []).append(event)
    return since, [clock for clock in clocks if any(_is_a_step(one, moved_at) for one in since.get(clock.pk, ()))]


def _worked_on(since: Mapping[int, Sequence[ClockEvent]], touched: Sequence[Clock], moved_at: datetime) -> bool:
    """A cause that was named or an excuse changes nothing of the clock's state."""
    return any(
        one.recorded_at > moved_at and one.event not in (Happened.CAUSE_GIVEN, Happened.EXCUSED)
        for clock in touched
        for one in since[clock.pk]
    )


def _is_a_step(event: ClockEvent, moved_at: datetime) -> bool:
    return event.recorded_at == moved_at and event.event not in (Happened.WARNED, Happened.BREACHED)


def _restore(clock: Clock, columns: Mapping[str, Any]) -> None:
    for field in clock._meta.concrete_fields:
        if field.primary_key or (field.attname in KEPT and getattr(clock, field.attname)):
            continue
        setattr(clock, field.attname, field.to_python(columns[field.attname]))
    clock.next_at = next_moment(state_of(clock), warned_steps=clock.warned_steps)
