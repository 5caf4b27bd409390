"""What this room does when a lower room tells it something, and what must follow a new case."""

from datetime import datetime

from cases.domain import consequences
from outbox.domain.consuming import EventValue, consumes


@consumes("sla.clock-breached", key=lambda event: f"clock:{event.payload['clock_id']}")
def answer_a_breach(*, event: EventValue, at: datetime) -> None:
    consequences.on_breach(clock_id=event.payload["clock_id"], due_at=event.payload["due_at"], at=at)


@consumes("sla.clock-warned", key=lambda event: f"clock:{event.payload['clock_id']}")
def note_a_warning(*, event: EventValue, at: datetime) -> None:
    consequences.on_warning(clock_id=event.payload["clock_id"], due_at=event.payload["due_at"], at=at)


@consumes("cases.case-opened")
def page_for_a_p0(*, event: EventValue, at: datetime) -> None:
    consequences.on_opened(case_id=event.payload["case_id"], at=at)
