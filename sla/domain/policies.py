"""Which promises hold for whom, and why; and how they are edited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import OuterRef, Q, QuerySet, Subquery

from config.errors import Refused
from sla.domain import calendars
from sla.domain.business_time import Target
from sla.domain.conversation import Promises
from sla.enums import PromiseKind
from sla.models import CalendarVersion, Policy

PRECEDENCE = ["tenant", "tier", "segment", "default"]


class Served(Protocol):
    """What decides which policy matches: a tenants.Tenant has it."""

    pk: int
    name: str
    support_tier: str
    segment: str


@dataclass(frozen=True, slots=True)
class MatchedPolicy:
    policy: Policy
    why: str


def policy_for(*, tenant: Served, at: datetime, tier: str | None = None) -> MatchedPolicy:
    """The policy in force at `at`: the tenant's own, else its tier's, else its segment's, else the default.

    `tier` replaces the tenant's (a case may have been given one of its own). Two statements. Refused where nothing is
    in force.
    """
    tier = tenant.support_tier if tier is None else tier
    subject = Q(tenant_id=tenant.pk) | Q(tenant=None, tier="", segment="")
    if tier:
        subject |= Q(tier=tier)
    if tenant.segment:
        subject |= Q(segment=tenant.segment)
    matched = min(in_force(at=at).filter(subject), key=lambda p: PRECEDENCE.index(p.subject), default=None)
    if matched is None:
        raise Refused(f"No policy is in force for {tenant.name} at {at:%Y-%m-%d %H:%M} UTC.", code="no-policy")
    return MatchedPolicy(matched, _why(matched, tenant=tenant))


def in_force(*, at: datetime) -> "QuerySet[Policy]":
    return complete(Policy.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), valid_from__lte=at))


def complete(policies: "QuerySet[Policy]") -> "QuerySet[Policy]":
    """With all that `promises` reads: the targets, and the calendar's current version as `calendar_version_id`."""
    current = CalendarVersion.objects.filter(calendar=OuterRef("calendar"), version=OuterRef("calendar__version"))
    return policies.annotate(calendar_version_id=Subquery(current.values("pk")[:1])).prefetch_related("targets")


def promises(policy: Policy, priority: str) -> Promises:
    """What `policy` (from `policy_for` or `complete`) promises to a case of this priority."""
    targets = {t.kind: Target(t.amount, t.unit) for t in policy.targets.all() if t.priority == priority}
    return Promises(
        hours=calendars.hours_of(policy.calendar_version_id),
        first_response=targets.get(PromiseKind.FIRST_RESPONSE),
        next_reply=targets.get(PromiseKind.NEXT_REPLY),
        resolution=targets.get(PromiseKind.RESOLUTION),
        escalation_meets=priority in policy.escalation_meets,
        warn_steps=tuple(policy.warn_steps),
    )


def _why(policy: Policy, *, tenant: Served) -> str:
    reasons = {
        "tenant": f"{tenant.name} has a policy of its own",
        "tier": f"the support tier is {policy.tier}",
        "segment": f"{tenant.name} is in the segment {policy.segment}",
        "default": "nothing more specific is in force",
    }
    return f"{policy.name}: {reasons[policy.subject]} (since {policy.valid_from:%d %b %Y})."
