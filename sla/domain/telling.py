"""Alerts reach people by mail: at once, and from then on at most one mail a person and minute, with all that is new."""

from collections import defaultdict
from collections.abc import Sequence
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
ROUND = 5000  # rows told in one transaction
LISTED = 50  # alerts named in a digest; it says how many more there are
ONE_TELLER = 0x51A7E11  # the advisory lock: two tellers at once would each send a person a digest


def tell(*, at: datetime) -> int:
    """Mails to everybody whose time has come; how many mails."""
    if _waiting(at=at).order_by("tell_at").values_list("pk").first() is None:  # in its index's order, see the sweep
        return 0
    with unit_of_work(SYSTEM.label):
        if not _only_teller():
            return 0
        _drop_resolved(at=at)
        told_lately = AlertRecipient.objects.filter(told_at__gt=at - APART).values("email")
        waiting = list(
            _waiting(at=at)
            .exclude(email__in=told_lately)
            .select_related("alert__clock", "alert__tenant")
            .order_by("tell_at", "pk")[:ROUND]
        )
        by_person: dict[str, list[Alert]] = defaultdict(list)
        for row in waiting:
            if row.alert not in by_person[row.email]:
                by_person[row.email].append(row.alert)
        send(messages=[_mail(email, alerts, at=at) for email, alerts in by_person.items()])
        AlertRecipient.objects.filter(pk__in=[row.pk for row in waiting]).update(told_at=at)
    return len(by_person)


def _waiting(*, at: datetime) -> "QuerySet[AlertRecipient]":
    return AlertRecipient.objects.filter(told_at=None, tell_at__lte=at)


def _only_teller() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_TELLER])
        return bool(cursor.fetchone()[0])


def _drop_resolved(*, at: datetime) -> None:
    """What was resolved while the desk was closed need not be told any more."""
    _waiting(at=at).filter(alert__status=AlertStatus.RESOLVED).update(tell_at=None)


def _mail(email: str, alerts: Sequence[Alert], *, at: datetime) -> Outgoing:
    subject = _subject(alerts)
    more = len(alerts) - LISTED
    paragraphs = [_paragraph(alert) for alert in alerts[:LISTED]]
    if more > 0:
        paragraphs.append(f"… and {more} more: {settings.DESK_URL}{reverse('admin:sla_alert_changelist')}")
    tenants = {alert.tenant_id for alert in alerts}
    return Outgoing(
        to=email,
        subject=subject,
        text="\n\n".join(paragraphs),
        tenant_id=tenants.pop() if len(tenants) == 1 else None,
        about_kind="alert",
        about_id=alerts[0].pk if len(alerts) == 1 else None,
        message_id_hint="alert",
        # Not marked automatic: such mail is limited by the hour, and a breach must not fall to a loop guard. The
        # addresses are our own people's, and this module sends each one mail a minute at most.
        automated=False,
        at=at,
    )


def _subject(alerts: Sequence[Alert]) -> str:
    if len(alerts) == 1:
        return str(alerts[0])
    breaches = sum(alert.kind == AlertKind.BREACH for alert in alerts)
    warnings = len(alerts) - breaches
    parts = [f"{count} {name}" for count, name in ((breaches, "broken"), (warnings, "in danger")) if count]
    return f"{len(alerts)} promises: {', '.join(parts)}"


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
