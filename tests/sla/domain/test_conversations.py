"""Doors and the pure fold are one engine: whatever happens, the rows say what the fold says."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outbox.models import Event as OutboxEvent
from sla.domain import conversation, conversations, fold, histories, policies
from sla.domain.conversation import Event, Happening, Stage
from sla.domain.rows import state_of
from sla.models import Alert, Clock, ClockEvent, Policy
from tenants.domain.actors import SYSTEM
from tests.factories.sla import HOUR, MONDAY, Conversing, PolicyFactory, minutes

pytestmark = pytest.mark.django_db

OFFICE_TABLE = {
    "first_response": (2 * HOUR, "seconds"),
    "next_reply": (HOUR, "wall_seconds"),
    "resolution": (1, "business_days"),
}


def rows(talk):
    return Clock.objects.filter(pk__in=talk.clock_ids).order_by("pk")


@st.composite
def happenings(draw):
    """Out of sense ones, too. Gaps reach from nothing to over a weekend."""
    names = st.sampled_from([what for what in Happening if what != Happening.CREATED])
    at = MONDAY
    events = []
    for what in draw(st.lists(names, max_size=10)):
        at += timedelta(minutes=draw(st.sampled_from([0, 1, 29, 59, 60, 61, 240, 1500, 4000])))
        facts = {}
        if what == Happening.ESCALATE:
            facts["target_at"] = at + timedelta(minutes=draw(st.sampled_from([30, 600])))
        events.append((Event(at=at, what=what, **facts), draw(st.sampled_from(["P1", "P2"]))))
    return events


@given(events=happenings(), by_us=st.booleans())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_door_driven_rows_equal_the_pure_fold(events, by_us, db):
    policy = PolicyFactory(target_table=OFFICE_TABLE)
    policy.targets.filter(kind="resolution", priority="P1").update(amount=2 * HOUR, unit="seconds")
    [policy] = policies.complete(Policy.objects.filter(pk=policy.pk))
    talk = Conversing(policy=policy, by_us=by_us)
    pure = conversation.step(
        conversation.Conversation(),
        Event(at=MONDAY, what=Happening.CREATED, by_us=by_us),
        policies.promises(policy, "P2"),
    ).conversation
    priority = "P2"
    for event, new_priority in events:
        if event.what == Happening.SET_POLICY:
            priority = talk.priority = new_priority
        facts = {"target_at": event.target_at} if event.target_at else {}
        talk.say(event.what, at=event.at, **facts)
        pure = conversation.step(pure, event, policies.promises(policy, priority)).conversation

    written = [state_of(clock) for clock in rows(talk)]
    assert written == list(pure.clocks)
    assert (talk.stage, talk.answered) == (pure.stage, pure.answered)
    at = MONDAY + timedelta(days=60)
    for clock in rows(talk):
        again = fold.fold(histories.fold_events(clock, clock.events.order_by("pk")))
        assert fold.state_at(again, at) == fold.state_at(state_of(clock), at)


def test_a_case_answered_accepted_paused_and_resolved():
    talk = Conversing(policy=PolicyFactory())
    answered = talk.say(Happening.PUBLIC_REPLY, at=MONDAY + minutes(20))
    accepted = talk.say(Happening.ACCEPTED, at=MONDAY + minutes(30))
    waiting = talk.say(Happening.WAIT, at=MONDAY + minutes(60))
    resumed = talk.say(Happening.CUSTOMER_REPLY, at=MONDAY + minutes(120))
    resolved = talk.say(Happening.RESOLVE, at=MONDAY + minutes(180))

    assert [(one.next_due_at, one.next_due_kind) for one in (answered, accepted, waiting, resumed, resolved)] == [
        (None, ""),
        (MONDAY + minutes(270), "resolution"),
        (None, ""),
        (MONDAY + minutes(180), "next_reply"),
        (MONDAY + minutes(180), "next_reply"),
    ]
    assert list(
        rows(talk).values_list("kind", "window", "phase", "ended_as", "due_at", "used", "paused", "next_at")
    ) == [
        ("first_response", 1, "ended", "met", MONDAY + minutes(60), 1_200_000_000, 0, None),
        ("resolution", 1, "ended", "met", MONDAY + minutes(330), 5_400_000_000, 3_600_000_000, None),
        ("next_reply", 1, "running", "", MONDAY + minutes(180), 0, 0, MONDAY + minutes(165)),
    ]
    assert waiting.sla_impact() == [
        {"kind": "resolution", "window": 1, "what": "paused", "due_at": None, "left_seconds": 12600.0}
    ]
    assert list(ClockEvent.objects.order_by("pk").values_list("clock__kind", "event", "at")) == [
        ("first_response", "started", MONDAY),
        ("first_response", "stopped", MONDAY + minutes(20)),
        ("resolution", "started", MONDAY + minutes(30)),
        ("resolution", "paused", MONDAY + minutes(60)),
        ("next_reply", "started", MONDAY + minutes(120)),
        ("resolution", "resumed", MONDAY + minutes(120)),
        ("resolution", "stopped", MONDAY + minutes(180)),
    ]
    assert not Alert.objects.exists()


def test_a_late_answer_nobody_swept_is_a_breach_at_the_deadline_once():
    talk = Conversing(policy=PolicyFactory())
    late = MONDAY + minutes(90)
    talk.say(Happening.PUBLIC_REPLY, at=late)
    talk.say(Happening.PUBLIC_REPLY, at=late + minutes(1))

    [clock] = rows(talk)
    due_at = MONDAY + minutes(60)
    assert (clock.ended_as, clock.breached_at, clock.noticed_at, clock.next_at) == ("late", due_at, late, None)
    assert list(Alert.objects.order_by("pk").values_list("kind", "step", "status", "raised_at", "noticed_at")) == [
        ("warning", 1, "resolved", MONDAY + minutes(45), late),
        ("breach", 0, "open", due_at, late),
    ]
    [event] = OutboxEvent.objects.all()
    breach = Alert.objects.get(kind="breach")
    assert (event.name, event.tenant_id, event.at) == ("sla.clock-breached", talk.tenant.pk, due_at)
    assert event.payload == {
        "clock_id": clock.pk,
        "kind": "first_response",
        "label": "CASE-1042",
        "window": 1,
        "priority": "P2",
        "generation": 1,
        "due_at": due_at.isoformat(),
        "breached_at": due_at.isoformat(),
        "noticed_at": late.isoformat(),
        "step": 0,
        "alert_id": breach.pk,
    }


def test_a_new_target_while_paused_is_in_the_history_though_no_deadline_moved():
    policy = PolicyFactory()
    policy.targets.filter(kind="resolution", priority="P1").update(amount=2 * HOUR)
    talk = Conversing(policy=policy)
    talk.say(Happening.ACCEPTED, at=MONDAY)
    talk.say(Happening.WAIT, at=MONDAY + minutes(60))
    talk.priority = "P1"
    talk.say(Happening.SET_POLICY, at=MONDAY + minutes(90))
    talk.say(Happening.RESUME, at=MONDAY + minutes(120))

    resolution = rows(talk).get(kind="resolution")
    assert resolution.due_at == MONDAY + minutes(180)
    assert resolution.priority == "P1"
    assert [row.event for row in resolution.events.order_by("pk")] == ["started", "paused", "retargeted", "resumed"]


def test_escalation_with_a_target_ends_resolution_and_the_target_moves():
    talk = Conversing(policy=PolicyFactory())
    talk.say(Happening.ACCEPTED, at=MONDAY)
    friday = MONDAY + timedelta(days=4)
    talk.say(Happening.ESCALATE, at=MONDAY + minutes(30), target_at=friday)
    talk.say(Happening.ESCALATE, at=MONDAY + minutes(40), target_at=friday + timedelta(days=3))

    assert list(rows(talk).order_by("pk").values_list("kind", "ended_as", "due_at")) == [
        ("first_response", "", MONDAY + minutes(60)),
        ("resolution", "escalated", MONDAY + minutes(240)),
        ("target", "", friday + timedelta(days=3)),
    ]


@pytest.mark.parametrize(
    ("what", "statements"),
    [
        (Happening.INTERNAL_NOTE, 0),
        (Happening.PUBLIC_REPLY, 2),  # one clock saved, its history
        (Happening.ACCEPTED, 2),  # one clock made, its history
        (Happening.CLOSE, 2),
    ],
)
def test_statements_of_an_advance(what, statements, django_assert_num_queries):
    policy = PolicyFactory()
    talk = Conversing(policy=policy)
    [policy] = policies.complete(Policy.objects.filter(pk=policy.pk))
    policies.promises(policy, "P2")
    locked = conversations.lock_clocks(talk.clock_ids)
    with django_assert_num_queries(statements):
        conversations.advance(
            tenant_id=talk.tenant.pk,
            label="CASE-1042",
            clocks=locked,
            stage=Stage.NEW,
            answered=False,
            opened_by_us=False,
            policy=policy,
            priority="P2",
            event=Event(at=MONDAY + minutes(5), what=what),
            by=SYSTEM,
            at=MONDAY + minutes(5),
        )
