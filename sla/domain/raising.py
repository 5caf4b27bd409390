"""Warnings and breaches become rows: alert, history and event, in the transaction that found them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from outbox.domain.publish import NewEvent, publish_many
from sla.domain import calendars, histories
from sla.domain.business_time import windows
from sla.domain.fold import ClockState, warning_at
from sla.enums import AlertKind, AlertStatus, Happened, Priority
from sla.models import Clock, ClockEvent

SLEEPING = {Priority.P2, Priority.P3}  # people hear of these when the desk opens
OVERTAKEN = "Overtaken: the promise was broken before anybody could be warned."

# One JSON document instead of an array a column: psycopg writes it several times faster.
INSERT = """
    INSERT INTO sla_alert
        (tenant_id, clock_id, kind, step, generation, title, raised_at, noticed_at, tell_at, status, resolved_at,
         reason, nobody)
    SELECT tenant_id, clock_id, kind, step, generation, title, raised_at, noticed_at, tell_at, status, resolved_at,
        reason, ''
    FROM jsonb_to_recordset(%s::jsonb) AS new (
        tenant_id bigint, clock_id bigint, kind text, step smallint, generation integer, title text,
        raised_at timestamptz, noticed_at timestamptz, tell_at timestamptz, status text, resolved_at timestamptz,
        reason text)
    ON CONFLICT DO NOTHING
    RETURNING id, clock_id, kind, step
"""


@dataclass(slots=True)
class Found:
    """What came to light about one clock: its warnings by step, and its breach."""

    clock: Clock
    warnings: list[tuple[int, datetime]] = field(default_factory=list)
    breached_at: datetime | None = None


def warnings_due(state: ClockState, *, warned_steps: int, at: datetime) -> list[tuple[int, datetime]]:
    """Steps (from 1) not yet given whose moment has come, for a clock that runs."""
    return [
        (step, moment)
        for step, part in enumerate(state.warn_steps, 1)
        if step > warned_steps and (moment := warning_at(state, part)) is not None and moment <= at
    ]


def raise_alerts(found: Sequence[Found], *, at: datetime) -> list[ClockEvent]:
    """Inserts alerts (one statement), publishes one event a clock (two); the caller saves the history it returns.

    An alert that is there already is neither raised nor told again.
    """
    rows = [row for one in found for row in _rows(one, at=at)]
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [json.dumps(rows)])
        alerts = {(clock_id, kind, step): pk for pk, clock_id, kind, step in cursor.fetchall()}
    events: list[NewEvent] = []
    history: list[ClockEvent] = []
    for one in found:
        said = [(AlertKind.WARNING, step, moment) for step, moment in one.warnings]
        if one.breached_at is not None:
            said.append((AlertKind.BREACH, 0, one.breached_at))
        new = [(kind, step, moment) for kind, step, moment in said if (one.clock.pk, kind, step) in alerts]
        for kind, step, moment in new:
            happened = Happened.WARNED if kind == AlertKind.WARNING else Happened.BREACHED
            history.append(
                histories.entry(one.clock, happened, at=moment, recorded_at=at, by_label="system", step=step)
            )
        if new and (new[-1][0] == AlertKind.BREACH or one.breached_at is None):
            kind, step, moment = new[-1]
            events.append(_event(one.clock, kind, step, moment, alerts[one.clock.pk, kind, step], at=at))
    publish_many(events=events)
    return history


def _rows(one: Found, *, at: datetime) -> Iterator[dict[str, Any]]:
    clock = one.clock
    common = {
        "tenant_id": clock.tenant_id,
        "clock_id": clock.pk,
        "generation": clock.generation,
        "title": f"{clock.label} · {clock.kind.replace('_', ' ')}"[:300],
        "noticed_at": at.isoformat(),
        "tell_at": telling_time(clock, at=at).isoformat(),
    }
    open_ = {"status": AlertStatus.OPEN.value, "resolved_at": None, "reason": ""}
    overtaken = {"status": AlertStatus.RESOLVED.value, "resolved_at": at.isoformat(), "reason": OVERTAKEN}
    for step, moment in one.warnings:
        state = open_ if one.breached_at is None else overtaken
        yield {**common, **state, "kind": AlertKind.WARNING.value, "step": step, "raised_at": moment.isoformat()}
    if one.breached_at is not None:
        raised_at = one.breached_at.isoformat()
        yield {**common, **open_, "kind": AlertKind.BREACH.value, "step": 0, "raised_at": raised_at}


def telling_time(clock: Clock, *, at: datetime) -> datetime:
    """P0, P1 and promises without a priority are told at once, the others when the clock's calendar is next open."""
    hours = calendars.hours_of(clock.calendar_version_id)
    if clock.priority not in SLEEPING or hours is None:
        return at
    return next((max(opens, at) for opens, _closes in windows(hours, at, 1)), at)


def _event(clock: Clock, kind: AlertKind, step: int, moment: datetime, alert_id: int, *, at: datetime) -> NewEvent:
    warned = kind == AlertKind.WARNING
    return NewEvent(
        name="sla.clock-warned" if warned else "sla.clock-breached",
        tenant_id=clock.tenant_id,
        payload={
            "clock_id": clock.pk,
            "kind": clock.kind,
            "label": clock.label,
            "window": clock.window,
            "priority": clock.priority,
            "generation": clock.generation,
            "due_at": (clock.due_at or clock.held_due_at or moment).isoformat(),
            "warned_at" if warned else "breached_at": moment.isoformat(),
            "noticed_at": at.isoformat(),
            "step": step,
            "alert_id": alert_id,
        },
        at=moment,
        key=f"clock:{clock.pk}",
    )
