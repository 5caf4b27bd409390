from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain.business_time import Hours, Target
from sla.domain.conversation import Conversation, Effect, Event, Happening, Impact, Promises, Stage, step
from sla.domain.fold import State, state_at
from sla.enums import EndedAs, Phase

OFFICE = Hours.from_spec(
    {"timezone": "UTC", "weekly_hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
PROMISES = Promises(
    hours=OFFICE,
    first_response=Target(3600),
    next_reply=Target(2 * 3600),
    resolution=Target(1, "business_days"),
    escalation_meets=True,
)


def at(clock):
    """On Monday, 16 November 2026."""
    return datetime.fromisoformat(f"2026-11-16T{clock}Z")


def told(*events, promises=PROMISES):
    """Each event `"<clock> <name>"`, or with more: `("<clock> <name>", {…})`; promises may change with an event."""
    talk, impacts = Conversation(), []
    for event in events:
        words, rest = (event, {}) if isinstance(event, str) else event
        clock, name = words.split()
        promises = rest.pop("promises", promises) if isinstance(rest, dict) else promises
        advanced = step(talk, Event(at=at(clock), what=Happening(name), **rest), promises)
        talk = advanced.conversation
        impacts.append([(impact.kind, impact.window, impact.what.value) for impact in advanced.impacts])
    return talk, impacts


def ends(talk):
    return [
        (clock.kind, clock.window, clock.ended_as.value if clock.ended_as else clock.phase.value)
        for clock in talk.clocks
    ]


def test_a_whole_conversation():
    talk, impacts = told(
        "09:00 created",
        "09:30 public_reply",
        "09:40 accepted",
        "10:00 wait",
        "10:30 customer_reply",
        "11:00 public_reply",
        "12:00 resolve",
        "13:00 reject",
        "14:00 resolve",
        "15:00 confirm",
        "16:00 reopen",
        "16:30 resolve",
        "16:40 close",
    )
    assert ends(talk) == [
        ("first_response", 1, "met"),
        ("resolution", 1, "met"),
        ("next_reply", 1, "met"),
        ("resolution", 2, "met"),
    ]
    assert impacts == [
        [("first_response", 1, "started")],
        [("first_response", 1, "met")],
        [("resolution", 1, "started")],
        [("resolution", 1, "paused")],
        [("next_reply", 1, "started"), ("resolution", 1, "resumed")],
        [("next_reply", 1, "met")],
        [("resolution", 1, "met")],
        [("resolution", 1, "resumed")],
        [("resolution", 1, "met")],
        [],
        [("resolution", 2, "started")],
        [("resolution", 2, "met")],
        [],
    ]
    resolution = talk.clocks[1]
    assert (resolution.used, resolution.paused) == (170 * 60_000_000, 30 * 60_000_000)
    assert (talk.stage, talk.answered, talk.opened_by_us) == (Stage.CLOSED, True, False)
    assert talk.clocks[3].started_at == at("16:00")


def test_an_impact_whole():
    opened = step(Conversation(), Event(at=at("09:00"), what=Happening.CREATED), PROMISES)
    assert opened.impacts == (
        Impact(kind="first_response", window=1, what=Effect.STARTED, due_at=at("10:00"), left_seconds=3600.0),
    )


# --- first response -------------------------------------------------------------------------------------------------


def test_only_a_public_reply_stops_first_response():
    talk, _ = told("09:00 created", "09:10 auto_reply", "09:20 internal_note", "09:30 accepted", "09:40 wait")
    assert ends(talk) == [("first_response", 1, "running"), ("resolution", 1, "paused")]


def test_first_response_is_never_paused():
    talk, _ = told("09:00 created", "09:30 accepted", "09:40 wait", "10:30 public_reply")
    assert (talk.clocks[0].ended_as, talk.clocks[0].breached_at) == (EndedAs.LATE, at("10:00"))


def test_opened_by_us_it_runs_from_the_customers_first_word():
    talk, impacts = told(("09:00 created", {"by_us": True}), "10:00 customer_reply", "10:05 customer_reply")
    assert impacts == [[], [("first_response", 1, "started")], []]
    assert talk.clocks[0].started_at == at("10:00")
    assert talk.opened_by_us


def test_opened_by_us_and_already_answered_the_next_reply_runs():
    talk, _ = told(("09:00 created", {"by_us": True}), "09:30 public_reply", "10:00 customer_reply")
    assert ends(talk) == [("next_reply", 1, "running")]


# --- next reply -----------------------------------------------------------------------------------------------------


def test_next_reply_needs_a_first_public_reply():
    talk, _ = told("09:00 created", "09:10 customer_reply", "09:20 public_reply")
    assert ends(talk) == [("first_response", 1, "met")]


def test_next_reply_runs_from_the_earliest_unanswered_word_in_a_new_window_each_time():
    talk, _ = told(
        "09:00 created",
        "09:10 public_reply",
        "09:20 customer_reply",
        "09:30 customer_reply",
        "09:35 auto_reply",
        "10:00 public_reply",
        "10:10 public_reply",
        "10:20 customer_reply",
    )
    assert [(clock.window, clock.started_at, clock.stopped_at) for clock in talk.clocks[1:]] == [
        (1, at("09:20"), at("10:00")),
        (2, at("10:20"), None),
    ]


def test_a_word_on_a_resolved_case_starts_next_reply_and_moves_nothing():
    talk, _ = told("09:00 created", "09:10 public_reply", "09:20 accepted", "09:30 resolve", "09:40 customer_reply")
    assert (talk.stage, ends(talk)[1:]) == (Stage.RESOLVED, [("resolution", 1, "met"), ("next_reply", 1, "running")])


# --- resolution -----------------------------------------------------------------------------------------------------


def test_resolution_is_not_there_before_it_is_accepted():
    talk, _ = told("09:00 created", "09:30 wait", "09:40 resolve", "09:50 reject")
    assert (talk.stage, ends(talk)) == (Stage.NEW, [("first_response", 1, "running")])


def test_resolved_while_waiting():
    talk, _ = told("09:00 created", "09:10 accepted", "09:20 wait", "10:20 resolve", "11:00 reject")
    resolution = talk.clocks[1]
    assert (resolution.used, resolution.paused, resolution.phase) == (600_000_000, 3_600_000_000, Phase.RUNNING)
    assert resolution.due_at == at("11:00") + timedelta(hours=22, minutes=110)


def test_a_rejected_resolution_goes_on_under_the_promises_of_now():
    longer = Promises(hours=OFFICE, resolution=Target(10 * 3600))
    talk, _ = told(
        "09:00 created",
        "09:00 accepted",
        "10:00 resolve",
        ("10:30 set_policy", {"promises": longer}),
        "11:00 reject",
    )
    assert (talk.clocks[1].target, talk.clocks[1].due_at) == (
        Target(10 * 3600),
        at("11:00") + timedelta(hours=6 + 16 + 3),
    )


# --- escalation -----------------------------------------------------------------------------------------------------


def test_escalation_with_a_target_meets_resolution_and_starts_target():
    talk, impacts = told(
        "09:00 created",
        "09:10 accepted",
        ("10:00 escalate", {"target_at": at("20:00")}),
        ("11:00 escalate", {"target_at": at("22:30")}),
        "11:30 escalate",
        ("11:40 escalate", {"target_at": at("11:40")}),  # no moment ahead
        "12:00 wait",
        "16:00 resolve",
    )
    assert impacts[2:] == [
        [("resolution", 1, "escalated"), ("target", 1, "started")],
        [("target", 1, "postponed")],
        [],
        [],
        [],
        [("target", 1, "met")],
    ]
    resolution, target = talk.clocks[1:]
    assert state_at(resolution, at("23:00")).state == State.MET
    assert (target.due_at, target.used, target.generation) == (at("22:30"), 6 * 3600 * 1_000_000, 2)


def test_escalating_a_late_resolution_leaves_the_breach():
    quick = Promises(hours=OFFICE, resolution=Target(60), escalation_meets=True)
    talk, _ = told("09:00 created", "09:10 accepted", ("10:00 escalate", {"target_at": at("20:00")}), promises=quick)
    assert (talk.clocks[0].ended_as, state_at(talk.clocks[0], at("11:00")).state) == (
        EndedAs.ESCALATED,
        State.BREACHED,
    )


@pytest.mark.parametrize(
    ("promises", "target_at"),
    [(PROMISES, None), (Promises(hours=OFFICE, resolution=Target(3600)), at("20:00"))],
)
def test_escalation_without_target_or_without_that_promise(promises, target_at):
    talk, _ = told("09:00 created", "09:10 accepted", ("09:20 escalate", {"target_at": target_at}), promises=promises)
    assert ends(talk)[-1] == ("resolution", 1, "running")


def test_a_rejected_target_goes_on_with_what_was_left():
    talk, _ = told(
        "09:00 created",
        "09:10 accepted",
        ("10:00 escalate", {"target_at": at("12:00")}),
        "11:00 resolve",
        "13:00 reject",
    )
    assert ends(talk)[1:] == [("resolution", 1, "escalated"), ("target", 1, "running")]
    assert talk.clocks[2].due_at == at("14:00")


# --- the end --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("event", "ended_as"), [("close", "stopped"), ("merged", "moved")])
def test_closed_or_merged_with_clocks_running(event, ended_as):
    talk, impacts = told("09:00 created", "09:10 accepted", "09:20 wait", f"09:30 {event}")
    assert ends(talk) == [("first_response", 1, ended_as), ("resolution", 1, ended_as)]
    assert impacts[-1] == [("first_response", 1, ended_as), ("resolution", 1, ended_as)]
    assert {state_at(clock, at("20:00")).state for clock in talk.clocks} == {State.STOPPED}


def test_closed_late_the_breach_stays():
    talk, _ = told("09:00 created", "11:00 close")
    assert state_at(talk.clocks[0], at("20:00")).state == State.BREACHED


def test_nothing_happens_after_close_but_reopen():
    before, _ = told("09:00 created", "09:05 public_reply", "09:10 accepted", "09:20 resolve", "09:30 close")
    for happening in set(Happening) - {Happening.REOPEN, Happening.SET_POLICY}:
        event = Event(at=at("10:00"), what=happening, target_at=at("20:00"))
        advanced = step(before, event, PROMISES)
        assert (advanced.conversation, advanced.impacts) == (before, ())
    reopened = step(before, Event(at=at("10:00"), what=Happening.REOPEN), PROMISES).conversation
    assert ends(reopened)[2:] == [("resolution", 2, "running")]


def test_nothing_happens_before_created():
    for happening in set(Happening) - {Happening.CREATED}:
        event = Event(at=at("10:00"), what=happening, target_at=at("20:00"))
        assert step(Conversation(), event, PROMISES).conversation == Conversation()


# --- set_policy -----------------------------------------------------------------------------------------------------


def test_set_policy_recomputes_what_runs_and_stops_what_is_no_longer_promised():
    other = Promises(hours=OFFICE, first_response=None, resolution=Target(4 * 3600), warn_steps=(Decimal("0.5"),))
    talk, impacts = told("09:00 created", "09:00 accepted", ("10:00 set_policy", {"promises": other}))
    assert impacts[-1] == [("first_response", 1, "stopped"), ("resolution", 1, "retargeted")]
    assert (talk.clocks[1].due_at, talk.clocks[1].warn_at) == (at("13:00"), at("11:00"))


def test_the_same_policy_again_tells_nothing():
    _, impacts = told("09:00 created", "09:00 accepted", "10:00 set_policy")
    assert impacts[-1] == []


def test_without_promises_there_are_no_clocks():
    talk, _ = told(
        "09:00 created", "09:10 public_reply", "09:20 accepted", "09:30 customer_reply", promises=Promises(hours=None)
    )
    assert talk == Conversation(stage=Stage.WORKING, answered=True)


# --- laws -----------------------------------------------------------------------------------------------------------

EVENTS = st.lists(
    st.builds(
        lambda minutes, what, by_us, ahead: Event(
            at=at("00:00") + timedelta(minutes=minutes),
            what=what,
            by_us=by_us,
            target_at=at("00:00") + timedelta(minutes=minutes + ahead),
        ),
        st.integers(0, 5000),
        st.sampled_from(Happening),
        st.booleans(),
        st.integers(-60, 600),
    ),
    max_size=25,
).map(lambda events: sorted(events, key=lambda event: event.at))


@given(EVENTS)
def test_a_door_needs_no_more_than_the_last_clock_of_each_kind(events):
    """Rebuilt from rows before each event, ended windows left out, it does the same as with all of its history."""
    whole, short = Conversation(), Conversation()
    for event in events:
        advanced = step(whole, event, PROMISES)
        last = {clock.kind: clock for clock in short.clocks}
        rebuilt = Conversation(
            stage=Stage(short.stage.value),
            clocks=tuple(sorted(last.values(), key=lambda clock: clock.started_at)),
            answered=short.answered,
            opened_by_us=short.opened_by_us,
        )
        again = step(rebuilt, event, PROMISES)
        assert sorted(map(repr, again.impacts)) == sorted(map(repr, advanced.impacts))
        whole, short = advanced.conversation, again.conversation


@given(EVENTS)
def test_at_most_one_clock_of_a_kind_goes_and_windows_count_up(events):
    talk = Conversation()
    for event in events:
        talk = step(talk, event, PROMISES).conversation
    for kind in {clock.kind for clock in talk.clocks}:
        mine = [clock for clock in talk.clocks if clock.kind == kind]
        assert [clock.window for clock in mine] == list(range(1, len(mine) + 1))
        assert sum(clock.phase != Phase.ENDED for clock in mine[:-1]) == 0
    if talk.stage in (Stage.CLOSED, Stage.UNOPENED):
        assert all(clock.phase == Phase.ENDED for clock in talk.clocks)


def test_a_word_that_came_later_is_owed_from_when_it_was_said():
    talk, _ = told(
        "09:00 created", "09:30 public_reply", ("11:00 customer_reply", {"since": at("09:10")}), "11:30 public_reply"
    )
    assert ends(talk) == [("first_response", 1, "met"), ("next_reply", 1, "late")]
    assert (talk.clocks[1].started_at, talk.clocks[1].due_at) == (at("09:10"), at("11:10"))
    talk, _ = told(("09:00 created", {"by_us": True}), ("11:00 customer_reply", {"since": at("09:10")}))
    assert [clock.started_at for clock in talk.clocks] == [at("09:10")]
    talk, _ = told(
        "09:00 created",
        "09:30 public_reply",
        "10:00 customer_reply",
        ("11:00 customer_reply", {"since": at("09:10")}),
    )
    assert [clock.started_at for clock in talk.clocks] == [at("09:00"), at("10:00")]


def test_a_word_that_went_elsewhere_is_owed_no_more():
    talk, impacts = told("09:00 created", "09:30 public_reply", "10:00 customer_reply", "11:00 word_moved")
    assert ends(talk) == [("first_response", 1, "met"), ("next_reply", 1, "moved")]
    assert impacts[-1] == [("next_reply", 1, "moved")]
    talk, impacts = told("09:00 created", "11:00 word_moved")
    assert (ends(talk), impacts[-1]) == ([("first_response", 1, "running")], [])
