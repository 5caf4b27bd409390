"""What the faces show. Every question is asked on behalf of a reader; rows outside their tenants are not there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from config.counting import counted_to
from config.errors import Absent
from sla.domain import policies
from sla.enums import AlertKind, AlertStatus
from sla.models import Alert, Calendar, CauseCode, Clock, Policy
from tenants.domain.actors import Actor
from tenants.enums import Right

READS_PROMISES = (Right.READ_PROMISES, Right.EDIT_PROMISES)
BREACHES = 6
COUNTED_TO = 1000  # alerts; one more says that there are more


def policy_list(*, actor: Actor) -> "QuerySet[Policy]":
    rows = Policy.objects.known_to(actor, READS_PROMISES).select_related("calendar", "tenant")
    return policies.complete(rows).prefetch_related("targets")


def policy_detail(policy_id: int, *, actor: Actor) -> Policy:
    row = policy_list(actor=actor).filter(pk=policy_id).first()
    if row is None:
        raise Absent(_("There is no such policy here, or not for you."))
    return row


def calendar_list(*, actor: Actor) -> "QuerySet[Calendar]":
    """Calendars belong to no tenant: who may read promises anywhere sees them all."""
    actor.require_any(*READS_PROMISES)
    return Calendar.objects.all()


def calendar_detail(calendar_id: int, *, actor: Actor) -> Calendar:
    row = calendar_list(actor=actor).filter(pk=calendar_id).first()
    if row is None:
        raise Absent(_("There is no such calendar."))
    return row


def alert_list(*, actor: Actor) -> "QuerySet[Alert]":
    return (
        Alert.objects.visible_to(actor, Right.SEE_CASES)
        .select_related("tenant", "clock__cause_code", "acknowledged_by", "resolved_by")
        .prefetch_related("recipients__user")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one tenant: the newest of the promises that were broken since a moment; `open` alerts, which nobody has
    acknowledged, are counted to one more than COUNTED_TO.
    """

    open: int
    breaches: list[Alert]


def standing_of(tenant_id: int, *, actor: Actor, since: datetime) -> Standing:
    alerts = Alert.objects.visible_to(actor, Right.SEE_CASES).for_tenant(tenant_id)
    waiting = alerts.filter(status=AlertStatus.OPEN).order_by("-raised_at")
    breaches = alerts.filter(kind=AlertKind.BREACH, raised_at__gte=since).order_by("-raised_at", "-pk")
    return Standing(
        open=counted_to(COUNTED_TO + 1, {"open": waiting})["open"],
        breaches=list(breaches.select_related("clock__cause_code")[:BREACHES]),
    )


def alert_detail(alert_id: int, *, actor: Actor) -> Alert:
    row = alert_list(actor=actor).filter(pk=alert_id).first()
    if row is None:
        raise Absent(_("There is no such alert here, or not for you."))
    return row


def clock_detail(clock_id: int, *, actor: Actor) -> Clock:
    row = Clock.objects.visible_to(actor, Right.SEE_CASES).select_related("tenant").filter(pk=clock_id).first()
    if row is None:
        raise Absent(_("There is no such promise here, or not for you."))
    return row


def cause_codes() -> "QuerySet[CauseCode]":
    return CauseCode.objects.filter(active=True)
