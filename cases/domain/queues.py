"""The desk's standing lists of cases: what each holds, how it is ordered, how many are in it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from cases.enums import OpenedBy, Priority, Status
from cases.models import Case
from config.errors import Absent
from tenants.domain.actors import Actor

SOON = timedelta(hours=4)
"""How far ahead 'breaching next' looks; what is overdue and still open is in it, too."""

OPEN = Q(status__in=[Status.NEW, Status.TRIAGE, Status.IN_PROGRESS, Status.WAITING])
WORD_UNANSWERED = Q(customer_waiting_since__isnull=False) & ~Q(status=Status.CLOSED)
URGENT = Q(priority__in=[Priority.P0, Priority.P1])

DEFINITIONS: Mapping[str, Callable[[Actor, datetime], Q]] = {
    "mine": lambda actor, _at: (OPEN | WORD_UNANSWERED) & Q(owner_id=actor.user_id or 0),
    "needs-first-word": lambda _actor, _at: (
        OPEN & Q(first_response_at__isnull=True) & (Q(opened_by=OpenedBy.CUSTOMER) | WORD_UNANSWERED)
    ),
    "breaching-next": lambda _actor, at: (OPEN | WORD_UNANSWERED) & Q(next_due_at__lte=at + SOON),
    "waiting-on-us": lambda _actor, _at: (OPEN & ~Q(status=Status.WAITING)) | WORD_UNANSWERED,
    "waiting-on-customer": lambda _actor, _at: Q(status=Status.WAITING),
    "unassigned": lambda _actor, _at: (OPEN | WORD_UNANSWERED) & Q(owner__isnull=True),
    "breached": lambda _actor, _at: OPEN & Q(breached=True),
    "all": lambda _actor, _at: Q(),
}
NAMES = tuple(DEFINITIONS)

SOONEST_FIRST = (F("next_due_at").asc(nulls_last=True), "pk")
NEWEST_FIRST = ("-pk",)


def queue(name: str, *, actor: Actor, at: datetime) -> QuerySet[Case]:
    """Soonest promise first; `all` newest first. Raises Absent for a name that is no queue."""
    if name not in DEFINITIONS:
        raise Absent(f"There is no queue {name}.")
    cases = Case.objects.visible_to(actor).filter(DEFINITIONS[name](actor, at))
    return cases.order_by(*(NEWEST_FIRST if name == "all" else SOONEST_FIRST))


def counts(*, actor: Actor, at: datetime, names: tuple[str, ...], cap: int) -> dict[str, int]:
    """How many cases each queue holds, counted no further than `cap`, in one statement. `urgent`: open P0 and P1."""
    parts, params = [], []
    for name in names:
        held = (
            queue("all", actor=actor, at=at).filter(OPEN & URGENT)
            if name == "urgent"
            else queue(name, actor=actor, at=at)
        )
        counted, values = compiled(held.order_by().values("pk")[:cap])
        parts.append(f"(select count(*) from ({counted}) as q{len(parts)})")  # noqa: S608  Django compiled it; values travel apart
        params += values
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join(parts), params)
        return dict(zip(names, cursor.fetchone(), strict=True))


def compiled(queryset: QuerySet[Any]) -> tuple[str, list[Any]]:
    """The query's own SQL; an empty one (no tenant is visible) counts as no rows."""
    if queryset.query.is_empty():
        return "select 1 where false", []
    sql, params = queryset.query.sql_with_params()
    return sql, list(params)
