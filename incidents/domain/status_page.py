"""What the status page says, for everyone or for one tenant, as plain values. Pages and JSON are drawn from it.

The public page tells only of incidents marked public, in the words written for clients; a tenant's own page also
tells of those that touch this tenant. No other tenant is ever named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_noop

from incidents.domain.uptime import DAYS, STATUS_OF_SEVERITY, History, Span, history, worst
from incidents.enums import OPEN_STATUSES, ComponentStatus, Severity
from incidents.models import Component, Incident, IncidentUpdate
from tenants.models import ResourceEdge, Tenant

IMPACT = {
    Severity.SEV1.value: "critical",
    Severity.SEV2.value: "major",
    Severity.SEV3.value: "minor",
    Severity.SEV4.value: "none",
}
# In English, as Statuspage says it; pages translate it.
_ROLL_UP = {
    ComponentStatus.MAJOR: ("critical", gettext_noop("Major System Outage")),
    ComponentStatus.PARTIAL: ("major", gettext_noop("Partial System Outage")),
    ComponentStatus.DEGRADED: ("minor", gettext_noop("Partially Degraded Service")),
    ComponentStatus.MAINTENANCE: ("maintenance", gettext_noop("Service Under Maintenance")),
    ComponentStatus.OPERATIONAL: ("none", gettext_noop("All Systems Operational")),
}


@dataclass(frozen=True)
class ComponentView:
    component: Component
    status: ComponentStatus
    history: History


@dataclass(frozen=True)
class IncidentView:
    incident: Incident
    impact: str
    updates: list[IncidentUpdate]
    components: list[ComponentView]

    @property
    def next_word_at(self) -> datetime | None:
        return self.updates[0].next_word_at if self.updates and self.incident.is_open else None


@dataclass(frozen=True)
class StatusPage:
    tenant: Tenant | None
    as_of: datetime
    indicator: str
    description: str
    components: list[ComponentView]
    open_incidents: list[IncidentView]
    past_incidents: list[IncidentView]


def build(*, tenant: Tenant | None = None, at: datetime, zone: ZoneInfo) -> StatusPage:
    """The page as of `at`: open incidents, those of the last 90 days (50 at most), and every component's history."""
    incidents = list(_incidents(tenant=tenant, at=at))
    touched_by = _touched_resources(incidents)
    components = [
        _component(component, incidents=incidents, touched_by=touched_by, at=at, zone=zone)
        for component in Component.objects.select_related("resource")
    ]
    views = [_incident(incident, components=components, touched_by=touched_by) for incident in incidents]
    open_views = [view for view in views if view.incident.is_open]
    indicator, description = _roll_up(components, open_views)
    return StatusPage(
        tenant=tenant,
        as_of=at,
        indicator=indicator,
        description=description,
        components=components,
        open_incidents=open_views,
        past_incidents=[view for view in views if not view.incident.is_open][:50],
    )


def _incidents(*, tenant: Tenant | None, at: datetime) -> QuerySet[Incident]:
    audience = Q(public=True)
    updates = IncidentUpdate.objects.filter(public=True)
    if tenant is not None:
        audience |= Q(tenant_links__tenant=tenant)
        updates = IncidentUpdate.objects.all()
    recent = Q(status__in=OPEN_STATUSES) | Q(resolved_at__gte=at - timedelta(days=DAYS))
    return (
        Incident.objects.filter(audience & recent)
        .distinct()
        .order_by("-declared_at", "-pk")
        .prefetch_related(Prefetch("updates", queryset=updates), "resource_links")
    )


def _touched_resources(incidents: Iterable[Incident]) -> dict[int, set[int]]:
    """For each incident the resources it names and everything downstream of them."""
    downstream: dict[int, list[int]] = {}
    for upstream_id, downstream_id in ResourceEdge.objects.values_list("upstream_id", "downstream_id"):
        downstream.setdefault(upstream_id, []).append(downstream_id)
    touched = {}
    for incident in incidents:
        reached: set[int] = set()
        frontier = [link.resource_id for link in incident.resource_links.all()]
        while frontier:
            resource_id = frontier.pop()
            if resource_id not in reached:
                reached.add(resource_id)
                frontier += downstream.get(resource_id, [])
        touched[incident.pk] = reached
    return touched


def _component(
    component: Component,
    *,
    incidents: list[Incident],
    touched_by: dict[int, set[int]],
    at: datetime,
    zone: ZoneInfo,
) -> ComponentView:
    spans = [
        Span(status=STATUS_OF_SEVERITY[incident.severity], starts=incident.started_at, ends=incident.resolved_at)
        for incident in incidents
        if component.resource_id in touched_by[incident.pk]
    ]
    now = [span.status for span in spans if span.ends is None]
    if component.maintenance:
        now.append(ComponentStatus.MAINTENANCE)
    return ComponentView(
        component=component,
        status=worst(now),
        history=history(spans=spans, at=at, zone=zone, since=component.created_at),
    )


def _incident(incident: Incident, *, components: list[ComponentView], touched_by: dict[int, set[int]]) -> IncidentView:
    return IncidentView(
        incident=incident,
        impact=IMPACT[incident.severity],
        updates=list(incident.updates.all()),
        components=[view for view in components if view.component.resource_id in touched_by[incident.pk]],
    )


def _roll_up(components: list[ComponentView], open_incidents: list[IncidentView]) -> tuple[str, str]:
    """The worst of components and open incidents; an incident that names no component still shows."""
    statuses = [view.status for view in components]
    statuses += [STATUS_OF_SEVERITY[view.incident.severity] for view in open_incidents]
    return _ROLL_UP[worst(statuses)]
