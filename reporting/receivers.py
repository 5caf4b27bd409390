"""What this room does when a case closes: its lesson goes to a backlog."""

from datetime import datetime

from outbox.domain.consuming import EventValue, consumes
from reporting.domain.feedback import emit_for


@consumes("cases.case-closed")
def emit_feedback(*, event: EventValue, at: datetime) -> None:
    emit_for(case_id=event.payload["case_id"], at=event.at)
