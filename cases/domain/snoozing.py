"""Snoozing: an open case leaves the working queues until a moment, for everybody.

It comes back by itself at that moment, and before it when the client writes, a promise warns or is broken, the
priority is raised or somebody moves it. Promises keep running: what is late can't be snoozed, and a list shows a case
whose deadline has passed even before anybody has noted the breach (`queues.awake`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain import fields
from cases.domain.changing import Change, changing
from cases.enums import ClockKind, InteractionKind
from cases.models import Case
from config.casing import lowered
from config.errors import Invalid, Refused
from sla.enums import Phase
from tenants.domain.actors import Actor
from tenants.enums import Right

LONGEST = timedelta(days=90)
MORNING, AFTERNOON = time(9), time(15)
NOTE_LENGTH = 500  # characters


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    label: Any
    until: datetime


def presets(*, at: datetime) -> list[Preset]:
    """`at` in the zone of who snoozes: the days and hours are theirs."""
    return [Preset(name, label, until) for name, label, until in _moments(at) if until > at]


def snooze(
    *,
    case_id: int,
    until: datetime,
    note: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """The same moment again changes nothing.

    Raises Invalid for a moment that is past or more than 90 days ahead, Refused for a case that is not open, and for
    one with a promise that is late, or that has warned and ends before that moment.
    """
    if until <= at:
        raise Invalid(gettext("That moment has passed already."), field="until")
    if until > at + LONGEST:
        raise Invalid(gettext("At most %(days)s days ahead.") % {"days": LONGEST.days}, field="until")
    words = fields.text(note, field="note", longest=NOTE_LENGTH)
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        case = change.case
        if not case.is_open:
            raise Refused(
                gettext("%(case)s is %(status)s: nothing to snooze.")
                % {"case": case.reference, "status": case.get_status_display().lower()},
                code="not-open",
            )
        if case.snoozed_until == until:
            return case
        _hide_no_promise(change, until)
        case.snoozed_until, case.woken_at = until, None
        change.say(
            InteractionKind.SYSTEM,
            f"Snoozed until {in_words(until)}" + (f" ({words})" if words else ""),
            data={"snoozed_until": until.isoformat()},
        )
    return case


def wake(*, case_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    """Back at once, by hand. A case that is not snoozed stays as it is."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        if change.case.snoozed_until is not None:
            change.case.snoozed_until = None
            change.say(InteractionKind.SYSTEM, "Taken out of snooze.")
    return change.case


def in_words(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _hide_no_promise(change: Change, until: datetime) -> None:
    case = change.case
    for clock in change.clocks:
        if clock.phase != Phase.RUNNING or clock.due_at is None or clock.due_at > until:
            continue
        kind = lowered(ClockKind(clock.kind).label)
        if clock.due_at <= change.at:
            raise Refused(
                gettext("%(case)s: the promise of %(kind)s is late; a snooze would hide it.")
                % {"case": case.reference, "kind": kind},
                code="late",
            )
        if clock.warn_at is None or clock.warn_at <= change.at:
            raise Refused(
                gettext("%(case)s: %(kind)s is due %(moment)s and near its end; snooze it to before then.")
                % {"case": case.reference, "kind": kind, "moment": in_words(clock.due_at)},
                code="due-before",
            )


def _moments(at: datetime) -> Iterator[tuple[str, Any, datetime]]:
    today = at.date()
    yield "afternoon", _("This afternoon"), _moment(today, AFTERNOON, at)
    yield "tomorrow", _("Tomorrow"), _moment(today + timedelta(days=1), MORNING, at)
    yield "monday", _("Next Monday"), _moment(today + timedelta(days=7 - today.weekday()), MORNING, at)


def _moment(day: date, clock: time, at: datetime) -> datetime:
    return datetime.combine(day, clock, tzinfo=at.tzinfo)
