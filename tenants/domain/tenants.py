"""A tenant's own facts and the timers of its cases."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Stale
from tenants.domain.actors import Actor
from tenants.domain.changing import apply, save
from tenants.enums import Right
from tenants.models import Tenant

EDITABLE = frozenset(
    {
        *("name", "plan", "segment", "region", "data_residency", "support_tier", "billing_status"),
        *("arr", "arr_currency", "time_zone", "language"),
        *("reminder_days", "no_answer_days", "auto_close_days", "auto_close_reminder_days", "reopen_days"),
    }
)


def edit(
    *, tenant_id: int, changes: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> Tenant:
    """`changes`: some of EDITABLE. Cases that wait already meet the new timers at their next round."""
    with unit_of_work(by.label):
        row = Tenant.objects.visible_to(by, right=None).locked().filter(pk=tenant_id).first()
        if row is None:
            raise Absent(_("There is no such tenant here, or not for you."))
        by.require(Right.MANAGE_DESK, tenant_id=row.pk)
        if expected_version not in (None, row.version):
            raise Stale(_("Somebody else changed this tenant: read it again."))
        changed = apply(row, changes, editable=EDITABLE)
        _check_timers(row)
        if changed:
            save(row, changed)
    return row


def _check_timers(row: Tenant) -> None:
    if sorted(set(row.reminder_days)) != row.reminder_days:
        raise Invalid(_("Rising numbers, each once."), field="reminder_days")
    if row.auto_close_reminder_days >= row.auto_close_days:
        raise Invalid(_("The reminder comes before the closing."), field="auto_close_reminder_days")
