"""The round that sends due deliveries: lease one, send it outside any transaction, say what came of it.

A worker killed in between leaves a lease that runs out; the message then goes again, under the same Message-ID.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from config.db import unit_of_work
from config.inserting import insert
from config.request_ids import on_behalf_of
from outbox.domain.channels import Message, NotSent, RefusedForGood, Send, channel_named
from outbox.domain.retrying import DELIVERING, error_text
from outbox.enums import AttemptOutcome, DeliveryStatus
from outbox.models import Delivery, DeliveryAttempt
from outbox.models.delivery import DeliveryQuerySet

logger = logging.getLogger(__name__)

BUDGET = 5.0  # seconds of one round; with one slow server's time-out on top well within a lease
SLOTS = 2  # rounds at once in the whole installation: mail servers that hang must not take every worker
SLOT_LOCK = 0x64656C69  # 'deli'
HOUR = timedelta(hours=1)


@dataclass(kw_only=True)
class DeliveryRound:
    sent: int = 0
    failed: int = 0
    died: int = 0
    skipped: int = 0


def deliver(*, at: datetime, budget: float = BUDGET) -> DeliveryRound:
    """Send what is due, for about `budget` seconds. Does nothing while enough other rounds are at it."""
    done = DeliveryRound()
    if not Delivery.objects.due(at=at).exists():
        return done
    ends = time.monotonic() + budget
    with _slot() as free, ExitStack() as opened:
        channels: dict[str, Send] = {}
        while free and time.monotonic() < ends and (delivery := _lease(at=at, done=done)):
            if delivery.status != DeliveryStatus.SENDING:
                continue
            opens = channel_named(delivery.channel)
            if opens is None:
                _settle(delivery, RefusedForGood(f"There is no channel {delivery.channel}"), at=at, done=done)
                continue
            if delivery.channel not in channels:
                channels[delivery.channel] = opened.enter_context(opens())
            with on_behalf_of(delivery.request_id):
                _send(delivery, channels[delivery.channel], at=at, done=done)
    return done


def _lease(*, at: datetime, done: DeliveryRound) -> Delivery | None:
    """The next due delivery, leased; one that may not go (any more) is settled instead and says so in its status."""
    with unit_of_work("system"):
        delivery = Delivery.objects.due(at=at).select_for_update(skip_locked=True).first()
        if delivery is None:
            return None
        if DELIVERING.exhausted(attempts=_counted(delivery)):  # after crashes only: failures settle it themselves
            _finish(delivery, DeliveryStatus.DEAD, at=at, error=f"Given up after {delivery.attempts} attempts")
            done.died += 1
        elif delivery.automated and _had_enough(delivery, at=at):
            limit = settings.AUTOMATIC_MAILS_PER_HOUR
            _finish(
                delivery,
                DeliveryStatus.SKIPPED,
                at=at,
                error=f"More than {limit} automatic messages to this address within an hour",
            )
            done.skipped += 1
        else:
            delivery.status = DeliveryStatus.SENDING
            delivery.attempts += 1
            delivery.claimed_at = at
            delivery.next_attempt_at = at + settings.OUTBOX_LEASE
            delivery.save(update_fields=["status", "attempts", "claimed_at", "next_attempt_at"])
            insert([DeliveryAttempt(delivery=delivery, number=delivery.attempts, started_at=at)])
        return delivery


def _had_enough(delivery: Delivery, *, at: datetime) -> bool:
    """One worker at a time counts for an address, so that two cannot both send the last that is allowed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(lower(%s), 0))", [delivery.to])
    recent = Delivery.objects.automatic_to(delivery.to, since=at - HOUR).exclude(pk=delivery.pk)
    limit = settings.AUTOMATIC_MAILS_PER_HOUR
    return recent[:limit].count() == limit


def _send(delivery: Delivery, send: Send, *, at: datetime, done: DeliveryRound) -> None:
    try:
        via = send(message_of(delivery))
    except (NotSent, RefusedForGood) as failure:
        _settle(delivery, failure, at=at, done=done)
    except Exception as error:
        logger.exception("A channel failed in a way of its own", extra={"delivery": delivery.pk})
        _settle(delivery, NotSent(error_text(error)), at=at, done=done)
    else:
        with unit_of_work("system"):
            _note(delivery, AttemptOutcome.SENT)
            _finish(delivery, DeliveryStatus.SENT, at=at, via=via)
        logger.info("Sent", extra={"delivery": delivery.pk, "attempt": delivery.attempts, "channel": delivery.channel})
        done.sent += 1


def message_of(delivery: Delivery) -> Message:
    return Message(
        key=delivery.key,
        message_id=delivery.message_id,
        to=delivery.to,
        reply_to=delivery.reply_to,
        subject=delivery.subject,
        text=delivery.text,
        html=delivery.html,
        headers=delivery.headers,
        automated=delivery.automated,
    )


def _settle(delivery: Delivery, failure: NotSent | RefusedForGood, *, at: datetime, done: DeliveryRound) -> None:
    final = isinstance(failure, RefusedForGood)
    error = str(failure)[:2000]
    logger.warning("Not sent", extra={"delivery": delivery.pk, "attempt": delivery.attempts, "error": error})
    done.failed += 1
    with unit_of_work("system"):
        _note(delivery, AttemptOutcome.PERMANENT if final else AttemptOutcome.TEMPORARY, error=error)
        if final or DELIVERING.exhausted(attempts=_counted(delivery)):
            _finish(delivery, DeliveryStatus.DEAD, at=at, error=error)
            done.died += 1
        else:
            _ours(delivery).update(
                status=DeliveryStatus.FAILED,
                error=error,
                next_attempt_at=at + DELIVERING.drawn_delay(attempts=_counted(delivery)),
            )


def _note(delivery: Delivery, outcome: AttemptOutcome, *, error: str = "") -> None:
    DeliveryAttempt.objects.filter(delivery=delivery, number=delivery.attempts).update(outcome=outcome, error=error)


def _finish(delivery: Delivery, status: DeliveryStatus, *, at: datetime, error: str = "", via: str = "") -> None:
    _ours(delivery).update(status=status, settled_at=at, error=error, sent_via=via)
    delivery.status = status


def _counted(delivery: Delivery) -> int:
    return delivery.attempts - delivery.forgiven


def _ours(delivery: Delivery) -> DeliveryQuerySet:
    """The row as long as nobody leased it after us, and no person settled it meanwhile."""
    return Delivery.objects.open().filter(pk=delivery.pk, attempts=delivery.attempts)


@contextmanager
def _slot() -> Iterator[bool]:
    """True inside for as many rounds at once as there are slots. The database frees those of a worker that died."""
    with connection.cursor() as cursor:
        for slot in range(SLOTS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SLOT_LOCK, slot])
            if cursor.fetchone()[0]:
                break
        else:
            yield False
            return
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SLOT_LOCK, slot])
