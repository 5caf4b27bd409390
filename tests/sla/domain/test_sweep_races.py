"""Real threads, real transactions: whoever comes first, each alert is raised once and no deadline is lost."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from outbox.models import Event
from sla.domain import clocks
from sla.domain.sweep import SweepResult, sweep
from sla.models import Alert, Clock
from tenants.domain.actors import SYSTEM
from tests.factories.sla import MONDAY, minutes, promised
from tests.factories.tenants import TenantFactory

pytestmark = pytest.mark.django_db(transaction=True)

DUE = MONDAY + minutes(60)
LATE = DUE + timedelta(seconds=1)


def at_once(*calls):
    """Starts all calls on one signal, each in a thread with its own connection; their results in order."""
    gate = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(place, call):
        try:
            gate.wait(timeout=10)
            results[place] = call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_four_sweeps_at_once_raise_each_alert_once():
    tenant = TenantFactory()
    for _ in range(30):
        promised(tenant=tenant)
    results = at_once(*[lambda: sweep(at=LATE, budget_ms=None)] * 4)
    assert sum(results, SweepResult()) == SweepResult(warned=30, breached=30)
    assert (Alert.objects.filter(kind="breach").count(), Event.objects.count()) == (30, 30)


def test_a_stop_against_the_sweep_gives_one_breach_whoever_is_first():
    tenant = TenantFactory()
    promises = [promised(tenant=tenant) for _ in range(5)]
    for clock in promises:
        at_once(
            lambda: sweep(at=LATE),
            lambda pk=clock.pk: clocks.stop(clock_id=pk, by=SYSTEM, at=LATE),
        )
    sweep(at=LATE)
    assert set(Clock.objects.values_list("ended_as", "breached_at", "next_at")) == {("late", DUE, None)}
    assert sorted(Alert.objects.filter(kind="breach").values_list("clock_id", flat=True)) == [c.pk for c in promises]
    assert Event.objects.filter(name="sla.clock-breached").count() == 5


def test_the_sweep_passes_by_a_clock_that_a_door_is_pausing():
    clock = promised()
    paused, swept = threading.Event(), threading.Event()

    def pausing():
        with transaction.atomic():
            clocks.pause(clock_id=clock.pk, by=SYSTEM, at=DUE - minutes(1))
            paused.set()
            swept.wait(timeout=10)

    def sweeping():
        paused.wait(timeout=10)
        try:
            return sweep(at=LATE)
        finally:
            swept.set()

    assert at_once(pausing, sweeping)[1] == SweepResult()
    assert sweep(at=LATE) == SweepResult()
    clock.refresh_from_db()
    assert (clock.phase, clock.breached_at) == ("paused", None)
    assert not Alert.objects.exists()
