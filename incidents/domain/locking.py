"""Locks, reads again, and checks the caller's right: the first lines of every door on an incident."""

from __future__ import annotations

from django.utils.translation import gettext as _

from config.errors import Absent, Forbidden, Stale
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.enums import Right


def locked_incident(
    *, incident_id: int, right: Right, by: Actor, expected_version: int | None = None, hat: bool = False
) -> Incident:
    """The incident, locked. Absent outside the caller's tenants, Forbidden without `right`.

    `hat`: the incident's communicator may, too, if the role lets one wear it.
    """
    incident = Incident.objects.visible_to(by).locked().filter(pk=incident_id).first()
    if incident is None:
        raise Absent(_("There is no incident INC-%(id)s.") % {"id": incident_id})
    require_on(incident=incident, right=right, by=by, hat=hat)
    if expected_version is not None and expected_version != incident.version:
        raise Stale(
            _("%(incident)s was changed meanwhile. Look again before you decide.") % {"incident": incident.reference}
        )
    return incident


def require_on(*, incident: Incident, right: Right, by: Actor, hat: bool = False) -> None:
    """Forbidden unless the caller holds `right` for a tenant of the incident (for all, where it names none)."""
    if by.kind == "system":
        return
    allowed = by.access.tenant_ids(right)
    touched = set(incident.tenant_links.values_list("tenant_id", flat=True))
    if allowed is None or touched & allowed:
        return
    if hat and incident.communicator_id == by.user_id and by.access.any(Right.CLIENT_WORDS_WITH_HAT):
        return
    raise Forbidden(_("Your role may not do this on %(incident)s.") % {"incident": incident.reference})


def save(incident: Incident, *fields: str) -> None:
    incident.version += 1
    incident.save(update_fields=[*fields, "version"])
