"""Every clock is what its history says, every broken promise has its one alert, dated when it broke."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.db.models import Prefetch

from sla.domain import fold, histories
from sla.domain.rows import state_of
from sla.models import Clock, ClockEvent
from tests.soak.evidence import Evidence

LATE = timedelta(seconds=10)  # by which the sweep may be behind

TWICE = """
    select clock_id, kind, step, generation, count(*) from sla_alert
    where clock_id is not null group by 1, 2, 3, 4 having count(*) > 1
"""
BREACH_WITHOUT_ALERT = """
    select clock.id, clock.breached_at, array_agg(alert.raised_at) filter (where alert.id is not null)
    from sla_clock as clock left join sla_alert as alert on alert.clock_id = clock.id and alert.kind = 'breach'
    where clock.breached_at is not null
    group by clock.id having array_agg(alert.raised_at) is distinct from array[clock.breached_at]
"""
ALERT_WITHOUT_BREACH = """
    select alert.id, alert.clock_id from sla_alert as alert join sla_clock as clock on clock.id = alert.clock_id
    where alert.kind = 'breach' and clock.breached_at is null
"""
UNTOLD = """
    select recipient.id, recipient.email from sla_alertrecipient as recipient
    where recipient.told_at is null and recipient.tell_at <= %s
"""
UNADDRESSED = "select id from sla_alert where addressed_at is null and status <> 'resolved' and tell_at <= %s"


def clocks_equal_the_fold_of_their_events(evidence: Evidence) -> Iterator[str]:
    events = Prefetch("events", queryset=ClockEvent.objects.order_by("at", "pk"))
    for clock in Clock.objects.order_by("pk").prefetch_related(events).iterator(chunk_size=500):
        state = state_of(clock)
        folded = fold.fold(histories.fold_events(clock, clock.events.all()))
        if folded.breached_at is None and state.breached_at is not None:
            noticed = folded.due_at or folded.held_due_at
            folded = folded._replace(breached_at=noticed)  # by the sweep: the fold ends with the last event
        if folded != state:
            told = [
                f"{name} {was} ≠ {should}"
                for name, was, should in zip(state._fields, state, folded, strict=True)
                if was != should
            ]
            yield f"clock {clock.pk} ({clock}): {'; '.join(told)}"


def nothing_due_was_passed_over(evidence: Evidence) -> Iterator[str]:
    before = evidence.until - LATE
    for pk in Clock.objects.filter(next_at__lt=before).values_list("pk", flat=True):
        yield f"clock {pk}: the sweep has not come"
    for pk in Clock.objects.filter(due_at__lt=before, phase="running", breached_at=None).values_list("pk", flat=True):
        yield f"clock {pk}: its deadline has passed unnoticed"
    for pk in Clock.objects.exclude(error="").values_list("pk", flat=True):
        yield f"clock {pk}: was set aside by the sweep"


def each_alert_once(evidence: Evidence) -> Iterator[str]:
    for clock, kind, step, generation, count in _all(TWICE):
        yield f"clock {clock}: {count} alerts of {kind} {step} for due time {generation}"


def each_breach_has_its_alert_at_its_deadline(evidence: Evidence) -> Iterator[str]:
    for clock, breached_at, raised in _all(BREACH_WITHOUT_ALERT):
        yield f"clock {clock} broke at {breached_at}, alerts say {[str(at) for at in raised or []]}"
    for alert, clock in _all(ALERT_WITHOUT_BREACH):
        yield f"alert {alert} tells of a breach that clock {clock} does not know"


def everybody_was_told(evidence: Evidence) -> Iterator[str]:
    before = evidence.until - timedelta(minutes=1) - LATE  # a person hears at most once a minute
    for recipient, email in _all(UNTOLD, before):
        yield f"recipient {recipient}: {email} was never told"
    for (alert,) in _all(UNADDRESSED, before):
        yield f"alert {alert}: nobody was looked for"


def _all(query: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall()
