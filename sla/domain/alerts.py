"""What people do with an alert."""

from datetime import datetime

from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused
from sla.domain import histories
from sla.enums import AlertKind, AlertStatus, Happened
from sla.models import Alert, CauseCode, Clock
from tenants.domain.actors import Actor
from tenants.enums import Right


def acknowledge(*, alert_id: int, by: Actor, at: datetime) -> Alert:
    """ "I have it." Acknowledging again changes nothing: the first one has it."""
    with unit_of_work(by.label):
        alert = _locked(alert_id, by=by)
        if alert.status == AlertStatus.ACKNOWLEDGED:
            return alert
        _refuse_resolved(alert)
        _acknowledged(alert, by=by, at=at)
        alert.save(update_fields=["status", "acknowledged_by", "acknowledged_at"])
    return alert


def answer_warning(*, alert_id: int, real: bool, reason: str, by: Actor, at: datetime) -> Alert:
    """'Is the risk real?' Yes: acknowledged, and the client's word is next. No, with a reason: resolved."""
    if not real:
        _reason_given(reason)
    with unit_of_work(by.label):
        alert = _locked(alert_id, by=by)
        if alert.kind != AlertKind.WARNING:
            raise Refused(_("A breach is no question: acknowledge or resolve it."), code="not-a-warning")
        _refuse_resolved(alert)
        alert.real_risk, alert.reason = real, reason.strip()
        _acknowledged(alert, by=by, at=at)
        if not real:
            _resolved(alert, by=by, at=at)
        alert.save(update_fields=[*ACTED, "real_risk", "reason"])
    return alert


def resolve(*, alert_id: int, reason: str, by: Actor, at: datetime, cause_code: str | None = None) -> Alert:
    """A breach gets its cause code here unless the clock has one already."""
    _reason_given(reason)
    with unit_of_work(by.label):
        alert = _locked(alert_id, by=by)
        _refuse_resolved(alert)
        if alert.kind == AlertKind.BREACH and alert.clock_id is not None:
            _give_cause(alert.clock_id, cause_code, by=by, at=at)
        alert.reason = reason.strip()
        _resolved(alert, by=by, at=at)
        alert.save(update_fields=[*ACTED, "reason"])
    return alert


def name_cause(*, clock_id: int, cause_code: str, by: Actor, at: datetime) -> None:
    """Why the promise was broken; may be corrected later."""
    with unit_of_work(by.label):
        tenant_id = Clock.objects.filter(pk=clock_id).values_list("tenant_id", flat=True).first()
        if tenant_id is None:
            raise Absent(_("There is no such promise."))
        by.require(Right.WORK_CASES, tenant_id=tenant_id)
        _give_cause(clock_id, cause_code, by=by, at=at)


ACTED = ["status", "acknowledged_by", "acknowledged_at", "resolved_by", "resolved_at"]


def _locked(alert_id: int, *, by: Actor) -> Alert:
    alert = Alert.objects.locked().filter(pk=alert_id).first()
    if alert is None:
        raise Absent(_("There is no such alert."))
    by.require(Right.WORK_CASES, tenant_id=alert.tenant_id)
    return alert


def _refuse_resolved(alert: Alert) -> None:
    if alert.status == AlertStatus.RESOLVED:
        raise Refused(_("This alert is resolved already."), code="resolved")


def _reason_given(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Say why, in a few words."), field="reason", code="required")


def _acknowledged(alert: Alert, *, by: Actor, at: datetime) -> None:
    if alert.acknowledged_at is None:
        alert.acknowledged_by_id, alert.acknowledged_at = by.user_id, at
    alert.status = AlertStatus.ACKNOWLEDGED


def _resolved(alert: Alert, *, by: Actor, at: datetime) -> None:
    alert.resolved_by_id, alert.resolved_at = by.user_id, at
    alert.status = AlertStatus.RESOLVED


def _give_cause(clock_id: int, code: str | None, *, by: Actor, at: datetime) -> None:
    clock = Clock.objects.locked().get(pk=clock_id)
    if clock.breached_at is None:
        raise Refused(_("This promise was not broken."), code="not-breached")
    if code is None:
        if clock.cause_code_id is None:
            raise Invalid(_("A breach needs a cause code."), field="cause_code", code="required")
        return
    cause = CauseCode.objects.filter(code=code, active=True).first()
    if cause is None:
        raise Invalid(_("There is no such cause code in use."), field="cause_code")
    clock.cause_code = cause
    clock.save(update_fields=["cause_code"])
    histories.entry(clock, Happened.CAUSE_GIVEN, at=at, recorded_at=at, by_label=by.label, cause=cause.code).save()
