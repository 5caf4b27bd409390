"""The moves of an incident, one function each. Nothing else changes its status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import django_fsm as fsm
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Invalid, Refused, TransitionRefused
from incidents.domain import communicate, locking, next_word, timeline
from incidents.enums import PRIORITY_OF_SEVERITY, EntryKind, IncidentStatus, Severity
from incidents.models import Incident
from outbox.domain.publish import publish
from sla.enums import EndedAs
from tenants.domain.actors import Actor
from tenants.enums import Right

MOVES: dict[str, tuple[IncidentStatus, ...]] = {
    "identify": (IncidentStatus.INVESTIGATING,),
    "monitor": (IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED),
    "investigate": (IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING),
    "resolve": (IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING),
    "reopen": (IncidentStatus.RESOLVED,),
}


def allowed_moves(status: str) -> list[str]:
    return [name for name, sources in MOVES.items() if status in sources]


def identify(
    *, incident_id: int, cause: str, by: Actor, at: datetime, reason: str = "", expected_version: int | None = None
) -> Incident:
    """The cause is known, or well suspected: say it."""
    if not cause.strip():
        raise Invalid(_("Say what the cause is, as far as known."), field="cause")
    return _move(
        "identify",
        lambda incident: incident._to_identified(),
        incident_id=incident_id,
        by=by,
        at=at,
        reason=reason,
        expected_version=expected_version,
        changes={"root_cause": cause.strip()},
    )


def monitor(
    *, incident_id: int, by: Actor, at: datetime, reason: str = "", expected_version: int | None = None
) -> Incident:
    """A fix is in place and we watch whether it holds."""
    return _move(
        "monitor",
        lambda incident: incident._to_monitoring(),
        incident_id=incident_id,
        by=by,
        at=at,
        reason=reason,
        expected_version=expected_version,
    )


def investigate(
    *, incident_id: int, reason: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Incident:
    """Back to looking: what we believed did not hold."""
    if not reason.strip():
        raise Invalid(_("Say why we are looking again."), field="reason")
    return _move(
        "investigate",
        lambda incident: incident._to_investigating(),
        incident_id=incident_id,
        by=by,
        at=at,
        reason=reason,
        expected_version=expected_version,
    )


def resolve(
    *,
    incident_id: int,
    root_cause: str,
    closing_word: str,
    chain_level: str = "",
    by: Actor,
    at: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> Incident:
    """It is over: the root cause is written and `closing_word` tells the clients so, in the same stroke."""
    if not root_cause.strip():
        raise Invalid(_("Write the root cause first."), field="root_cause")
    if not closing_word.strip():
        raise Invalid(_("The clients must be told that it is over."), field="closing_word")
    with unit_of_work(by.label):
        incident = _move(
            "resolve",
            lambda incident: incident._to_resolved(at=at),
            incident_id=incident_id,
            by=by,
            at=at,
            reason=reason,
            expected_version=expected_version,
            changes={"root_cause": root_cause.strip(), "chain_level": chain_level},
            fields=("resolved_at",),
        )
        communicate.close_with_word(incident=incident, word=closing_word.strip(), by=by, at=at)
    return incident


def reopen(*, incident_id: int, reason: str, by: Actor, at: datetime, expected_version: int | None = None) -> Incident:
    """It came back. The clock on the next word starts anew."""
    if not reason.strip():
        raise Invalid(_("Say what came back."), field="reason")
    with unit_of_work(by.label):
        incident = _move(
            "reopen",
            lambda incident: incident._to_reopened(),
            incident_id=incident_id,
            by=by,
            at=at,
            reason=reason,
            expected_version=expected_version,
            fields=("resolved_at",),
        )
        next_word.start(incident=incident, by=by, at=at)
    return incident


def change_severity(*, incident_id: int, severity: str, reason: str, by: Actor, at: datetime) -> Incident:
    """Raise or lower it; the clock on the next word follows the new severity."""
    if severity not in Severity.values:
        raise Invalid(_("Severity is one of %(choices)s.") % {"choices": ", ".join(Severity.values)}, field="severity")
    with unit_of_work(by.label):
        incident = locking.locked_incident(incident_id=incident_id, right=Right.RUN_INCIDENTS, by=by)
        if incident.severity == severity:
            return incident
        if not incident.is_open:
            raise Refused(_("%(incident)s is resolved; its severity stands.") % {"incident": incident.reference})
        before = incident.severity
        incident.severity, incident.priority = severity, PRIORITY_OF_SEVERITY[severity]
        next_word.end(incident=incident, ended_as=EndedAs.STOPPED, by=by, at=at)
        locking.save(incident, "severity", "priority")
        next_word.start(incident=incident, by=by, at=at)
        _tell(incident, move="change_severity", before=before, after=severity, reason=reason, by=by, at=at)
    return incident


def _move(
    name: str,
    transition: Callable[[Incident], None],
    *,
    incident_id: int,
    by: Actor,
    at: datetime,
    reason: str,
    expected_version: int | None,
    changes: dict[str, str] | None = None,
    fields: tuple[str, ...] = (),
) -> Incident:
    with unit_of_work(by.label):
        incident = locking.locked_incident(
            incident_id=incident_id, right=Right.RUN_INCIDENTS, by=by, expected_version=expected_version
        )
        before = incident.status
        for field, value in (changes or {}).items():
            setattr(incident, field, value)
        try:
            transition(incident)
        except fsm.TransitionNotAllowed:
            raise TransitionRefused(
                _("%(incident)s is %(status)s; '%(move)s' does not follow.")
                % {"incident": incident.reference, "status": incident.get_status_display().lower(), "move": name},
                allowed=allowed_moves(before),
            ) from None
        locking.save(incident, "status", *fields, *(changes or {}))
        _tell(incident, move=name, before=before, after=incident.status, reason=reason, by=by, at=at)
    return incident


def _tell(incident: Incident, *, move: str, before: str, after: str, reason: str, by: Actor, at: datetime) -> None:
    timeline.write(
        incident_id=incident.pk,
        kind=EntryKind.MOVE,
        body=f"{before} → {after}" + (f": {reason.strip()}" if reason.strip() else ""),
        by=by,
        at=at,
        move=move,
    )
    tenant_ids = list(incident.tenant_links.order_by("tenant_id").values_list("tenant_id", flat=True))
    publish(
        name="incidents.incident-moved",
        tenant_id=tenant_ids[0] if len(tenant_ids) == 1 else None,
        payload={
            "incident_id": incident.pk,
            "move": move,
            "from": before,
            "to": after,
            "tenant_ids": tenant_ids,
            "by": by.label,
        },
        at=at,
        key=f"incident:{incident.pk}",
    )
