"""Each closed case feeds a backlog: what would have spared the client this case?"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import connection, transaction

from cases.enums import NEVER_WORKED, Priority, Status
from cases.models import Case
from outbox.domain.publish import publish
from reporting.enums import Backlog
from reporting.models import CategoryBacklog, FeedbackEvent

NAMESPACE = uuid.UUID("6f2f3d0e-5f5c-4f0e-9a43-3f6c0f6c2f11")
_EMITTING = 0x52_38  # advisory lock: emissions commit in the order of their keys, so that a cursor skips none


@transaction.atomic
def emit_for(*, case_id: int, at: datetime) -> list[FeedbackEvent]:
    """One event a preventive action, or one for the case where none was needed. Repeating it adds nothing.

    Spam, duplicates, merged and withdrawn cases teach nothing and emit nothing; nor does a case that was reopened
    meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_EMITTING])
    case = Case.objects.select_related("tenant", "category").get(pk=case_id)
    if case.status != Status.CLOSED or case.closed_as in NEVER_WORKED or case.imported:
        return []
    backlog = backlog_of(case)
    events = [
        FeedbackEvent(
            event_id=uuid.uuid5(NAMESPACE, f"case:{case.pk}:{case.window}:{place}"),
            case=case,
            tenant_id=case.tenant_id,
            segment=case.tenant.segment,
            backlog=backlog,
            proposal=proposal,
            data=_data(case),
            emitted_at=at,
        )
        for place, proposal in enumerate(proposals(case))
    ]
    known = set(
        FeedbackEvent.objects.filter(event_id__in=[event.event_id for event in events]).values_list(
            "event_id", flat=True
        )
    )
    new = FeedbackEvent.objects.bulk_create([event for event in events if event.event_id not in known])
    for event in new:
        publish(
            name="reporting.feedback-emitted",
            tenant_id=event.tenant_id,
            payload={"feedback_id": event.pk, "event_id": str(event.event_id), "backlog": event.backlog},
            at=at,
        )
    return new


def backlog_of(case: Case) -> Backlog:
    """The category's backlog; else how-to cases ask for a guide, everything else is a defect until shown otherwise."""
    if case.category is not None:
        ruled = CategoryBacklog.objects.filter(category=case.category).first()
        if ruled is not None:
            return Backlog(ruled.backlog)
        if case.category.how_to:
            return Backlog.DOCS
    if case.priority == Priority.P3 and not case.error_ids:
        return Backlog.DOCS
    return Backlog.RELIABILITY


def proposals(case: Case) -> list[str]:
    """What was said to prevent it, else the summary itself as evidence."""
    said = case.resolution_preventive_actions
    actions = [str(action).strip() for action in said if str(action).strip()] if isinstance(said, list) else []
    return actions or [f"No prevention was named. Evidence: {case.resolution_summary or case.subject}"]


def _data(case: Case) -> dict[str, object]:
    return {
        "case": case.reference,
        "tenant": case.tenant.slug,
        "priority": case.priority,
        "category": case.category.slug if case.category else None,
        "tags": case.tags,
        "error_ids": case.error_ids,
        "arr": str(case.tenant.arr) if case.tenant.arr is not None else None,
        "reopened": case.reopen_count,
    }
