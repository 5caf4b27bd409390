"""Whom and what an incident touches, changed after it was declared."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from config.db import unit_of_work
from config.errors import Absent
from incidents.domain import locking, next_word, timeline
from incidents.enums import EntryKind
from incidents.models import Incident, IncidentTenant
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Tenant, User


def attach_tenant(*, incident_id: int, tenant_id: int, by: Actor, at: datetime) -> Incident:
    """One more tenant is hurt. A tenant that is there already stays as it is."""
    with unit_of_work(by.label):
        incident = locking.locked_incident(incident_id=incident_id, right=Right.DECLARE_INCIDENT, by=by)
        tenant = Tenant.objects.visible_to(by).filter(pk=tenant_id).first()
        if tenant is None:
            raise Absent(gettext("There is no such tenant."))
        _, added = IncidentTenant.objects.get_or_create(incident=incident, tenant=tenant, defaults={"since": at})
        if added:
            locking.save(incident)
            if incident.is_open:
                next_word.start(incident=incident, by=by, at=at)
            timeline.write(
                incident_id=incident.pk, kind=EntryKind.PEOPLE, body=f"{tenant.name} is affected, too", by=by, at=at
            )
    return incident


def hand_over(
    *, incident_id: int, commander_id: int | None = None, communicator_id: int | None = None, by: Actor, at: datetime
) -> Incident:
    """Give command or the communicator's hat to somebody else; both stand on the timeline."""
    with unit_of_work(by.label):
        incident = locking.locked_incident(incident_id=incident_id, right=Right.RUN_INCIDENTS, by=by, hat=True)
        changed = []
        for field, user_id in (("commander", commander_id), ("communicator", communicator_id)):
            if user_id is None or user_id == getattr(incident, f"{field}_id"):
                continue
            user = User.objects.filter(pk=user_id, is_active=True, is_staff=True).first()
            if user is None:
                raise Absent(gettext("There is no such person."))
            setattr(incident, field, user)
            changed.append(field)
            timeline.write(incident_id=incident.pk, kind=EntryKind.PEOPLE, body=f"{user} is {field} now", by=by, at=at)
        if changed:
            locking.save(incident, *changed)
    return incident


def note(*, incident_id: int, body: str, kind: EntryKind = EntryKind.NOTE, by: Actor, at: datetime) -> None:
    """Write a note or a mitigation on the timeline."""
    with unit_of_work(by.label):
        incident = locking.locked_incident(incident_id=incident_id, right=Right.DECLARE_INCIDENT, by=by)
        timeline.write(incident_id=incident.pk, kind=kind, body=body, by=by, at=at)
        locking.save(incident)
