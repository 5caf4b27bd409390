"""Calendars are edited by adding a version; promises already given keep the version they were given under."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Stale
from sla.domain.business_time import Hours
from sla.models import Calendar, CalendarVersion
from tenants.domain.actors import Actor
from tenants.enums import Right


def hours_of(calendar_version_id: int | None) -> Hours | None:
    """The compiled calendar; versions never change, so each process compiles one once. None: round the clock."""
    return None if calendar_version_id is None else _compiled(calendar_version_id)


@lru_cache(maxsize=512)
def _compiled(calendar_version_id: int) -> Hours:
    return Hours.from_spec(CalendarVersion.objects.values_list("spec", flat=True).get(pk=calendar_version_id))


def checked_hours(spec: Any) -> Hours:
    """Refuses (Invalid) what is no calendar and what never opens."""
    hours = Hours.from_spec(spec)
    if hours.never_opens:
        raise Invalid(_("This calendar never opens: no promise under it would ever be due."), field="spec")
    return hours


def create(*, name: str, spec: dict[str, Any], by: Actor, at: datetime) -> Calendar:
    by.require(Right.EDIT_PROMISES, tenant_id=None)
    checked_hours(spec)
    with unit_of_work(by.label):
        if Calendar.objects.filter(name=name).exists():
            raise Invalid(
                _("There is a calendar named %(name)s already.") % {"name": name}, field="name", code="unique"
            )
        calendar = Calendar.objects.create(name=name, spec=spec)
        CalendarVersion.objects.create(calendar=calendar, version=1, spec=spec, created_at=at, by_label=by.label)
    return calendar


def edit(
    *,
    calendar_id: int,
    by: Actor,
    at: datetime,
    name: str | None = None,
    spec: Any = None,
    expected_version: int | None = None,
) -> Calendar:
    """New hours are a new version, for new work only; `policies.recompute_open` brings open clocks along."""
    by.require(Right.EDIT_PROMISES, tenant_id=None)
    with unit_of_work(by.label):
        calendar = Calendar.objects.select_for_update(no_key=True).filter(pk=calendar_id).first()
        if calendar is None:
            raise Absent(_("There is no such calendar."))
        if expected_version not in (None, calendar.version):
            raise Stale(_("This calendar was changed by somebody else; look again."))
        if name is not None and name != calendar.name:
            if Calendar.objects.filter(name=name).exists():
                raise Invalid(
                    _("There is a calendar named %(name)s already.") % {"name": name}, field="name", code="unique"
                )
            calendar.name = name
        if spec is not None and spec != calendar.spec:
            checked_hours(spec)
            calendar.spec = spec
            calendar.version += 1
            CalendarVersion.objects.create(
                calendar=calendar, version=calendar.version, spec=spec, created_at=at, by_label=by.label
            )
        calendar.save(update_fields=["name", "spec", "version"])
    return calendar
