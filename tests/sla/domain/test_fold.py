from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain.business_time import Hours, Target, due
from sla.domain.fold import (
    ClockState,
    Move,
    Pause,
    Resume,
    Retarget,
    Start,
    State,
    Stop,
    fold,
    left,
    state_at,
    step,
    warning_at,
)
from sla.enums import EndedAs, Phase

HOUR = 3600 * 1_000_000
OFFICE = Hours.from_spec(
    {"timezone": "UTC", "weekly_hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
LATE_OFFICE = Hours.from_spec({"timezone": "UTC", "weekly_hours": {"mon": [["12:00", "20:00"]]}})
SIX_HOURS = Target(6 * 3600)


def at(text):
    """`fri 15:00` of the week that ends on Sunday, 22 November 2026; `next mon 09:00` of the week after."""
    *later, day, clock = text.split()
    base = datetime.fromisoformat(f"2026-11-16T{clock}Z") + timedelta(weeks=len(later))
    return base + timedelta(days=["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(day))


def start(moment="fri 12:00", target=SIX_HOURS, **rest):
    return Start(at=at(moment), kind="resolution", target=target, hours=OFFICE, **rest)


def test_a_started_clock_whole():
    assert fold([start(window=2)]) == ClockState(
        kind="resolution",
        window=2,
        target=SIX_HOURS,
        hours=OFFICE,
        warn_steps=(Decimal("0.75"),),
        phase=Phase.RUNNING,
        started_at=at("fri 12:00"),
        counted_to=at("fri 12:00"),
        used=0,
        paused=0,
        due_at=at("next mon 10:00"),
        warn_at=at("fri 16:30"),
        held_due_at=None,
        held_warn_at=None,
        stopped_at=None,
        breached_at=None,
        ended_as=None,
        generation=1,
    )


@pytest.mark.parametrize(
    ("stopped", "ended_as", "state", "breached_at"),
    [
        ("fri 16:00", EndedAs.MET, State.MET, None),
        ("next mon 10:00", EndedAs.MET, State.MET, None),  # exactly at the due moment
        ("next mon 11:00", EndedAs.LATE, State.BREACHED, "next mon 10:00"),
    ],
)
def test_stop(stopped, ended_as, state, breached_at):
    clock = fold([start(), Stop(at=at(stopped))])
    assert (clock.ended_as, clock.stopped_at, clock.due_at) == (ended_as, at(stopped), at("next mon 10:00"))
    assert clock.breached_at == (breached_at and at(breached_at))
    assert state_at(clock, at("next fri 10:00")).state == state
    assert state_at(clock, at("next fri 10:00")) == state_at(clock, at(stopped))


def test_late_in_closed_hours_is_late():
    clock = fold([start("fri 11:00"), Stop(at=at("fri 17:00") + timedelta(microseconds=1))])
    assert (clock.ended_as, clock.breached_at, left(clock)) == (EndedAs.LATE, at("fri 17:00"), 0)


def test_a_breach_shows_though_nobody_swept():
    clock = fold([start()])
    on_time, late = state_at(clock, at("next mon 10:00")), state_at(clock, at("next mon 12:00"))
    assert (on_time.state, on_time.breached_at, on_time.left) == (State.RUNNING, None, 0)
    assert (late.state, late.breached_at, late.used, late.left) == (
        State.BREACHED,
        at("next mon 10:00"),
        8 * HOUR,
        -2 * HOUR,
    )


def test_pausing_over_the_weekend_costs_nothing():
    clock = fold([start(), Pause(at=at("fri 17:00")), Resume(at=at("next mon 09:00"))])
    assert (clock.due_at, clock.warn_at, clock.used, clock.paused) == (
        at("next mon 10:00"),
        at("fri 16:30"),
        5 * HOUR,
        0,
    )


def test_a_pause_puts_the_due_time_off_and_counts_open_time():
    clock = fold([start(), Pause(at=at("fri 16:00")), Resume(at=at("next mon 11:00"))])
    assert (clock.due_at, clock.used, clock.paused, clock.generation) == (
        at("next mon 13:00"),
        4 * HOUR,
        3 * HOUR,
        2,
    )
    assert clock.warn_at == at("next mon 11:30")


def test_while_paused_there_is_no_due_time_and_time_stands_still():
    clock = fold([start(), Pause(at=at("fri 16:00"))])
    reading = state_at(clock, at("next mon 11:00"))
    assert (reading.state, reading.due_at, reading.warn_at) == (State.PAUSED, None, None)
    assert (reading.used, reading.paused, reading.left) == (4 * HOUR, 3 * HOUR, 2 * HOUR)
    assert warning_at(clock, Decimal("0.75")) is None


def test_a_deadline_that_passed_before_the_pause_still_stands_after_it():
    events = [start("mon 09:00"), Pause(at=at("mon 16:00")), Resume(at=at("tue 16:00"))]
    clock = fold(events)
    assert (clock.due_at, clock.warn_at, clock.breached_at) == (at("mon 15:00"), at("mon 13:30"), at("mon 15:00"))
    assert clock.generation == 1  # the same due time: nothing to tell anew
    assert state_at(clock, at("tue 16:30")).state == State.BREACHED


def test_an_event_without_sense_changes_nothing():
    running, paused, ended = (
        fold([start()]),
        fold([start(), Pause(at=at("fri 13:00"))]),
        fold([start(), Stop(at=at("fri 13:00"), ended_as=EndedAs.MOVED)]),
    )
    later = at("fri 14:00")
    assert step(running, Resume(at=later)) == running
    assert step(running, start()) == running
    assert step(paused, Pause(at=later)) == paused
    for event in (
        Pause(at=later),
        Resume(at=later),
        Stop(at=later),
        Retarget(at=later, target=Target(1), hours=OFFICE),
        Move(at=later, due_at=at("next mon 09:00")),
    ):
        assert step(ended, event) == ended
    with pytest.raises(ValueError, match="before Start"):
        step(None, Stop(at=later))
    with pytest.raises(ValueError, match="begins with Start"):
        fold([])


def test_an_event_of_before_counts_from_the_last_one():
    clock = fold([start(), Pause(at=at("fri 14:00")), Resume(at=at("fri 13:00"))])
    assert (clock.counted_to, clock.used, clock.paused) == (at("fri 14:00"), 2 * HOUR, 0)


# --- a new target ---------------------------------------------------------------------------------------------------


def test_retarget_recomputes_what_is_left():
    clock = fold([start(), Retarget(at=at("fri 14:00"), target=Target(10 * 3600), hours=OFFICE)])
    assert (clock.due_at, clock.warn_at, clock.used, clock.generation) == (
        at("next mon 14:00"),
        at("next mon 11:30"),
        2 * HOUR,
        2,
    )


def test_the_same_promise_again_changes_nothing():
    """Not even what was counted: no history would tell of it."""
    clock = fold([start()])
    assert step(clock, Retarget(at=at("fri 14:00"), target=SIX_HOURS, hours=OFFICE)) == clock
    again = Retarget(at=at("next mon 15:00"), target=SIX_HOURS, hours=OFFICE, warn_steps=clock.warn_steps)
    assert step(clock, again) == clock


def test_what_comes_after_a_breach_was_seen_came_after_it():
    """A reply that was on its way when the sweep came, or written while the clock of the machine went wrong."""
    history = [start(), Stop(at=at("next mon 09:59"))]
    swept = fold(history[:1])._replace(breached_at=at("next mon 10:00"))
    late = step(swept, history[1])
    just_after = at("next mon 10:00") + timedelta(microseconds=1)
    assert (late.ended_as, late.stopped_at, late.used) == (EndedAs.LATE, just_after, 6 * HOUR + 1)
    assert fold([start(), Stop(at=late.stopped_at)]) == late  # as its history will tell


def test_retarget_under_another_calendar():
    clock = fold([start(), Retarget(at=at("fri 14:00"), target=SIX_HOURS, hours=LATE_OFFICE)])
    assert clock.due_at == at("next mon 16:00")


def test_the_same_target_again_changes_nothing():
    plain, again = start("mon 09:00"), Retarget(at=at("tue 10:00"), target=SIX_HOURS, hours=OFFICE)
    clock = fold([plain, again])
    assert (clock.due_at, clock.generation) == (at("mon 15:00"), 1)
    assert state_at(clock, at("tue 12:00")) == state_at(fold([plain]), at("tue 12:00"))


def test_new_warning_steps_alone_leave_the_due_time():
    clock = fold(
        [
            start(),
            Retarget(at=at("fri 13:00"), target=SIX_HOURS, hours=OFFICE, warn_steps=(Decimal("0.5"), Decimal("0.9"))),
        ]
    )
    assert (clock.warn_at, clock.due_at, clock.generation) == (at("fri 15:00"), at("next mon 10:00"), 1)
    assert warning_at(clock, Decimal("0.9")) == at("next mon 09:24")


def test_less_than_was_used_is_a_breach_dated_at_the_change():
    clock = fold([start(), Retarget(at=at("fri 15:00"), target=Target(2 * 3600), hours=OFFICE)])
    assert (clock.breached_at, clock.due_at, clock.warn_at, left(clock)) == (
        at("fri 15:00"),
        at("fri 15:00"),
        at("fri 15:00"),
        -HOUR,
    )
    assert step(clock, Stop(at=at("fri 15:00"))).ended_as == EndedAs.LATE


def test_as_much_as_was_used_is_due_at_the_change():
    clock = fold([start(), Retarget(at=at("fri 15:00"), target=Target(3 * 3600), hours=OFFICE)])
    assert (clock.breached_at, clock.due_at) == (None, at("fri 15:00"))
    assert step(clock, Stop(at=at("fri 15:00"))).ended_as == EndedAs.MET


def test_retarget_while_paused_keeps_the_pause():
    clock = fold(
        [
            start(),
            Pause(at=at("fri 14:00")),
            Retarget(at=at("fri 15:00"), target=Target(10 * 3600), hours=OFFICE),
            Resume(at=at("fri 16:00")),
        ]
    )
    assert (clock.used, clock.paused, clock.due_at) == (2 * HOUR, 2 * HOUR, at("next mon 16:00"))
    assert clock.breached_at is None


def test_retarget_below_the_used_while_paused():
    clock = fold(
        [
            start(),
            Pause(at=at("fri 14:00")),
            Retarget(at=at("fri 15:00"), target=Target(3600), hours=OFFICE),
        ]
    )
    assert (clock.phase, clock.due_at, clock.breached_at) == (Phase.PAUSED, None, at("fri 15:00"))
    resumed = step(clock, Resume(at=at("fri 16:00")))
    assert (resumed.due_at, resumed.warn_at, resumed.breached_at) == (at("fri 15:00"),) * 3


def test_a_breach_stays_recorded():
    clock = fold([start("mon 09:00"), Retarget(at=at("tue 10:00"), target=Target(40 * 3600), hours=OFFICE)])
    assert (clock.breached_at, clock.due_at > at("wed 09:00")) == (at("mon 15:00"), True)
    assert step(clock, Stop(at=at("tue 11:00"))).ended_as == EndedAs.LATE
    assert state_at(clock, at("tue 11:00")).state == State.BREACHED


def test_the_same_target_while_paused_does_not_make_the_old_due_time_come():
    clock = fold(
        [
            start("mon 09:00"),
            Pause(at=at("mon 10:00")),
            Retarget(at=at("tue 10:00"), target=SIX_HOURS, hours=OFFICE),
            Resume(at=at("tue 12:00")),
        ]
    )
    assert (clock.due_at, clock.breached_at) == (at("tue 17:00"), None)


# --- going on after a stop ------------------------------------------------------------------------------------------


def test_going_on_after_a_stop_does_not_count_the_time_between():
    clock = fold([start("mon 09:00"), Stop(at=at("mon 11:00")), Resume(at=at("mon 14:00"))])
    assert (clock.phase, clock.used, clock.paused, clock.due_at, clock.stopped_at, clock.ended_as) == (
        Phase.RUNNING,
        2 * HOUR,
        0,
        at("tue 10:00"),
        None,
        None,
    )


def test_going_on_after_being_late_is_late():
    clock = fold([start("mon 09:00"), Stop(at=at("mon 16:00")), Resume(at=at("tue 09:00")), Stop(at=at("tue 10:00"))])
    assert (clock.ended_as, clock.breached_at, clock.due_at, clock.used) == (
        EndedAs.LATE,
        at("mon 15:00"),
        at("mon 15:00"),
        8 * HOUR,
    )


def test_stopped_while_paused_shows_what_held_and_goes_on():
    clock = fold([start("mon 09:00"), Pause(at=at("mon 10:00")), Stop(at=at("mon 12:00"))])
    assert (clock.ended_as, clock.due_at, clock.used, clock.paused) == (EndedAs.MET, None, HOUR, 2 * HOUR)
    assert step(clock, Resume(at=at("mon 13:00"))).due_at == at("tue 10:00")


# --- promises for a moment, warnings --------------------------------------------------------------------------------


def test_a_promise_for_a_moment_and_its_move():
    clock = fold([Start(at=at("fri 12:00"), kind="target", due_at=at("fri 16:00") + timedelta(milliseconds=1))])
    assert (clock.target, clock.due_at) == (Target(4 * 3600 + 1, "wall_seconds"), at("fri 16:00:00.001"))
    moved = step(clock, Move(at=at("fri 13:00"), due_at=at("sun 12:00")))
    assert (moved.due_at, moved.target, moved.generation) == (at("sun 12:00"), Target(48 * 3600, "wall_seconds"), 2)
    assert step(moved, Move(at=at("sat 13:00"), due_at=at("fri 12:00"))).due_at == at("sun 12:00")
    with pytest.raises(ValueError, match="target or a due_at"):
        fold([Start(at=at("fri 12:00"), kind="target")])


@pytest.mark.parametrize(
    ("target", "moment", "warn_at"),
    [
        (5401, "fri 12:00", "fri 13:07:31"),  # 4050.75 seconds, rounded up
        (4, "fri 12:00:00.500000", "fri 12:00:04"),
        (1, "fri 12:00:00.900000", "fri 12:00:01.900000"),  # never after the due time
        (0, "fri 12:00", "fri 12:00"),
    ],
)
def test_warnings_are_rounded_up_to_the_second(target, moment, warn_at):
    assert fold([start(moment, Target(target))]).warn_at == at(warn_at)


def test_several_warning_steps():
    clock = fold([start("mon 09:00", warn_steps=(Decimal("0.9"), Decimal("0.5")))])
    assert clock.warn_at == at("mon 12:00")
    assert [warning_at(clock, warn_step) for warn_step in clock.warn_steps] == [at("mon 12:00"), at("mon 14:24")]
    assert fold([start("mon 09:00", warn_steps=())]).warn_at is None


# --- laws -----------------------------------------------------------------------------------------------------------

MINUTES = st.integers(0, 8 * 24 * 60)
TARGETS = st.one_of(
    st.integers(0, 200_000).map(Target),
    st.integers(0, 200_000).map(lambda amount: Target(amount, "wall_seconds")),
    st.integers(0, 4).map(lambda amount: Target(amount, "business_days")),
)


def event_of(what, minutes, target):
    moment = at("mon 00:00") + timedelta(minutes=minutes)
    match what:
        case "pause":
            return Pause(at=moment)
        case "resume":
            return Resume(at=moment)
        case "stop":
            return Stop(at=moment)
        case "move":
            return Move(at=moment, due_at=moment + timedelta(hours=5))
    return Retarget(at=moment, target=target, hours=OFFICE)


EVENTS = st.lists(
    st.builds(event_of, st.sampled_from(["pause", "resume", "stop", "move", "retarget"]), MINUTES, TARGETS), max_size=8
).map(lambda events: sorted(events, key=lambda event: event.at))


@given(TARGETS, EVENTS)
def test_a_clock_is_whole_after_every_step(target, events):
    clock = fold([start("mon 00:00", target)])
    breached_at = None
    for place, event in enumerate(events):
        # through plain values and back, as a row of the database would take it
        clock = step(ClockState(**clock._asdict()), event)
        assert clock == fold([start("mon 00:00", target), *events[: place + 1]])
        assert (clock.phase == Phase.ENDED) == (clock.stopped_at is not None) == (clock.ended_as is not None)
        if clock.phase == Phase.PAUSED:
            assert clock.due_at is clock.warn_at is None
        if clock.phase == Phase.RUNNING:
            assert clock.warn_at <= clock.due_at
        if breached_at is not None:
            assert clock.breached_at == breached_at
        breached_at = clock.breached_at
        reading = state_at(clock, at("next fri 12:00"))
        assert reading.left == clock.target.in_us(OFFICE) - reading.used


@given(TARGETS, st.lists(MINUTES, max_size=6, unique=True).map(sorted))
def test_pauses_taken_step_by_step_are_pauses_taken_at_once(target, moments):
    times = [at("mon 00:00") + timedelta(minutes=minutes) for minutes in moments[: len(moments) // 2 * 2]]
    pauses = list(zip(times[::2], times[1::2], strict=True))
    events = [event for since, until in pauses for event in (Pause(at=since), Resume(at=until))]
    clock = fold([start("mon 00:00", target), *events])
    if target.amount:  # a target of nothing is due at the next opening, wherever one begins to count
        assert clock.due_at == due(OFFICE, at("mon 00:00"), target, pauses)


def test_a_copied_clock_is_the_same_clock():
    clock = fold([start()])
    assert deepcopy(clock) == clock
