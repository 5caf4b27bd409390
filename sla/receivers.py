"""What this room does about its own alerts: people are found and told, apart from the tick that raised them."""

from datetime import datetime

from outbox.domain.consuming import EventValue, consumes_batch
from outbox.domain.nudging import nudge_on_commit
from sla.domain import recipients


@consumes_batch("sla.clock-warned", size=500)
def address_warnings(*, events: list[EventValue], at: datetime) -> None:
    _address(events, at=at)


@consumes_batch("sla.clock-breached", size=500)
def address_breaches(*, events: list[EventValue], at: datetime) -> None:
    _address(events, at=at)


def _address(events: list[EventValue], *, at: datetime) -> None:
    recipients.address(alert_ids=[event.payload["alert_id"] for event in events], at=at)
    nudge_on_commit("sla.tell")
