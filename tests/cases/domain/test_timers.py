"""What a case does by itself: reminders, 'no answer', auto-close; once each, and nothing for the others' faults."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.domain import lifecycle, timers
from cases.domain.timer_schedule import by_daylight, days_after
from cases.models import Case, Survey
from outbox.models import Delivery
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, clocks_of, says, worked_to
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db


def again(case):
    return Case.objects.get(pk=case.pk)


def run(at):
    return timers.run_due(at=at)


def due(case):
    now = again(case)
    return now.next_timer, now.next_timer_at


def waited(**habits):
    """Waiting since Monday 10:02 UTC; the policy's calendar is Mon to Fri."""
    return worked_to("waiting_on_customer", tenant=TenantFactory(**habits))


def test_waiting_is_reminded_twice_then_resolved_unanswered():
    case = waited()
    since = again(case).waiting_since
    assert due(case) == ("waiting_reminder", since + 2 * DAY)
    assert run(since + 2 * DAY - MINUTE).done == 0
    assert run(since + 2 * DAY).done == 1
    assert run(since + 2 * DAY).done == 0
    assert due(case) == ("waiting_reminder", since + 7 * DAY)  # the fifth business day: over a weekend
    assert run(since + 7 * DAY).done == 1
    assert due(case) == ("no_answer", since + 14 * DAY)
    assert run(since + 14 * DAY).done == 1
    now = again(case)
    assert (now.status, now.resolved_as, now.resolved_at) == ("resolved", "no_answer", since + 14 * DAY)
    assert now.transitions.last().reason == "No answer for 10 business days."
    assert clocks_of(case)["resolution", 1].ended_as == "met"
    mails = Delivery.objects.filter(about_id=case.pk, automated=True).order_by("pk")[1:]
    assert ["Which region?" in mail.text for mail in mails] == [True, True, False]
    assert due(case)[0] == "close_reminder"


def test_reminders_follow_the_tenants_habits():
    case = waited(reminder_days=[], no_answer_days=None)
    assert due(case) == ("", None)
    case = waited(reminder_days=[1, 12], no_answer_days=10)
    since = again(case).waiting_since
    run(since + DAY)
    assert due(case) == ("no_answer", since + 14 * DAY)


def test_a_customers_word_ends_the_reminders():
    case = waited()
    says(case, "eu-central", at=MONDAY + DAY)
    assert due(case) == ("", None)
    assert run(MONDAY + 30 * DAY).done == 0
    assert again(case).status == "in_progress"


def test_resolved_closes_by_itself_after_a_reminder():
    case = worked_to("resolved")
    since = again(case).resolved_at
    assert due(case) == ("close_reminder", since + 5 * DAY)
    assert run(since + 5 * DAY).done == 1
    assert due(case) == ("auto_close", since + 7 * DAY)
    assert run(since + 7 * DAY).done == 1
    now = again(case)
    assert (now.status, now.closed_as, now.closed_at, now.next_timer) == ("closed", "solved", since + 7 * DAY, "")
    assert now.transitions.last().by_label == "system"
    assert Survey.objects.get().case_id == case.pk
    assert run(since + 60 * DAY).done == 0


def test_no_answer_closes_as_no_answer():
    case = waited(no_answer_days=1, reminder_days=[])
    since = again(case).waiting_since
    for at in (since + DAY, since + 6 * DAY, since + 8 * DAY):
        assert run(at).done == 1
    assert again(case).closed_as == "no_answer"


def test_a_late_worker_does_each_step_once():
    case = worked_to("resolved")
    late = MONDAY + 40 * DAY
    assert run(late).done == 2
    assert again(case).status == "closed"
    assert [one.kind for one in case.interactions.filter(by_kind="automation", at=late)] == ["automation"]


def test_one_broken_case_stops_nobody():
    broken, fine = waited(), waited()
    at = MONDAY + 5 * DAY
    Case.objects.filter(pk=broken.pk).update(next_timer="close_reminder", subject="\ufffd")
    Case.objects.filter(pk=broken.pk).update(next_timer_at=MONDAY)
    # A mail that cannot be built: the address was spoilt behind our back.
    broken.requester.email = "no address"
    broken.requester.save(update_fields=["email"])
    result = run(at)
    assert (result.done, result.failed) == (1, 1)
    assert again(broken).timer_retry_after == at + HOUR
    assert again(fine).timer_step == 1
    assert run(at).done == 0
    broken.requester.email = "ann@client.example"
    broken.requester.save(update_fields=["email"])
    assert run(at + HOUR).done == 1


def test_tenant_switches_no_answer_off_meanwhile():
    case = waited(reminder_days=[], no_answer_days=3)
    case.tenant.no_answer_days = None
    case.tenant.save(update_fields=["no_answer_days"])
    assert run(MONDAY + 20 * DAY).done == 1
    assert (again(case).status, due(case)) == ("waiting_on_customer", ("", None))


def test_a_new_wait_is_reminded_anew():
    l2 = actor("l2", at=MONDAY)
    case = worked_to("waiting_on_customer", by=l2)
    run(MONDAY + 3 * DAY)
    lifecycle.resume(case_id=case.pk, by=l2, at=MONDAY + 3 * DAY + HOUR)
    lifecycle.wait(case_id=case.pk, ask="And now?", by=l2, at=MONDAY + 3 * DAY + 2 * HOUR)
    now = again(case)
    assert (now.timer_step, now.next_timer) == (0, "waiting_reminder")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 16, 23, 0, tzinfo=UTC), datetime(2026, 11, 17, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 17, 2, 0, tzinfo=UTC), datetime(2026, 11, 17, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 17, 9, 0, tzinfo=UTC), datetime(2026, 11, 17, 9, 0, tzinfo=UTC)),
    ],
)
def test_nobody_is_nagged_at_night(at, said):
    assert by_daylight(at, "Europe/Berlin") == said


def test_days_keep_the_wall_clock_over_a_change_of_clocks():
    before = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)  # 10:00 in Berlin
    assert days_after(before, 7, "Europe/Berlin") == before + timedelta(days=7, hours=1)
