"""What a person may do about a row that died: try it again, or let it go. Kept with who and why."""

from datetime import datetime

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused
from outbox.domain.nudging import nudge_on_commit
from outbox.domain.relaying import wake_followers
from outbox.enums import ConsumptionStatus, DeliveryStatus, InterventionKind
from outbox.models import Consumption, Delivery, Intervention


def retry_consumption(*, consumption_id: int, by: str, at: datetime) -> Consumption:
    """`by` is the actor's label. Refused unless the row is dead; it starts over with all its attempts."""
    with unit_of_work(by):
        row = _dead_consumption(consumption_id)
        row.status = ConsumptionStatus.PENDING
        row.settled_at = None
        row.forgiven = row.attempts
        row.error = ""
        row.next_attempt_at = at
        row.save(update_fields=["status", "settled_at", "forgiven", "error", "next_attempt_at"])
        wake_followers(consumer=row.consumer, key=row.key, at=at)
        Intervention.objects.create(consumption=row, kind=InterventionKind.RETRY, by=by, at=at)
        nudge_on_commit("outbox.relay")
    return row


def skip_consumption(*, consumption_id: int, reason: str, by: str, at: datetime) -> Consumption:
    """The consumer will never hear this event, and what waited behind it goes on. Invalid without a reason."""
    reason = _reason(reason)
    with unit_of_work(by):
        row = _dead_consumption(consumption_id)
        row.status = ConsumptionStatus.SKIPPED
        row.settled_at = at
        row.save(update_fields=["status", "settled_at"])
        wake_followers(consumer=row.consumer, key=row.key, at=at)
        Intervention.objects.create(consumption=row, kind=InterventionKind.SKIP, by=by, at=at, reason=reason)
        nudge_on_commit("outbox.relay")
    return row


def retry_delivery(*, delivery_id: int, by: str, at: datetime) -> Delivery:
    """Goes again under its first Message-ID. Refused unless it is dead or was skipped by a limit."""
    with unit_of_work(by):
        row = _stopped_delivery(delivery_id, DeliveryStatus.DEAD, DeliveryStatus.SKIPPED)
        row.status = DeliveryStatus.QUEUED
        row.settled_at = None
        row.forgiven = row.attempts
        row.error = ""
        row.next_attempt_at = at
        row.save(update_fields=["status", "settled_at", "forgiven", "error", "next_attempt_at"])
        Intervention.objects.create(delivery=row, kind=InterventionKind.RETRY, by=by, at=at)
        nudge_on_commit("outbox.deliver")
    return row


def skip_delivery(*, delivery_id: int, reason: str, by: str, at: datetime) -> Delivery:
    """It will never be sent. Invalid without a reason."""
    reason = _reason(reason)
    with unit_of_work(by):
        row = _stopped_delivery(delivery_id, DeliveryStatus.DEAD)
        row.status = DeliveryStatus.SKIPPED
        row.settled_at = at
        row.save(update_fields=["status", "settled_at"])
        Intervention.objects.create(delivery=row, kind=InterventionKind.SKIP, by=by, at=at, reason=reason)
    return row


def _dead_consumption(consumption_id: int) -> Consumption:
    row = Consumption.objects.select_for_update(no_key=True).filter(pk=consumption_id).first()
    if row is None:
        raise Absent(_("There is no such consumption"))
    if row.status != ConsumptionStatus.DEAD:
        raise Refused(
            _("Only a dead row can be retried or skipped; this one is %(status)s")
            % {"status": row.get_status_display().lower()}
        )
    return row


def _stopped_delivery(delivery_id: int, *statuses: DeliveryStatus) -> Delivery:
    row = Delivery.objects.select_for_update(no_key=True).filter(pk=delivery_id).first()
    if row is None:
        raise Absent(_("There is no such delivery"))
    if row.status not in statuses:
        raise Refused(
            _("This delivery is %(status)s; nothing is left to do about it")
            % {"status": row.get_status_display().lower()}
        )
    return row


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("Say why it is let go"), field="reason")
    return reason.strip()
