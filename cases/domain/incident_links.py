"""Incidents behind a case."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cases.domain.changing import Change, changing
from cases.enums import InteractionKind
from cases.models import Case, CaseIncident
from config.errors import Absent, Refused, Unknown
from incidents.domain import declare as declaring
from incidents.domain import touching
from incidents.enums import SEVERITY_OF_PRIORITY, DetectedBy
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.enums import Right


def link_incident(
    *, case_id: int, incident_id: int, by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """The case's tenant counts as hurt by the incident from now on. Linking twice changes nothing."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        incident = _known(incident_id, by=by)
        if incident is None:
            raise Unknown(_("incident"), field="incident")
        _link(change, incident)
    return change.case


def unlink_incident(
    *, case_id: int, incident_id: int, by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """Also takes off what was linked by itself, for good. One that is not linked is refused."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        incident = _known(incident_id, by=by)
        if incident is None:
            raise Absent(_("There is no such incident here, or not for you."))
        removed = CaseIncident.objects.filter(case_id=case_id, incident=incident, removed_at=None).update(
            removed_at=at, removed_by=by.label
        )
        if not removed:
            raise Refused(
                _("%(incident)s is not linked to %(case)s.")
                % {"incident": incident.reference, "case": change.case.reference},
                code="not-linked",
            )
        change.touch()
        change.say(InteractionKind.SYSTEM, f"{incident.reference} unlinked", data={"incident_id": incident.pk})
    return change.case


def declare_incident_for(
    *,
    case_id: int,
    title: str = "",
    severity: str = "",
    public: bool = False,
    by: Actor,
    at: datetime,
) -> Incident:
    """An incident from a case in one step: title, extent, tenant and resources come from it unless given."""
    with changing(case_id=case_id, by=by, at=at) as change:
        change.require(Right.DECLARE_INCIDENT)
        return declare_from(change, title=title, severity=severity, public=public)


def declare_from(change: Change, *, title: str = "", severity: str = "", public: bool = False) -> Incident:
    case = change.case
    incident = declaring.declare(
        title=(title.strip() or case.subject)[:200],
        severity=severity or case.severity or SEVERITY_OF_PRIORITY[case.priority],
        tenant_ids=[case.tenant_id],
        resource_ids=list(case.case_resources.values_list("resource_id", flat=True)),
        detected_by=DetectedBy.CLIENT,
        started_at=case.opened_at,
        public=public,
        by=change.by,
        at=change.at,
    )
    _link(change, incident)
    return incident


def open_incidents(case: Case) -> list[Incident]:
    return list(
        Incident.objects.open().filter(case_incidents__case_id=case.pk, case_incidents__removed_at=None).order_by("pk")
    )


def _known(incident_id: int, *, by: Actor) -> Incident | None:
    return Incident.objects.visible_to(by).filter(pk=incident_id).first()


def _link(change: Change, incident: Incident) -> None:
    case = change.case
    link, made = CaseIncident.objects.get_or_create(
        case=case,
        incident=incident,
        defaults={"tenant_id": case.tenant_id, "linked_by": change.by.label, "linked_at": change.at},
    )
    if not made and link.removed_at is None:
        return
    if not made:
        link.removed_at, link.removed_by = None, ""
        link.linked_by, link.linked_at, link.automatic = change.by.label, change.at, False
        link.save(update_fields=["removed_at", "removed_by", "linked_by", "linked_at", "automatic"])
    touching.attach_tenant(incident_id=incident.pk, tenant_id=case.tenant_id, by=change.by, at=change.at)
    change.touch()
    change.say(
        InteractionKind.SYSTEM,
        f"{incident.reference} {incident.title} linked",
        data={"incident_id": incident.pk},
    )
