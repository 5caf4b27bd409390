"""Everything downstream of what broke, and whose tenants it reaches; naming only what the reader may know of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL

from config.counting import compiled
from tenants.domain.actors import Actor
from tenants.models import Resource, ResourceEdge, ResourceTenant, Tenant
from tenants.models.visibility import allowed_tenant_ids

# Each resource once, at its shortest distance. UNION drops rows seen before, so a cycle ends; the depth is found
# afterwards, since a depth in the recursion would make each turn round the cycle a new row. Django writes no recursion.
DOWNSTREAM = """
with recursive reached(id) as (
    {starts}
    union
    select edge.downstream_id from tenants_resourceedge edge join reached on edge.upstream_id = reached.id
)
select id from reached
"""


@dataclass(frozen=True)
class Node:
    id: int
    key: str
    name: str
    kind: str
    health: str
    distance: int  # steps from what was asked for; 0 for that itself


@dataclass(frozen=True)
class Radius:
    """`edges` are pairs of node ids. `more_…` count what is reached but not for this reader to name."""

    nodes: list[Node]
    edges: list[tuple[int, int]]
    tenants: list[Tenant]
    more_resources: int
    more_tenants: int


def radius(resource_ids: Iterable[int], *, actor: Actor) -> Radius:
    """Two queries at most, however large. Starting points that the actor can't see reach nothing."""
    asked = set(resource_ids)
    reached = _reached(asked, actor=actor)
    visible = [row for row in reached if row.seen]
    starts = {row.pk for row in visible if row.pk in asked}
    if not starts:
        return Radius([], [], [], 0, 0)
    edges = [(row.pk, other) for row in reached for other in row.below]
    distances = _distances(starts, edges)
    tenant_ids = {tenant_id for row in reached for tenant_id in (*row.used_by, row.tenant_id) if tenant_id is not None}
    allowed = allowed_tenant_ids(actor)
    tenants = list(Tenant.objects.filter(pk__in=tenant_ids if allowed is None else tenant_ids & allowed))
    nodes = [
        Node(row.pk, row.key, row.name, row.kind, row.health, distances[row.pk])
        for row in sorted(visible, key=lambda row: (distances[row.pk], row.key))
    ]
    known = {row.pk for row in visible}
    return Radius(
        nodes=nodes,
        edges=[(one, other) for one, other in edges if one in known and other in known],
        tenants=tenants,
        more_resources=len(reached) - len(visible),
        more_tenants=len(tenant_ids) - len(tenants),
    )


def _reached(asked: set[int], *, actor: Actor) -> list[Any]:
    """By their ids, each with `below` (ids of the next), `used_by` (of tenants) and `seen` (the actor may know)."""
    visible = Resource.objects.visible_to(actor)
    starts, values = compiled(visible.filter(pk__in=asked).order_by().values("pk"))
    below = ResourceEdge.objects.filter(upstream=OuterRef("pk")).order_by("downstream_id").values("downstream_id")
    users = ResourceTenant.objects.filter(resource=OuterRef("pk")).order_by().values("tenant_id")
    return list(
        Resource.objects.filter(pk__in=RawSQL(DOWNSTREAM.format(starts=starts), values))  # noqa: S611  Django compiled it
        .annotate(below=ArraySubquery(below), used_by=ArraySubquery(users))
        .annotate(seen=Exists(visible.filter(pk=OuterRef("pk"))))
        .order_by("pk")
    )


def _distances(starts: set[int], edges: list[tuple[int, int]]) -> dict[int, int]:
    below: dict[int, list[int]] = {}
    for upstream, downstream in edges:
        below.setdefault(upstream, []).append(downstream)
    distances = dict.fromkeys(starts, 0)
    frontier = sorted(starts)
    while frontier:
        following = []
        for resource_id in frontier:
            for downstream in below.get(resource_id, []):
                if downstream not in distances:
                    distances[downstream] = distances[resource_id] + 1
                    following.append(downstream)
        frontier = following
    return distances
