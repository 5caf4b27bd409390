from incidents.models.component import Component
from incidents.models.incident import (
    Action,
    Incident,
    IncidentResource,
    IncidentTenant,
    IncidentUpdate,
    TimelineEntry,
)
from incidents.models.rota import OnCall, Page, PageTenant, RotaShift
from incidents.models.runbook import Runbook, RunbookRun

__all__ = [
    "Action",
    "Component",
    "Incident",
    "IncidentResource",
    "IncidentTenant",
    "IncidentUpdate",
    "OnCall",
    "Page",
    "PageTenant",
    "RotaShift",
    "Runbook",
    "RunbookRun",
    "TimelineEntry",
]
