"""Is it one thing? What came in lately, grouped by error code and by category: how many cases, clients, how much ARR.

Each group's number is the length of the list that its line opens, on a day of up to FRESH cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from cases.domain.desk import filters
from cases.models import Case
from tenants.domain.actors import Actor
from tenants.models import Tenant

LATELY = timedelta(days=1)
SAID = "1d"  # the same in a line
FRESH = 1000  # cases of a day that are looked through; of more, the newest
A_PATTERN = 2  # cases
SHOWN = 8
TOLD = ("pk", "tenant_id", "error_ids", "category__slug", "category__name")


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
    groups: dict[tuple[str, str], _Group] = {}
    for case_id, tenant_id, codes, slug, category in came_in.values_list(*TOLD)[:FRESH]:
        keys = [("error", code, code) for code in dict.fromkeys(codes)]
        if slug is not None:
            keys.append(("category", slug, category))
        for kind, key, name in keys:
            groups.setdefault((kind, key), _Group(kind, key, name)).cases.append((case_id, tenant_id))
    found = [group for group in groups.values() if len(group.cases) >= A_PATTERN]
    found = sorted(found, key=lambda group: (-len(group.cases), group.kind, group.key))[:SHOWN]
    clients = Tenant.objects.in_bulk({tenant_id for group in found for _, tenant_id in group.cases}) if found else {}
    return [_theme(group, clients) for group in found]


@dataclass(slots=True)
class _Group:
    kind: str
    key: str
    name: str
    cases: list[tuple[int, int]] = field(default_factory=list)  # a case's number and its tenant's


def _theme(group: _Group, clients: Mapping[int, Tenant]) -> Theme:
    tenants = {tenant_id for _, tenant_id in group.cases}
    arr: dict[str, Decimal] = {}
    for client in (clients[pk] for pk in tenants):
        arr[client.arr_currency] = arr.get(client.arr_currency, Decimal()) + client.arr
    return Theme(
        kind=group.kind,
        name=group.name,
        line=str(filters.Filter(given={group.kind: (group.key,), "opened": (SAID,)})),
        cases=len(group.cases),
        tenants=len(tenants),
        arr=sorted(arr.items()),
        newest=max(case_id for case_id, _ in group.cases),
    )
