"""Promises that were broken today and yesterday, cases or not, and whether somebody has taken note."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from sla.domain.reading import alert_list
from sla.enums import AlertKind, AlertStatus
from sla.models import Alert
from tenants.domain.actors import Actor


@dataclass(frozen=True, slots=True)
class Days:
    """When today and yesterday began, in the zone of the moment that is asked about. Moments, or what stands for
    them.
    """

    today: Any
    yesterday: Any


def days_of(at: datetime) -> Days:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return Days(today=midnight, yesterday=(midnight - timedelta(hours=12)).replace(hour=0))


def broken_promises(actor: Actor, days: Days) -> dict[str, QuerySet[Alert]]:
    """Of today and of yesterday, and what nobody has acknowledged."""
    broken = alert_list(actor=actor).filter(kind=AlertKind.BREACH)
    return {
        "broke_today": broken.filter(raised_at__gte=days.today),
        "broke_yesterday": broken.filter(raised_at__gte=days.yesterday, raised_at__lt=days.today),
        "unread": broken.filter(status=AlertStatus.OPEN).order_by("-raised_at"),
    }
