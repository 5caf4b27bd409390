from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from config.errors import Refused
from config.models import Heartbeat
from outbox.models import Event
from sla.domain import clocks
from sla.domain.conversation import Happening
from sla.domain.sweep import SweepResult, retry, sweep
from sla.models import Alert, CalendarVersion, Clock, ClockEvent
from tenants.domain.actors import SYSTEM
from tests.factories.sla import HOUR, MONDAY, CalendarFactory, Conversing, PolicyFactory, minutes, promised
from tests.factories.tenants import TenantFactory

pytestmark = pytest.mark.django_db

DUE = MONDAY + minutes(60)


def alerts():
    return list(
        Alert.objects.order_by("pk").values_list("kind", "step", "generation", "status", "raised_at", "noticed_at")
    )


def events():
    return [(event.name, event.payload["clock_id"]) for event in Event.objects.order_by("pk")]


def test_nothing_happens_before_its_moment_and_everything_once_after_it():
    clock = promised()
    assert sweep(at=MONDAY + minutes(45) - timedelta(microseconds=1)) == SweepResult()
    assert sweep(at=MONDAY + minutes(45)) == SweepResult(warned=1)
    assert sweep(at=DUE) == SweepResult()  # the due moment itself is still in time
    noticed = DUE + timedelta(seconds=2)
    assert sweep(at=noticed) == SweepResult(breached=1)
    assert sweep(at=noticed + timedelta(days=1)) == SweepResult()

    clock.refresh_from_db()
    assert (clock.phase, clock.breached_at, clock.noticed_at, clock.next_at) == ("running", DUE, noticed, None)
    assert alerts() == [
        ("warning", 1, 1, "open", MONDAY + minutes(45), MONDAY + minutes(45)),
        ("breach", 0, 1, "open", DUE, noticed),
    ]
    assert events() == [("sla.clock-warned", clock.pk), ("sla.clock-breached", clock.pk)]
    assert list(ClockEvent.objects.order_by("pk").values_list("event", "at", "recorded_at")) == [
        ("started", MONDAY, MONDAY),
        ("warned", MONDAY + minutes(45), MONDAY + minutes(45)),
        ("breached", DUE, noticed),
    ]
    assert Heartbeat.objects.get(name="sweep").at == noticed + timedelta(days=1)


def test_after_an_outage_the_breach_is_dated_at_the_deadline_and_the_warning_is_not_told():
    clock = promised()
    late = DUE + timedelta(hours=5)
    assert sweep(at=late) == SweepResult(warned=1, breached=1)
    assert alerts() == [
        ("warning", 1, 1, "resolved", MONDAY + minutes(45), late),
        ("breach", 0, 1, "open", DUE, late),
    ]
    assert events() == [("sla.clock-breached", clock.pk)]


def test_every_step_warns_once():
    promised(warn_steps=(Decimal("0.5"), Decimal("0.9")))
    assert [sweep(at=MONDAY + minutes(after)).warned for after in (29, 30, 31, 54, 55, 56)] == [0, 1, 0, 1, 0, 0]
    assert list(Alert.objects.order_by("pk").values_list("step", "raised_at")) == [
        (1, MONDAY + minutes(30)),
        (2, MONDAY + minutes(54)),
    ]


def test_a_pause_puts_off_the_deadline_and_repeats_no_warning():
    clock = promised()
    sweep(at=MONDAY + minutes(45))
    clocks.pause(clock_id=clock.pk, by=SYSTEM, at=MONDAY + minutes(50))
    assert sweep(at=DUE + timedelta(days=1)) == SweepResult()
    clocks.resume(clock_id=clock.pk, by=SYSTEM, at=MONDAY + minutes(200))
    assert sweep(at=MONDAY + minutes(205)) == SweepResult()
    assert sweep(at=MONDAY + minutes(211)) == SweepResult(breached=1)
    assert Alert.objects.get(kind="breach").raised_at == MONDAY + minutes(210)


def test_a_new_target_warns_again():
    policy = PolicyFactory()
    policy.targets.filter(kind="first_response", priority="P1").update(amount=2 * HOUR)
    talk = Conversing(policy=policy)
    assert sweep(at=MONDAY + minutes(50)).warned == 1
    talk.priority = "P1"
    talk.say(Happening.SET_POLICY, at=MONDAY + minutes(55))
    assert sweep(at=MONDAY + minutes(60)) == SweepResult()
    assert sweep(at=MONDAY + minutes(90)).warned == 1
    assert list(Alert.objects.order_by("pk").values_list("kind", "step", "generation")) == [
        ("warning", 1, 1),
        ("warning", 1, 2),
    ]


def test_a_moved_promise_is_due_at_the_new_moment():
    tenant = TenantFactory()
    clock = clocks.start(tenant_id=tenant.pk, kind="weekly_update", label="Friday", due_at=DUE, by=SYSTEM, at=MONDAY)
    clocks.move(clock_id=clock.pk, due_at=DUE + minutes(60), reason="The client asked", by=SYSTEM, at=MONDAY)
    assert sweep(at=DUE + minutes(1)) == SweepResult()
    assert sweep(at=DUE + minutes(61)) == SweepResult(warned=1, breached=1)
    assert clocks.stop(clock_id=clock.pk, by=SYSTEM, at=DUE + minutes(62)).ended_as == "late"
    with pytest.raises(Refused):
        clocks.move(clock_id=clock.pk, due_at=DUE + minutes(90), reason="Too late", by=SYSTEM, at=DUE + minutes(70))
    assert Alert.objects.filter(kind="breach").count() == 1


def test_a_warning_asks_nothing_any_more_once_the_promise_is_kept():
    clock = promised()
    sweep(at=clock.warn_at + timedelta(seconds=1))
    assert Alert.objects.get().status == "open"
    clocks.stop(clock_id=clock.pk, by=SYSTEM, at=clock.warn_at + timedelta(seconds=2))
    alert = Alert.objects.get()
    assert (alert.kind, alert.status, alert.resolved_by) == ("warning", "resolved", None)


def test_a_breach_wants_an_answer_also_after_the_end():
    clock = promised()
    sweep(at=clock.due_at + timedelta(seconds=1))
    clocks.stop(clock_id=clock.pk, by=SYSTEM, at=clock.due_at + timedelta(seconds=2))
    assert [alert.status for alert in Alert.objects.filter(kind="breach")] == ["open"]


def test_more_than_one_batch():
    tenant = TenantFactory()
    first = promised(tenant=tenant)
    columns = {field.attname: getattr(first, field.attname) for field in Clock._meta.fields if not field.primary_key}
    Clock.objects.bulk_create([Clock(**columns) for _ in range(1100)])
    assert sweep(at=DUE + minutes(1), budget_ms=None) == SweepResult(warned=1101, breached=1101)
    assert Event.objects.count() == 1101


def test_a_bad_row_is_set_aside_and_keeps_nobody_waiting():
    tenant = TenantFactory()
    calendar = CalendarFactory()
    good = promised(tenant=tenant)
    bad = promised(tenant=tenant)
    unreadable = CalendarVersion.objects.create(calendar=calendar, version=9, spec={"timezone": "Mars/Olympus"})
    Clock.objects.filter(pk=bad.pk).update(target_unit="seconds", calendar_version=unreadable)

    at = DUE + minutes(1)
    assert sweep(at=at) == SweepResult(warned=1, breached=1, failed=1)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.breached_at == DUE
    assert (bad.breached_at, bad.retry_after, bad.next_at) == (None, at + timedelta(hours=1), at + timedelta(hours=1))
    assert bad.error.startswith("CalendarError:")
    assert sweep(at=at + minutes(1)) == SweepResult()

    Clock.objects.filter(pk=bad.pk).update(target_unit="wall_seconds", calendar_version=None)
    retry(clock_id=bad.pk, by=SYSTEM, at=at)
    assert sweep(at=at + minutes(2)) == SweepResult(warned=1, breached=1)
    with pytest.raises(Refused):
        retry(clock_id=bad.pk, by=SYSTEM, at=at)


def test_statements_of_a_tick_do_not_grow_with_the_clocks(django_assert_num_queries):
    with django_assert_num_queries(2):  # is anything due; the heartbeat
        sweep(at=MONDAY)
    for count in (1, 3):
        tenant = TenantFactory()
        for _ in range(count):
            promised(tenant=tenant)
        with django_assert_num_queries(11):  # three of them open and close savepoints of the test's transaction
            sweep(at=DUE + minutes(1))


def test_the_command(capsys):
    promised()
    call_command("sweep", at="2026-11-16T11:00:01+01:00")
    assert capsys.readouterr().out == "warned 1, breached 1, failed 0\n"
