"""Is it one thing? What came in lately, grouped by error code and by category: how many cases, clients, how much ARR.

Each group's number is the length of the list that its line opens, on a day of up to FRESH cases.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Func, Max, TextField, Value

from cases.domain.desk import filters
from cases.models import Case
from tenants.domain.actors import Actor
from tenants.models import Tenant

LATELY = timedelta(days=1)
SAID = "1d"  # the same in a line
FRESH = 1000  # cases of a day that are looked through; of more, the newest
A_PATTERN = 2  # cases
SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """`line`: finds its cases among all. `arr`: of its clients together, by currency. `newest`: a case's number."""

    kind: str
    name: str
    line: str
    cases: int
    tenants: int
    arr: list[tuple[str, Decimal]]
    newest: int


def themes(*, actor: Actor, at: datetime) -> list[Theme]:
    """The most frequent first, among the newest FRESH. Two statements."""
    came_in = Case.objects.visible_to(actor).filter(opened_at__gte=at - LATELY).order_by("-opened_at", "-pk")
    fresh = Case.objects.filter(pk__in=came_in.values("pk")[:FRESH]).order_by()
    counted = {
        "cases": Count("pk", distinct=True),
        "in_tenants": ArrayAgg("tenant_id", distinct=True),
        "newest": Max("pk"),
    }
    by_error = (
        fresh.annotate(key=Func(F("error_ids"), function="unnest", output_field=TextField()))
        .values(kind=Value("error"), key=F("key"), name=F("key"))
        .annotate(**counted)
        .filter(cases__gte=A_PATTERN)
    )
    by_category = (
        fresh.filter(category__isnull=False)
        .values(kind=Value("category"), key=F("category__slug"), name=F("category__name"))
        .annotate(**counted)
        .filter(cases__gte=A_PATTERN)
    )
    found: list[dict[str, Any]] = list(by_error.union(by_category, all=True).order_by("-cases", "kind", "key")[:SHOWN])
    clients = Tenant.objects.in_bulk({pk for row in found for pk in row["in_tenants"]}) if found else {}
    return [_theme(row, [clients[pk] for pk in row["in_tenants"]]) for row in found]


def _theme(row: dict[str, Any], clients: list[Tenant]) -> Theme:
    arr: dict[str, Decimal] = {}
    for client in clients:
        arr[client.arr_currency] = arr.get(client.arr_currency, Decimal()) + client.arr
    return Theme(
        kind=row["kind"],
        name=row["name"],
        line=str(filters.Filter(given={row["kind"]: (row["key"],), "opened": (SAID,)})),
        cases=row["cases"],
        tenants=len(clients),
        arr=sorted(arr.items()),
        newest=row["newest"],
    )
