"""Alerts reach people by mail: at once, and from then on at most one mail a person and minute, with all that is new."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from config.db import unit_of_work
from outbox.domain.delivering import Outgoing, send
from sla.enums import AlertKind, AlertStatus
from sla.models import Alert, AlertRecipient
from tenants.domain.actors import SYSTEM

APART = timedelta(minutes=1)
LISTED = 50  # alerts named in a digest; it says how many more there are
ONE_TELLER = 0x51A7E11  # the advisory lock: two tellers at once would each send a person a digest

# All that waits for a person goes into one digest, however much it is: what were left over would wait a minute more.
CLAIM = """
    UPDATE sla_alertrecipient AS waiting SET told_at = %(at)s
    FROM sla_alert AS alert
    WHERE alert.id = waiting.alert_id AND waiting.told_at IS NULL AND waiting.tell_at <= %(at)s
      AND NOT EXISTS (
          SELECT FROM sla_alertrecipient AS lately
          WHERE lately.email = waiting.email AND lately.told_at > %(since)s)
    RETURNING waiting.tell_at, waiting.id, waiting.email, alert.id, alert.kind, alert.tenant_id
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that a person is to hear of now."""

    alert_id: int
    kind: str
    tenant_id: int


def tell(*, at: datetime) -> int:
    """Mails to everybody whose time has come; how many mails."""
    if _waiting(at=at).order_by("tell_at").values_list("pk").first() is None:  # in its index's order, see the sweep
        return 0
    with unit_of_work(SYSTEM.label):
        if not _only_teller():
            return 0
        _drop_resolved(at=at)
        by_person = _claimed(at=at)
        named = Alert.objects.select_related("clock", "tenant").in_bulk(
            {one.alert_id for waiting in by_person.values() for one in waiting[:LISTED]}
        )
        send(messages=[_mail(email, waiting, named, at=at) for email, waiting in by_person.items()])
    return len(by_person)


def _waiting(*, at: datetime) -> "QuerySet[AlertRecipient]":
    return AlertRecipient.objects.filter(told_at=None, tell_at__lte=at)


def _claimed(*, at: datetime) -> dict[str, list[Waiting]]:
    """By address, whoever was told nothing for a minute; an alert that concerns them in two roles once."""
    by_person: dict[str, dict[int, Waiting]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"at": at, "since": at - APART})
        for _tell_at, _row, email, *alert in sorted(cursor.fetchall()):
            one = Waiting(*alert)
            by_person[email].setdefault(one.alert_id, one)
    return {email: list(alerts.values()) for email, alerts in by_person.items()}


def _only_teller() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_TELLER])
        return bool(cursor.fetchone()[0])


def _drop_resolved(*, at: datetime) -> None:
    """What was resolved while the desk was closed need not be told any more."""
    _waiting(at=at).filter(alert__status=AlertStatus.RESOLVED).update(tell_at=None)


def _mail(email: str, waiting: Sequence[Waiting], named: Mapping[int, Alert], *, at: datetime) -> Outgoing:
    alerts = [named[one.alert_id] for one in waiting[:LISTED]]
    subject = str(alerts[0]) if len(waiting) == 1 else _subject(waiting)
    paragraphs = [_paragraph(alert) for alert in alerts]
    if more := len(waiting) - len(alerts):
        paragraphs.append(f"… and {more} more: {settings.DESK_URL}{reverse('admin:sla_alert_changelist')}")
    tenants = {one.tenant_id for one in waiting}
    return Outgoing(
        to=email,
        subject=subject,
        text="\n\n".join(paragraphs),
        tenant_id=tenants.pop() if len(tenants) == 1 else None,
        about_kind="alert",
        about_id=alerts[0].pk if len(waiting) == 1 else None,
        message_id_hint="alert",
        # Not marked automatic: such mail is limited by the hour, and a breach must not fall to a loop guard. The
        # addresses are our own people's, and this module sends each one mail a minute at most.
        automated=False,
        at=at,
    )


def _subject(waiting: Sequence[Waiting]) -> str:
    breaches = sum(one.kind == AlertKind.BREACH for one in waiting)
    warnings = len(waiting) - breaches
    parts = [f"{count} {name}" for count, name in ((breaches, "broken"), (warnings, "in danger")) if count]
    return f"{len(waiting)} promises: {', '.join(parts)}"


def _paragraph(alert: Alert) -> str:
    link = f"{settings.DESK_URL}{reverse('admin:sla_alert_change', args=[alert.pk])}"
    if alert.kind == AlertKind.BREACH:
        said = f"The promise was broken at {alert.raised_at:%Y-%m-%d %H:%M:%S} UTC."
        ask = "Acknowledge it, tell the client, and name the cause"
    else:
        due_at = alert.clock.due_at if alert.clock else None
        said = f"Due at {due_at:%Y-%m-%d %H:%M:%S} UTC." if due_at else "It is not running at the moment."
        ask = "Is the risk real? Answer"
    return f"{alert} ({alert.tenant.name})\n{said}\n{ask}: {link}"
