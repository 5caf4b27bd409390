"""An incident begins: cheap to declare, cheaper to call off."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Forbidden, Invalid
from incidents.domain import next_word, timeline
from incidents.enums import PRIORITY_OF_SEVERITY, DetectedBy, EntryKind, Severity
from incidents.models import Incident, IncidentResource, IncidentTenant
from outbox.domain.publish import publish
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Resource, Tenant, TenantPerson

Row = TypeVar("Row", bound=Model)


def declare(
    *,
    title: str,
    severity: str,
    tenant_ids: Iterable[int],
    resource_ids: Iterable[int] = (),
    detected_by: str,
    started_at: datetime | None = None,
    commander_id: int | None = None,
    comms_channel: str = "",
    public: bool = False,
    by: Actor,
    at: datetime,
) -> Incident:
    """Open an incident, and with it the clock on the next word to its clients (P0 and P1).

    The communicator is the first tenant's PO, else its CS Lead. Raises Invalid for an empty title, an unknown
    severity or a start in the future; Absent for a tenant or resource the caller cannot see.
    """
    title = _checked(title=title, severity=severity, detected_by=detected_by, started_at=started_at, at=at)
    wanted, touched = sorted(set(tenant_ids)), set(resource_ids)
    with unit_of_work(by.label):
        _require_declare(by=by, tenant_ids=wanted)
        tenants = _all_visible(Tenant.objects.visible_to(by), wanted, missing=_("One of these tenants does not exist."))
        resources = _all_visible(
            Resource.objects.visible_to(by), touched, missing=_("One of these resources does not exist.")
        )
        incident = Incident.objects.create(
            title=title,
            severity=severity,
            priority=PRIORITY_OF_SEVERITY[severity],
            commander_id=commander_id,
            communicator_id=_communicator(wanted),
            comms_channel=comms_channel,
            detected_by=detected_by,
            started_at=started_at or at,
            detected_at=at,
            declared_at=at,
            public=public,
        )
        _attach(incident, tenants=tenants, resources=resources, at=at)
        next_word.start(incident=incident, by=by, at=at)
        _tell(incident, tenant_ids=wanted, by=by, at=at)
    return incident


def _checked(*, title: str, severity: str, detected_by: str, started_at: datetime | None, at: datetime) -> str:
    """The title as it is kept."""
    title = title.strip()
    if not title or len(title) > 200:
        raise Invalid(_("Say in 1 to 200 characters what is broken."), field="title")
    if severity not in Severity.values:
        raise Invalid(_("Severity is one of %(choices)s.") % {"choices": ", ".join(Severity.values)}, field="severity")
    if detected_by not in DetectedBy.values:
        raise Invalid(
            _("Detected by is one of %(choices)s.") % {"choices": ", ".join(DetectedBy.values)}, field="detected_by"
        )
    if started_at is not None and started_at > at:
        raise Invalid(_("It cannot have started in the future."), field="started_at")
    return title


def _require_declare(*, by: Actor, tenant_ids: list[int]) -> None:
    for tenant_id in tenant_ids:
        by.require(Right.DECLARE_INCIDENT, tenant_id=tenant_id)
    if not tenant_ids and by.kind != "system" and by.access.tenant_ids(Right.DECLARE_INCIDENT) is not None:
        raise Forbidden(_("Name the tenants it hurts: your role covers only some."))


def _all_visible(rows: QuerySet[Row], ids: Collection[int], *, missing: str) -> list[Row]:
    found = list(rows.filter(pk__in=ids).order_by("pk"))
    if len(found) != len(ids):
        raise Absent(missing)
    return found


def _communicator(tenant_ids: list[int]) -> int | None:
    people = dict(
        TenantPerson.objects.filter(tenant_id__in=tenant_ids[:1], role__in=["po", "cs_lead"]).values_list(
            "role", "user_id"
        )
    )
    return people.get("po") or people.get("cs_lead")


def _attach(incident: Incident, *, tenants: list[Tenant], resources: list[Resource], at: datetime) -> None:
    IncidentTenant.objects.bulk_create(
        [IncidentTenant(incident=incident, tenant=tenant, since=at) for tenant in tenants]
    )
    IncidentResource.objects.bulk_create(
        [IncidentResource(incident=incident, resource=resource) for resource in resources]
    )


def _tell(incident: Incident, *, tenant_ids: list[int], by: Actor, at: datetime) -> None:
    with translation.override(settings.LANGUAGE_CODE):  # it is kept, whoever declares
        body = f"Declared as {incident.get_severity_display()}"
    timeline.write(
        incident_id=incident.pk,
        kind=EntryKind.MOVE,
        body=body,
        by=by,
        at=at,
        to=incident.status,
    )
    publish(
        name="incidents.incident-declared",
        tenant_id=tenant_ids[0] if len(tenant_ids) == 1 else None,
        payload={
            "incident_id": incident.pk,
            "severity": incident.severity,
            "tenant_ids": tenant_ids,
            "by": by.label,
        },
        at=at,
        key=f"incident:{incident.pk}",
    )
