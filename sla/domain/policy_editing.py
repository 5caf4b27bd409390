"""How policies come to be and change. Clocks keep the promise they were started under unless they are recomputed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused, Stale
from sla.domain import calendars, policies
from sla.domain.business_time import Target, due
from sla.enums import Priority, PromiseKind
from sla.models import Calendar, Policy, PolicyTarget
from tenants.domain.actors import Actor
from tenants.enums import Right

LONGEST = timedelta(days=3653)
Table = Mapping[tuple[str, str], Target]  # by (priority, kind); a next reply left out is as long as the first response


@dataclass(frozen=True, kw_only=True)
class PolicyTerms:
    """All that a policy says; at most one of tenant, tier and segment."""

    name: str
    calendar_id: int
    valid_from: datetime
    targets: Table
    tenant_id: int | None = None
    tier: str = ""
    segment: str = ""
    valid_to: datetime | None = None
    warn_steps: Sequence[Decimal] = (Decimal("0.75"),)
    escalation_meets: Sequence[str] = (Priority.P2.value, Priority.P3.value)
    meaning: Mapping[str, str] = field(default_factory=dict)


def terms_of(policy: Policy) -> PolicyTerms:
    """What it says now, as the start of an edit."""
    return PolicyTerms(
        name=policy.name,
        calendar_id=policy.calendar_id,
        valid_from=policy.valid_from,
        valid_to=policy.valid_to,
        tenant_id=policy.tenant_id,
        tier=policy.tier,
        segment=policy.segment,
        warn_steps=tuple(policy.warn_steps),
        escalation_meets=tuple(policy.escalation_meets),
        meaning=policy.meaning,
        targets={(row.priority, row.kind): Target(row.amount, row.unit) for row in policy.targets.all()},
    )


def create(*, terms: PolicyTerms, by: Actor, at: datetime) -> Policy:
    by.require(Right.EDIT_PROMISES, tenant_id=terms.tenant_id)
    with unit_of_work(by.label):
        return _write(Policy(), terms)


def edit(
    *,
    policy_id: int,
    terms: PolicyTerms,
    recompute: bool,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Policy:
    """`recompute`: clocks that are open under it get what is left of the new targets; otherwise only new work does."""
    with unit_of_work(by.label):
        policy = Policy.objects.select_for_update(of=("self",), no_key=True).filter(pk=policy_id).first()
        if policy is None:
            raise Absent(_("There is no such policy."))
        for tenant_id in {policy.tenant_id, terms.tenant_id}:
            by.require(Right.EDIT_PROMISES, tenant_id=tenant_id)
        if expected_version not in (None, policy.version):
            raise Stale(_("This policy was changed by somebody else; look again."))
        policy.version += 1
        policy = _write(policy, terms)
        if recompute:
            policies.recompute_open(policy_id=policy.pk, by=by, at=at)
    return policy


def edit_calendar(
    *,
    calendar_id: int,
    recompute: bool,
    by: Actor,
    at: datetime,
    name: str | None = None,
    spec: Any = None,
    expected_version: int | None = None,
) -> Calendar:
    """`calendars.edit`, and with `recompute` open clocks under the policies of this calendar are counted by it."""
    with unit_of_work(by.label):
        calendar = calendars.edit(
            calendar_id=calendar_id, name=name, spec=spec, by=by, at=at, expected_version=expected_version
        )
        if recompute:
            for policy_id in calendar.policies.order_by("pk").values_list("pk", flat=True):
                policies.recompute_open(policy_id=policy_id, by=by, at=at)
    return calendar


def _write(policy: Policy, terms: PolicyTerms) -> Policy:
    table = complete_table(terms.targets)
    for column in ("name", "calendar_id", "tenant_id", "tier", "segment", "valid_from", "valid_to"):
        setattr(policy, column, getattr(terms, column))
    policy.warn_steps = sorted(set(terms.warn_steps))
    policy.escalation_meets = list(terms.escalation_meets)
    policy.meaning = dict(terms.meaning)
    try:
        policy.full_clean()
    except ValidationError as refusal:
        raise Invalid(_("This policy cannot be kept like this."), errors=_errors(refusal)) from refusal
    _refuse_out_of_reach(policy, table)
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError as race:
        raise Refused(
            _("Another policy for the same subject was saved just now; look again."), code="overlap"
        ) from race
    policy.targets.all().delete()
    PolicyTarget.objects.bulk_create(
        PolicyTarget(policy=policy, priority=priority, kind=kind, amount=target.amount, unit=target.unit)
        for (priority, kind), target in table.items()
    )
    return policy


def complete_table(targets: Table) -> dict[tuple[str, str], Target]:
    """Invalid where a promise is missing: a policy speaks for every priority."""
    table: dict[tuple[str, str], Target] = {}
    missing: list[dict[str, str]] = []
    for priority in Priority.values:
        for kind in PromiseKind.values:
            target = targets.get((priority, kind))
            if target is None and kind == PromiseKind.NEXT_REPLY:
                target = targets.get((priority, PromiseKind.FIRST_RESPONSE.value))
            if target is None or target.amount <= 0:
                name = f"{priority} {PromiseKind(kind).label.lower()}"
                missing.append({"field": f"targets.{priority}.{kind}", "code": "required", "message": f"{name}?"})
            else:
                table[priority, kind] = target
    if missing:
        raise Invalid(_("A policy is complete: each priority has all of its targets."), errors=missing)
    return table


def _refuse_out_of_reach(policy: Policy, table: Mapping[tuple[str, str], Target]) -> None:
    """Every case under this policy starts such clocks: none may fail for lack of hours or for its length."""
    hours = calendars.checked_hours(policy.calendar.spec)
    for (priority, kind), target in table.items():
        due_at = due(hours, policy.valid_from, target)
        if due_at is None or due_at > policy.valid_from + LONGEST:
            raise Invalid(_("A promise of more than 10 years is none."), field=f"targets.{priority}.{kind}")


def _errors(refusal: ValidationError) -> list[dict[str, Any]]:
    return [
        {"field": "" if name == "__all__" else name, "code": error.code or "invalid", "message": text}
        for name, errors in refusal.error_dict.items()
        for error in errors
        for text in error.messages
    ]
