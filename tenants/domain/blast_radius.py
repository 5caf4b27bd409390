"""Everything downstream of what broke, and whose tenants it reaches; naming only what the reader may know of."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from tenants.domain.actors import Actor
from tenants.models import Resource, ResourceEdge, ResourceTenant, Tenant

# Each resource once, at its shortest distance. UNION drops rows seen before, so a cycle ends; the depth is found
# afterwards, since a depth in the recursion would make each turn round the cycle a new row.
DOWNSTREAM = """
with recursive reached as (
    select unnest(%s::bigint[]) as id
    union
    select edge.downstream_id from tenants_resourceedge edge join reached on edge.upstream_id = reached.id
)
select id from reached order by id
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
    """Six queries at most, however large. Starting points that the actor can't see reach nothing."""
    starts = set(Resource.objects.visible_to(actor).filter(pk__in=list(resource_ids)).values_list("pk", flat=True))
    if not starts:
        return Radius([], [], [], 0, 0)
    with connection.cursor() as cursor:
        cursor.execute(DOWNSTREAM, [sorted(starts)])
        reached = {resource_id for (resource_id,) in cursor.fetchall()}
    visible = {row.pk: row for row in Resource.objects.visible_to(actor).filter(pk__in=reached)}
    edges = list(
        ResourceEdge.objects.filter(upstream__in=reached, downstream__in=reached)
        .order_by("upstream_id", "downstream_id")
        .values_list("upstream_id", "downstream_id")
    )
    distances = _distances(starts, edges)
    tenant_ids = set(ResourceTenant.objects.filter(resource__in=reached).values_list("tenant_id", flat=True))
    tenant_ids |= set(Resource.objects.filter(pk__in=reached, tenant__isnull=False).values_list("tenant_id", flat=True))
    tenants = list(Tenant.objects.visible_to(actor).filter(pk__in=tenant_ids))
    nodes = [
        Node(row.pk, row.key, row.name, row.kind, row.health, distances[row.pk])
        for row in sorted(visible.values(), key=lambda row: (distances[row.pk], row.key))
    ]
    return Radius(
        nodes=nodes,
        edges=[(one, other) for one, other in edges if one in visible and other in visible],
        tenants=tenants,
        more_resources=len(reached) - len(visible),
        more_tenants=len(tenant_ids) - len(tenants),
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
