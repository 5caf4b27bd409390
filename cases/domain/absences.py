"""When one of us is away: said by themselves, or by the lead for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases.domain.assignment.people import absences_of, there, told_of_people
from cases.domain.assignment.presence import Gone, Span, There, shifts
from cases.domain.looking_after import colleague
from cases.models import OPEN, Absence, Case, Category, WorkingTime
from config.db import unit_of_work
from config.errors import Invalid, Refused
from sla.domain.business_time import Hours
from tenants.domain.actors import Actor
from tenants.models import User

SHOWN = timedelta(days=14)


def go_away(
    *,
    user_id: int,
    by: Actor,
    at: datetime,
    until: datetime | None = None,
    since: datetime | None = None,
    reason: str = "",
) -> Absence:
    """From now, or from `since`, until a moment or until they say that they are back. Whoever is away without an end
    already stays so, with what is said now.
    """
    colleague(user_id, by=by, at=at)
    starts_at = since or at
    if until is not None and until <= starts_at:
        raise Invalid(_("That is over before it begins."), field="until")
    if until is not None and until <= at:
        raise Invalid(_("That time has passed already."), field="until")
    with unit_of_work(by.label):
        person = User.objects.select_for_update(no_key=True).get(pk=user_id)
        why = reason.strip()[:200]
        standing = Absence.objects.filter(user=person, ends_at=None, starts_at__lte=starts_at).first()
        if standing is None:
            if until is None and Absence.objects.filter(user=person, ends_at=None).exists():
                raise Refused(_("An absence without an end is planned already: change that one."), code="planned")
            return Absence.objects.create(user=person, starts_at=starts_at, ends_at=until, reason=why)
        standing.ends_at, standing.reason = until, why or standing.reason
        standing.save(update_fields=["ends_at", "reason"])
    return standing


def come_back(*, user_id: int, by: Actor, at: datetime) -> int:
    """Whatever they are away for now is over; returns how many absences that ended."""
    colleague(user_id, by=by, at=at)
    with unit_of_work(by.label):
        now = Absence.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), user=user_id)
        return now.filter(starts_at__lt=at).update(ends_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Of one person: whether they are there, their shifts of the next two weeks, what they are away, what they hold."""

    person: User
    working_time: WorkingTime | None
    there: There
    shifts: list[Span]
    absences: list[Absence]
    categories: list[Category]
    open_cases: int


def time_of(*, user_id: int, by: Actor, at: datetime) -> Time:
    """Refused as `colleague` says."""
    colleague(user_id, by=by, at=at)
    told = told_of_people(Case.objects.visible_to(by).filter(OPEN), at=at)
    found: Any = User.objects.select_related("working_time").annotate(**told).get(pk=user_id)
    working_time = getattr(found, "working_time", None)
    gone: list[Gone] = absences_of(user_id, at=at)
    weeks: list[Span] = []
    if working_time is not None:
        hours = Hours.from_spec(working_time.calendar(found.time_zone))
        weeks = shifts(hours, gone, start=at, end=at + SHOWN, most=60)
    return Time(
        person=found,
        working_time=working_time,
        there=there(found, at=at),
        shifts=weeks,
        absences=list(Absence.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), user=user_id).order_by("starts_at")),
        categories=list(working_time.categories.all()) if working_time is not None else [],
        open_cases=found.open_cases,
    )
