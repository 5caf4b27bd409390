"""Priority and tier: what the clocks use. A change recomputes what is left and keeps what was used."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cases.domain.changing import Change, changing
from cases.enums import URGENT, InteractionKind, Priority
from cases.models import Case
from config.errors import Forbidden, Invalid, Refused
from sla.domain import policies
from sla.domain.conversation import Happening
from tenants.domain.actors import Actor
from tenants.enums import Right, SupportTier


def change_priority(
    *,
    case_id: int,
    priority: str,
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """The same priority again changes nothing. Lowering a P0 or P1 needs a right that L1 lacks."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        before = change.case.priority
        if not set_priority(change, priority, reason=reason):
            return change.case
        change.say(
            InteractionKind.SYSTEM,
            in_words(before, priority, reason),
            data={"priority": [before, priority], "sla": change.sla_impact},
        )
    return change.case


def change_tier(
    *, case_id: int, tier: str, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """Another support tier for this case alone, and the policy that goes with it."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        before = change.case.tier
        if not set_tier(change, tier):
            return change.case
        why = f" ({reason.strip()})" if reason.strip() else ""
        change.say(
            InteractionKind.SYSTEM,
            f"Tier: {before or 'none'} → {tier}{why}. {change.case.policy_reason}",
            data={"tier": [before, tier], "sla": change.sla_impact},
        )
    return change.case


def set_priority(change: Change, priority: str, *, reason: str = "") -> bool:
    """False when it is that already. Checks the right; writes no history."""
    case = change.case
    if priority not in Priority.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(Priority.values)}, field="priority")
    if priority == case.priority:
        return False
    _not_closed(case)
    if case.priority in URGENT and priority > case.priority and not change.by.can(Right.LOWER_P0_P1, case.tenant_id):
        raise Forbidden(
            _("Your role may not lower a %(priority)s: ask the CS Lead.") % {"priority": case.priority},
            code="no-lowering",
        )
    if priority < case.priority:
        change.tell("cases.priority-raised", priority=priority, by=change.by.label)
        change.wake("its priority was raised")
    else:
        change.tell("cases.priority-lowered", priority=priority, by=change.by.label)
    case.priority = priority
    case.priority_reason = reason_of(change.by.name, reason)
    change.tell("cases.case-sorted", category_id=case.category_id, priority=priority)
    change.happen(Happening.SET_POLICY)
    return True


def set_tier(change: Change, tier: str) -> bool:
    """False when it is that already."""
    case = change.case
    if tier not in SupportTier.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(SupportTier.values)}, field="tier")
    change.require(Right.HAND_OVER)
    if tier == case.tier:
        return False
    _not_closed(case)
    matched = policies.policy_for(tenant=case.tenant, tier=tier, at=change.at)
    case.tier = tier
    case.policy, case.policy_reason = matched.policy, matched.why
    change.use_policy(matched.policy)
    change.happen(Happening.SET_POLICY)
    return True


def in_words(before: str, after: str, reason: str) -> str:
    return f"Priority: {before} → {after}" + (f" ({reason.strip()})" if reason.strip() else "")


def reason_of(name: str, reason: str) -> str:
    """Why a case has the priority that `name` gave it."""
    return f"Set by {name}" + (f": {reason.strip()}" if reason.strip() else ".")


def _not_closed(case: Case) -> None:
    if case.status == "closed":
        raise Refused(_("%(case)s is closed; reopen it first.") % {"case": case.reference}, code="closed")
