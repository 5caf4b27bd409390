"""Running a runbook: a frozen copy of its steps, each done, skipped with a reason, or failed."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused, Unknown
from incidents.domain import timeline
from incidents.enums import EntryKind
from incidents.models import Incident, Runbook, RunbookRun
from outbox.domain.publish import publish
from tenants.domain.actors import Actor
from tenants.enums import Right

OUTCOMES = ("done", "skipped", "failed")


def start_run(
    *, runbook_id: int, tenant_id: int, incident_id: int | None = None, by: Actor, at: datetime
) -> RunbookRun:
    """Begin a run for a tenant, on an incident if one is named."""
    with unit_of_work(by.label):
        by.require(Right.WORK_CASES, tenant_id=tenant_id)
        runbook = Runbook.objects.visible_to(by).filter(pk=runbook_id).first()
        if runbook is None or runbook.tenant_id not in (None, tenant_id):
            raise Absent(_("There is no such runbook for this tenant."))
        if incident_id is not None and not Incident.objects.visible_to(by).filter(pk=incident_id).exists():
            raise Unknown(_("incident"), field="incident")
        run = RunbookRun.objects.create(
            runbook=runbook,
            runbook_version=runbook.version,
            tenant_id=tenant_id,
            incident_id=incident_id,
            steps=[{"text": step, "outcome": None, "note": "", "by": None, "at": None} for step in runbook.steps],
            started_at=at,
            started_by_id=by.user_id,
        )
        if incident_id is not None:
            timeline.write(
                incident_id=incident_id,
                kind=EntryKind.RUNBOOK,
                body=f"Started runbook “{runbook.title}”",
                by=by,
                at=at,
                run_id=run.pk,
            )
        publish(
            name="incidents.runbook-started",
            tenant_id=tenant_id,
            payload={"run_id": run.pk, "runbook_id": runbook.pk, "incident_id": incident_id},
            at=at,
        )
    return run


def record_step(*, run_id: int, step: int, outcome: str, note: str = "", by: Actor, at: datetime) -> RunbookRun:
    """Record what came of step number `step` (from 0). A skipped or failed step needs a note; a recorded one stands."""
    if outcome not in OUTCOMES:
        raise Invalid(_("A step is %(choices)s.") % {"choices": ", ".join(OUTCOMES)}, field="outcome")
    if outcome != "done" and not note.strip():
        raise Invalid(_("Say why."), field="note")
    with unit_of_work(by.label):
        run = RunbookRun.objects.visible_to(by).locked().filter(pk=run_id).first()
        if run is None:
            raise Absent(_("There is no such runbook run."))
        by.require(Right.WORK_CASES, tenant_id=run.tenant_id)
        if not 0 <= step < len(run.steps):
            raise Invalid(_("There is no such step."), field="step")
        if run.steps[step]["outcome"] is not None:
            raise Refused(_("This step is recorded already."))
        run.steps[step] |= {"outcome": outcome, "note": note.strip(), "by": by.name, "at": at.isoformat()}
        run.save(update_fields=["steps"])
        if run.incident_id is not None:
            timeline.write(
                incident_id=run.incident_id,
                kind=EntryKind.RUNBOOK,
                body=f"{run.steps[step]['text']}: {outcome}" + (f" ({note.strip()})" if note.strip() else ""),
                by=by,
                at=at,
                run_id=run.pk,
                step=step,
            )
    return run
