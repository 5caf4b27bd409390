"""Snooze: out of the working queues for everybody, back at its time or when something needs it; it hides no breach."""

from datetime import timedelta

import pytest

from cases.domain import lifecycle, priorities, snoozing, timers
from cases.domain.desk.queues import QUEUES, queue
from cases.models import Case
from config.errors import Absent, DomainError, Forbidden, Invalid, Refused, Stale
from outbox.domain.relay import relay_round
from sla.domain.sweep import sweep
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, RESOLUTION, clocks_of, opened, says, worked_to
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + 2 * HOUR
LATER = MONDAY + 20 * HOUR


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


@pytest.fixture
def case(l2):
    """At work: only its resolution clock runs, for days."""
    case = worked_to("in_progress", by=l2)
    says(case, "We look.", by=l2, at=MONDAY + HOUR + 5 * MINUTE)
    return case


def again(case):
    return Case.objects.get(pk=case.pk)


def queues_with(case, *, by, at):
    return {name for name in QUEUES if queue(name, actor=by, at=at).filter(pk=case.pk).exists()}


def last_words(case):
    return case.interactions.order_by("-pk").values_list("body", flat=True).first()


def snoozed(case, l2, until=LATER, note="Their release is tomorrow"):
    return snoozing.snooze(case_id=case.pk, until=until, note=note, by=l2, at=AT)


def test_a_snoozed_case_leaves_the_working_queues_for_everybody(case, l2):
    others = actor("lead", at=MONDAY)
    assert queues_with(case, by=l2, at=AT) >= {"mine", "waiting-on-us", "all"}
    clocks = clocks_of(case)
    version = again(case).version
    snoozed(case, l2)
    now = again(case)
    assert (now.snoozed_until, now.woken_at, now.status, now.version) == (LATER, None, "in_progress", version + 1)
    assert (now.next_timer, now.next_timer_at) == ("wake", LATER)
    assert last_words(case) == "Snoozed until 2026-11-17 05:00 UTC (Their release is tomorrow)"
    assert {name: clock.due_at for name, clock in clocks_of(case).items()} == {n: c.due_at for n, c in clocks.items()}
    assert queues_with(case, by=l2, at=AT) == {"snoozed", "all"}
    assert queues_with(case, by=others, at=AT) == {"snoozed", "all"}
    snoozed(case, l2)
    assert again(case).version == now.version  # the same again is nothing


def test_it_comes_back_at_its_time_marked_until_somebody_deals_with_it(case, l2):
    snoozed(case, l2)
    assert timers.run_due(at=LATER - MINUTE).done == 0
    assert "mine" in queues_with(case, by=l2, at=LATER)  # the list does not wait for the timer
    assert timers.run_due(at=LATER).done == 1
    now = again(case)
    assert (now.snoozed_until, now.woken_at, now.next_timer) == (None, LATER, "")
    assert last_words(case) == "Back from snooze: its time has come."
    assert timers.run_due(at=LATER).done == 0
    says(case, "The client adds this.", at=LATER + MINUTE)
    assert again(case).woken_at == LATER
    says(case, "Looking again.", by=l2, at=LATER + HOUR)
    assert again(case).woken_at is None


def test_it_may_be_taken_out_by_hand(case, l2):
    snoozed(case, l2)
    snoozing.wake(case_id=case.pk, by=l2, at=AT + HOUR)
    now = again(case)
    assert (now.snoozed_until, now.woken_at, now.next_timer) == (None, None, "")
    snoozing.wake(case_id=case.pk, by=l2, at=AT + HOUR)
    assert again(case).version == now.version


def test_the_clients_word_ends_it(case, l2):
    snoozed(case, l2)
    says(case, "It is worse now.", at=AT + HOUR)
    now = again(case)
    assert (now.snoozed_until, now.woken_at) == (None, AT + HOUR)
    assert case.interactions.filter(body="Back from snooze: the client wrote.").count() == 1
    assert "mine" in queues_with(case, by=l2, at=AT + HOUR)


def test_a_waiting_case_keeps_its_reminders(l2):
    case = worked_to("waiting_on_customer", by=l2)
    reminded_at = again(case).next_timer_at
    snoozed(case, l2, until=reminded_at + DAY)
    assert (again(case).next_timer, again(case).next_timer_at) == ("waiting_reminder", reminded_at)
    timers.run_due(at=reminded_at)
    assert (again(case).timer_step, again(case).next_timer) == (1, "wake")


def test_a_move_ends_it_without_a_mark(case, l2):
    snoozed(case, l2)
    lifecycle.resolve(case_id=case.pk, by=l2, at=AT + HOUR, **RESOLUTION)
    assert (again(case).snoozed_until, again(case).woken_at) == (None, None)


def test_a_raised_priority_ends_it_and_a_lowered_one_does_not(case, l2):
    snoozed(case, l2)
    priorities.change_priority(case_id=case.pk, priority="P3", reason="Less", by=l2, at=AT + MINUTE)
    assert again(case).snoozed_until == LATER
    priorities.change_priority(case_id=case.pk, priority="P1", reason="More", by=l2, at=AT + 2 * MINUTE)
    assert again(case).snoozed_until is None


def test_a_breach_and_a_warning_bring_it_back(l2):
    """The warning comes first; the breach shows it even if nobody swept."""
    case = opened()
    due = clocks_of(case)["first_response", 1].due_at
    warned = clocks_of(case)["first_response", 1].warn_at
    snoozing.snooze(case_id=case.pk, until=due + DAY, by=l2, at=MONDAY + MINUTE)
    assert queues_with(case, by=l2, at=warned - MINUTE) == {"snoozed", "all"}
    assert queues_with(case, by=l2, at=due) >= {"needs-first-word", "breaching-next", "unassigned"}
    assert "snoozed" not in queues_with(case, by=l2, at=due)
    sweep(at=warned)
    relay_round(at=warned)
    now = again(case)
    assert (now.snoozed_until, now.woken_at) == (None, warned)
    assert case.interactions.filter(body="Back from snooze: first response is near its end.").count() == 1


def test_a_breach_ends_it_where_no_warning_came(l2):
    case = opened()
    due = clocks_of(case)["first_response", 1].due_at
    Case.objects.filter(pk=case.pk).update(snoozed_until=due + DAY)
    for clock in clocks_of(case).values():
        clock.warned_steps, clock.next_at = len(clock.warn_steps), due
        clock.save(update_fields=["warned_steps", "next_at"])
    sweep(at=due + MINUTE)
    relay_round(at=due + MINUTE)
    assert (again(case).snoozed_until, again(case).breached) == (None, True)
    assert case.interactions.filter(body="Back from snooze: the promise of first response was broken.").count() == 1


@pytest.mark.parametrize(
    ("status", "until", "refusal", "code"),
    [
        ("in_progress", AT, Invalid, "invalid"),
        ("in_progress", AT + 91 * DAY, Invalid, "invalid"),
        ("resolved", LATER, Refused, "not-open"),
        ("closed", LATER, Refused, "not-open"),
    ],
)
def test_what_is_refused_changes_nothing(l2, status, until, refusal, code):
    case = worked_to(status, by=l2)
    before = Case.objects.filter(pk=case.pk).values().get()
    entries = case.interactions.count()
    with pytest.raises(refusal) as refused:
        snoozed(case, l2, until=until)
    assert refused.value.code == code
    assert Case.objects.filter(pk=case.pk).values().get() == before
    assert case.interactions.count() == entries


def test_what_is_late_or_nearly_so_is_not_snoozed_over_its_end(l2):
    case = opened()
    clock = clocks_of(case)["first_response", 1]
    for at, until, code in (
        (clock.due_at + MINUTE, clock.due_at + DAY, "late"),
        (clock.warn_at + MINUTE, clock.due_at + DAY, "due-before"),
    ):
        with pytest.raises(Refused) as refused:
            snoozing.snooze(case_id=case.pk, until=until, by=l2, at=at)
        assert refused.value.code == code
        assert again(case).snoozed_until is None
    until = clock.due_at - timedelta(minutes=5)
    snoozing.snooze(case_id=case.pk, until=until, by=l2, at=clock.warn_at + MINUTE)
    assert again(case).snoozed_until == until


def test_who_may_not_work_the_case_does_not_snooze_it(case, l2):
    reader = actor("auditor", at=MONDAY)
    stranger = actor("l2", tenant=TenantFactory(), at=MONDAY)
    for by, refusal in ((reader, Forbidden), (stranger, Absent)):
        for door in (
            lambda by=by: snoozing.snooze(case_id=case.pk, until=LATER, by=by, at=AT),
            lambda by=by: snoozing.wake(case_id=case.pk, by=by, at=AT),
        ):
            with pytest.raises(refusal):
                door()
    assert again(case).snoozed_until is None


def test_who_was_faster_wins(case, l2):
    seen = again(case).version
    says(case, "One more thing", at=AT)
    with pytest.raises(Stale):
        snoozing.snooze(case_id=case.pk, until=LATER, by=l2, at=AT, expected_version=seen)
    assert again(case).snoozed_until is None


def test_a_note_has_a_length(case, l2):
    with pytest.raises(DomainError):
        snoozed(case, l2, note="x" * 501)
    assert again(case).snoozed_until is None
