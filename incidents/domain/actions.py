"""Corrective actions of an incident: what changes so that it does not come back, ticked off when it has."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid
from incidents.domain import locking, timeline
from incidents.enums import ChainLevel, EntryKind
from incidents.models import Action, Incident
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import User


def add(
    *, incident_id: int, what: str, owner_id: int, due_on: date, chain_level: str = "", by: Actor, at: datetime
) -> Action:
    """A corrective action with an owner and a date."""
    what = what.strip()
    if not what or len(what) > 300:
        raise Invalid(_("Say in 1 to 300 characters what changes."), field="what")
    if chain_level and chain_level not in ChainLevel.values:
        raise Invalid(
            _("A level of the chain is one of %(choices)s.") % {"choices": ", ".join(ChainLevel.values)},
            field="chain_level",
        )
    with unit_of_work(by.label):
        incident = locking.locked_incident(incident_id=incident_id, right=Right.RUN_INCIDENTS, by=by)
        owner = User.objects.filter(pk=owner_id, is_active=True, is_staff=True).first()
        if owner is None:
            raise Absent(_("There is no such person."))
        action = Action.objects.create(
            incident=incident, what=what, owner=owner, due_on=due_on, chain_level=chain_level
        )
        _tell(incident, f"Corrective action: {what}", action=action, by=by, at=at)
    return action


def finish(*, incident_id: int, action_id: int, by: Actor, at: datetime) -> Action:
    """Tick it off. One that is done keeps who did it and when."""
    with unit_of_work(by.label):
        incident, action = _locked(incident_id=incident_id, action_id=action_id, by=by)
        if action.done_at is None:
            action.done_at, action.done_by_label, action.done_by_name = at, by.label, by.name
            action.save(update_fields=["done_at", "done_by_label", "done_by_name"])
            _tell(incident, f"Corrective action done: {action.what}", action=action, by=by, at=at)
    return action


def reopen(*, incident_id: int, action_id: int, by: Actor, at: datetime) -> Action:
    """It was not done after all. One that is open stays as it is."""
    with unit_of_work(by.label):
        incident, action = _locked(incident_id=incident_id, action_id=action_id, by=by)
        if action.done_at is not None:
            action.done_at, action.done_by_label, action.done_by_name = None, "", ""
            action.save(update_fields=["done_at", "done_by_label", "done_by_name"])
            _tell(incident, f"Corrective action reopened: {action.what}", action=action, by=by, at=at)
    return action


def _locked(*, incident_id: int, action_id: int, by: Actor) -> tuple[Incident, Action]:
    """Whoever changes an action holds its incident, so that the action needs no lock of its own."""
    incident = locking.locked_incident(incident_id=incident_id, right=Right.RUN_INCIDENTS, by=by)
    action = incident.actions.select_related("owner").filter(pk=action_id).first()
    if action is None:
        raise Absent(_("%(incident)s has no such corrective action.") % {"incident": incident.reference})
    return incident, action


def _tell(incident: Incident, body: str, *, action: Action, by: Actor, at: datetime) -> None:
    locking.save(incident)
    timeline.write(incident_id=incident.pk, kind=EntryKind.NOTE, body=body, by=by, at=at, action_id=action.pk)
