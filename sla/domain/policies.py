"""Which promises hold for whom, and why; how open work follows when they change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, CharField, DateTimeField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Refused
from config.kept_statements import Given, Kept
from outbox.domain.publish import NewEvent, publish_many
from sla.domain import calendars, fold, histories
from sla.domain.business_time import Target
from sla.domain.conversation import Kind, Promises
from sla.domain.recording import Change, remember, save
from sla.domain.rows import state_of
from sla.enums import Priority, PromiseKind
from sla.models import CalendarVersion, Clock, Policy, PolicyTarget
from tenants.domain.actors import Actor
from tenants.enums import Right

RECOMPUTED = 200  # clocks a transaction
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
    found = MATCHING.rows(bool(tier), bool(tenant.segment), tenant=tenant.pk, tier=tier, segment=tenant.segment, at=at)
    matched = min(found, key=lambda p: PRECEDENCE.index(p.subject), default=None)
    if matched is None:
        raise Refused(
            _("No policy is in force for %(tenant)s at %(at)s UTC.")
            % {"tenant": tenant.name, "at": f"{at:%Y-%m-%d %H:%M}"},
            code="no-policy",
        )
    return MatchedPolicy(matched, _why(matched, tenant=tenant))


def in_force(*, at: Any) -> "QuerySet[Policy]":
    return complete(Policy.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), valid_from__lte=at))


def complete(policies: "QuerySet[Policy]") -> "QuerySet[Policy]":
    """With all that `promises` reads, in one statement: `promised` (the targets), and `calendar_version_id` (of the
    calendar's current version).
    """
    current = CalendarVersion.objects.filter(calendar=OuterRef("calendar"), version=OuterRef("calendar__version"))
    target = JSONObject(priority="priority", kind="kind", amount="amount", unit="unit")
    targets = PolicyTarget.objects.filter(policy=OuterRef("pk")).order_by().values_list(target)
    columns = {"calendar_version_id": Subquery(current.values("pk")[:1]), "promised": ArraySubquery(targets)}
    return policies.annotate(**columns)


def _matching(given: Given, tiered: bool, segmented: bool) -> "QuerySet[Policy]":
    subject = Q(tenant_id=given("tenant", BigIntegerField())) | Q(tenant=None, tier="", segment="")
    if tiered:
        subject |= Q(tier=given("tier", CharField()))
    if segmented:
        subject |= Q(segment=given("segment", CharField()))
    return in_force(at=given("at", DateTimeField())).filter(subject)


MATCHING = Kept(_matching)
BY_ID = Kept(lambda given: complete(Policy.objects.filter(pk=given("policy", BigIntegerField()))))


def policy_of(policy_id: int) -> Policy:
    """As `complete` has it. A policy is never deleted."""
    [policy] = BY_ID.rows(policy=policy_id)
    return policy


def promises(policy: Policy, priority: str) -> Promises:
    """What `policy` (from `policy_for` or `complete`) promises to a case of this priority."""
    targets = {t["kind"]: Target(t["amount"], t["unit"]) for t in policy.promised if t["priority"] == priority}
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


def recompute_open(*, policy_id: int, by: Actor, at: datetime) -> int:
    """Open clocks of this policy get what its targets and calendar leave them now, pauses kept; how many changed.

    In transactions of `RECOMPUTED` clocks each. Who holds such a clock hears `sla.clock-retargeted`.
    """
    policy = complete(Policy.objects.filter(pk=policy_id)).first()
    if policy is None:
        raise Absent(_("There is no such policy."))
    by.require(Right.EDIT_PROMISES, tenant_id=policy.tenant_id)
    changed, last = 0, 0
    while ids := list(
        Clock.objects.going()
        .filter(policy=policy, pk__gt=last)
        .order_by("pk")
        .values_list("pk", flat=True)[:RECOMPUTED]
    ):
        changed += _recompute(ids, policy, by=by, at=at)
        last = ids[-1]
    return changed


def _recompute(ids: list[int], policy: Policy, *, by: Actor, at: datetime) -> int:
    promised = {priority: promises(policy, priority) for priority in Priority.values}
    with unit_of_work(by.label):
        changes: list[Change] = []
        for clock in Clock.objects.locked().going().filter(pk__in=ids):
            target = promised[clock.priority].target_of(Kind(clock.kind)) if clock.kind in PromiseKind.values else None
            if target is None:
                continue
            hours, warn_steps = promised[clock.priority].hours, promised[clock.priority].warn_steps
            before = state_of(clock)
            if (before.target, clock.calendar_version_id, before.warn_steps) == (
                target,
                policy.calendar_version_id,
                warn_steps,
            ):
                continue
            event = fold.Retarget(at=at, target=target, hours=hours, warn_steps=warn_steps)
            changes.append(Change(clock, before, fold.step(before, event), policy.calendar_version_id))
        found = save(changes, at=at)
        reason = f"The policy {policy.name} was changed."
        remember(
            [
                histories.retargeted(
                    c.clock, at=max(at, c.clock.counted_to), recorded_at=at, by_label=by.label, reason=reason
                )
                for c in changes
            ],
            found,
            at=at,
        )
        publish_many(events=[_retargeted(change.clock, at=at) for change in changes])
    return len(changes)


def _retargeted(clock: Clock, *, at: datetime) -> NewEvent:
    payload = {
        "clock_id": clock.pk,
        "kind": clock.kind,
        "generation": clock.generation,
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
    }
    return NewEvent(
        name="sla.clock-retargeted", tenant_id=clock.tenant_id, payload=payload, at=at, key=f"clock:{clock.pk}"
    )
