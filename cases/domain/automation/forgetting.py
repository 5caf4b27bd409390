"""What rules did goes after a while, oldest first, a batch a transaction."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from cases.models import AutomationRun, AutomationTimer
from config.db import unit_of_work
from tenants.domain.actors import SYSTEM

BATCH = 1000


def forget_old(*, at: datetime) -> int:
    """How many rows went. A case that has been in a state for longer may come up again for a rule saved anew."""
    before = at - settings.AUTOMATION_KEPT
    runs = AutomationRun.objects.filter(at__lt=before).order_by("at")
    timers = AutomationTimer.objects.filter(told_at__lt=before).order_by("pk")
    return _forget(runs) + _forget(timers)


def _forget(rows: QuerySet[AutomationRun] | QuerySet[AutomationTimer]) -> int:
    forgotten = 0
    while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
        with unit_of_work(SYSTEM.label):
            rows.model.objects.filter(pk__in=ids).delete()  # type: ignore[attr-defined]  # both have managers
        forgotten += len(ids)
    return forgotten
