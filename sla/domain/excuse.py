"""A broken promise stays on record; where the client agreed, it is excused and attainment is shown with and without."""

from datetime import datetime

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused
from sla.domain import histories
from sla.enums import Happened
from sla.models import Clock
from tenants.domain.actors import Actor
from tenants.enums import Right


def excuse(*, clock_id: int, agreed_with: str, reason: str, by: Actor, at: datetime) -> Clock:
    """`agreed_with`: the person at the client who said so."""
    for field, value in (("agreed_with", agreed_with), ("reason", reason)):
        if not value.strip():
            raise Invalid(_("Say who at the client agreed, and why."), field=field, code="required")
    with unit_of_work(by.label):
        clock = Clock.objects.locked().filter(pk=clock_id).first()
        if clock is None:
            raise Absent(_("There is no such promise."))
        by.require(Right.EDIT_PROMISES, tenant_id=clock.tenant_id)
        if clock.breached_at is None:
            raise Refused(_("This promise was not broken: there is nothing to excuse."), code="not-breached")
        if clock.excused_at is not None:
            raise Refused(_("This breach is excused already."), code="excused")
        clock.excused_at, clock.excused_by = at, by.label
        clock.excused_with, clock.excused_reason = agreed_with.strip()[:200], reason.strip()
        clock.save(update_fields=["excused_at", "excused_by", "excused_with", "excused_reason"])
        histories.entry(
            clock,
            Happened.EXCUSED,
            at=at,
            recorded_at=at,
            by_label=by.label,
            agreed_with=clock.excused_with,
            reason=clock.excused_reason,
        ).save()
    return clock
