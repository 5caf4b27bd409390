"""The desk's standing lists as its pages need them: without what a row shows, and all counted in one statement."""

from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from cases.domain.reading import OPEN, QUEUES, SOONEST_FIRST
from cases.enums import Priority
from cases.models import Case
from config.errors import Absent
from incidents.models import Incident
from sla.domain.reading import alert_list
from sla.enums import AlertStatus
from tenants.domain.actors import Actor

NAMES = tuple(QUEUES)
URGENT = Q(priority__in=[Priority.P0, Priority.P1])
NEWEST_FIRST = ("-pk",)


def queue(name: str, *, actor: Actor, at: datetime) -> QuerySet[Case]:
    """Soonest promise first; `all` newest first. Raises Absent for a name that is no queue."""
    if name not in QUEUES:
        raise Absent("There is no such queue.")
    cases = Case.objects.visible_to(actor).filter(QUEUES[name].condition(actor, at))
    return cases.order_by(*(NEWEST_FIRST if name == "all" else SOONEST_FIRST))


def counts(*, actor: Actor, at: datetime, names: tuple[str, ...], cap: int) -> dict[str, int]:
    """How many rows each list holds, counted no further than `cap`, in one statement.

    Beside the queues: `urgent` (open P0 and P1), `incidents` (open ones), `alerts` (that nobody has acknowledged).
    """
    parts: list[str] = []
    params: list[Any] = []
    for name in names:
        counted, values = compiled(listed(name, actor=actor, at=at).order_by().values("pk")[:cap])
        parts.append(f"(select count(*) from ({counted}) as q{len(parts)})")  # noqa: S608  Django compiled it
        params += values
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join(parts), params)
        return dict(zip(names, cursor.fetchone(), strict=True))


def listed(name: str, *, actor: Actor, at: datetime) -> QuerySet[Any]:
    if name == "urgent":
        return queue("all", actor=actor, at=at).filter(OPEN & URGENT)
    if name == "incidents":
        return Incident.objects.visible_to(actor).open()
    if name == "alerts":
        return alert_list(actor=actor).filter(status=AlertStatus.OPEN)
    return queue(name, actor=actor, at=at)


def compiled(queryset: QuerySet[Any]) -> tuple[str, list[Any]]:
    """The query's own SQL; one that can hold nothing (no tenant is visible) counts as no rows."""
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:
        return "select 1 where false", []
    return sql, list(params)
