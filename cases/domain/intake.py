"""A case comes in: enriched, given a priority and its first clock, told to the requester, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.domain import custom_fields, fields
from cases.domain.changing import Change
from cases.domain.client.mail import mail_requester
from cases.domain.enrichment import Enrichment, enrich
from cases.domain.triage_rules import propose
from cases.enums import InteractionKind, Move, OpenedBy, Priority, SpokenBy
from cases.models import Case, CaseClock, CaseIncident, CaseResource, Category, ExternalRef, TriageRule
from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused, Unknown
from config.inserting import insert
from incidents.domain import touching
from sla.domain import conversations, policies
from sla.models import Policy
from tenants.domain import requesters
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right
from tenants.models import Requester, Resource, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case that has just come in, with what was found and written beside it."""

    case: Case
    clocks: list[CaseClock]
    resources: list[Resource]
    known: Enrichment


class Description(TypedDict, total=False):
    """What is said of a case when it opens; names and values as in `fields.CLEAN`."""

    subject: Required[str]
    description: str
    severity: str
    impact: str
    category: str | int | None
    tags: Iterable[str]
    error_ids: Iterable[str]
    trace_links: Iterable[str]
    telemetry: Mapping[str, Any] | None
    needed_by: datetime | None


def open_case(
    *,
    tenant_id: int,
    requester: int | Mapping[str, str],
    channel: str = "api",
    opened_by: str = "customer",
    priority: str | None = None,
    resource_ids: Iterable[int] = (),
    external: Mapping[str, str] | None = None,
    reopened_from: Case | None = None,
    own_fields: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime,
    **described: Unpack[Description],
) -> Opened:
    """`requester`: an id, or {"email", "name"} of somebody who is made when the tenant does not know them.
    `own_fields`: of the desk's own, by key; staff fill them in.

    Raises Absent for a tenant out of the caller's reach, Forbidden, Invalid with field errors, and Refused
    (`external-taken`) when the other system's id stands on a case already.
    """
    columns = fields.clean(described)
    name = _external(external)
    if opened_by not in OpenedBy.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(OpenedBy.values)}, field="opened_by")
    if priority is not None and priority not in Priority.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(Priority.values)}, field="priority")
    with unit_of_work(by.label):
        by.require(Right.CLIENT_CASES if by.is_customer else Right.WORK_CASES, tenant_id=tenant_id)
        known_person = _known_requester(tenant_id, requester, by=by)
        tenant = _tenant(tenant_id, known_person, by=by, opened_by=opened_by, priority=priority)
        person = known_person or _requester(tenant, requester, channel=channel, by=by, at=at)
        resources = _resources(tenant, resource_ids)
        case = Case(
            **columns,
            tenant=tenant,
            requester=person,
            channel=fields.text(channel, field="channel", longest=40) or "api",
            opened_by=opened_by,
            tier=tenant.support_tier,
            reopened_from=reopened_from,
            custom_fields=_own_fields(own_fields or {}, columns.get("category"), by=by),
            opened_at=at,
            created_at=at,
            version=1,
        )
        known = enrich(case, resource_ids=[resource.pk for resource in resources], at=at)
        _prioritise(case, known, given=priority, by=by)
        clocks = _come_in(case, known, resources=resources, external=name, by=by, at=at)
    return Opened(case=case, clocks=clocks, resources=resources, known=known)


def open_follow_up(change: Change, body: str, *, requester: Requester | None) -> Case:
    """A new case for a word on one that closed too long ago to be reopened; each points at the other. It is called what
    the case was that they wrote to: the one that this has become by merging may be a colleague's.
    """
    old = change.case
    said_to = old if change.said_to is None else Case.objects.get(pk=change.said_to)
    opened = open_case(
        tenant_id=old.tenant_id,
        requester=_speaker(change) if change.by.is_customer else (requester or said_to.requester).pk,
        subject=said_to.subject,
        description=body,
        channel=said_to.channel,
        category=said_to.category_id,
        tags=said_to.tags,
        reopened_from=old,
        by=change.by,
        at=change.at,
    )
    return opened.case


def _speaker(change: Change) -> int:
    if change.by.requester_id is None:
        raise ValueError("A customer is a requester")
    return change.by.requester_id


def _known_requester(tenant_id: int, given: int | Mapping[str, str], *, by: Actor) -> Requester | None:
    """With their tenant, so that the usual case reads both at once."""
    if not isinstance(given, int) or (by.is_customer and given != by.requester_id):
        return None
    found = Requester.objects.for_tenant(tenant_id).filter(pk=given, anonymised_at=None)
    return found.select_related("tenant").first()


def _tenant(tenant_id: int, person: Requester | None, *, by: Actor, opened_by: str, priority: str | None) -> Tenant:
    tenant = Tenant.objects.filter(pk=tenant_id).first() if person is None else person.tenant
    if tenant is None:
        raise Absent(_("There is no such tenant."))
    if tenant.closed_at is not None:
        raise Refused(_("%(tenant)s is no client of ours any more.") % {"tenant": tenant.name}, code="tenant-closed")
    if by.is_customer and (opened_by != OpenedBy.CUSTOMER or priority is not None):
        field = "priority" if priority is not None else "opened_by"
        raise Invalid(_("A customer describes severity and impact; we set the rest."), field=field)
    return tenant


def _requester(tenant: Tenant, given: int | Mapping[str, str], *, channel: str, by: Actor, at: datetime) -> Requester:
    if isinstance(given, int):
        raise Unknown(_("requester"), field="requester")
    try:
        found = requesters.find_or_create(
            tenant_id=tenant.pk,
            email=given.get("email", ""),
            name=given.get("name", ""),
            channel=channel,
            by=by,
            at=at,
        )
    except Invalid as refusal:
        raise Invalid(refusal.message, field="requester", code="invalid") from None
    if by.is_customer and found.pk != by.requester_id:
        raise Invalid(_("You open cases in your own name."), field="requester")
    return found


def _resources(tenant: Tenant, resource_ids: Iterable[int]) -> list[Resource]:
    """The tenant's own, and those of the shared platform that it uses."""
    wanted = sorted(set(resource_ids))
    if not wanted:
        return []
    if len(wanted) > fields.MOST:
        raise Invalid(_("At most %(most)s.") % {"most": fields.MOST}, field="resources", code="max_length")
    found = list(Resource.objects.in_tenants(frozenset({tenant.pk})).filter(pk__in=wanted).order_by("pk"))
    if [one.pk for one in found] != wanted:
        raise Unknown(_("resource of this tenant"), field="resources")
    return found


def _external(given: Mapping[str, str] | None) -> tuple[str, str] | None:
    if given is None:
        return None
    system = fields.text(str(given.get("system", "")), field="external", longest=80)
    name = fields.text(str(given.get("id", "")), field="external", longest=200)
    if not system or not name:
        raise Invalid(_("Name the system and its id."), field="external", code="required")
    return system, name


def _own_fields(given: Mapping[str, Any], category: Category | None, *, by: Actor) -> dict[str, Any]:
    if not given:
        return {}
    if by.is_customer:
        raise Invalid(_("We fill these in."), field="fields")
    category_id = category.pk if category is not None else None
    return custom_fields.cleaned(given, {}, category_id=category_id, known=custom_fields.definitions())


def _prioritise(case: Case, known: Enrichment, *, given: str | None, by: Actor) -> None:
    proposal = propose(known.facts, TriageRule.objects.filter(active=True))
    case.priority_proposed = proposal.priority
    if given is None:
        case.priority, case.priority_reason = proposal.priority, proposal.reason
    else:
        case.priority, case.priority_reason = given, f"Given by {by.name}. Rules propose {proposal.reason}"


def _come_in(
    case: Case,
    known: Enrichment,
    *,
    resources: Sequence[Resource],
    external: tuple[str, str] | None,
    by: Actor,
    at: datetime,
) -> list[CaseClock]:
    """Write it with all that hangs on it, start its clock, tell the requester and the other rooms."""
    matched = policies.policy_for(tenant=case.tenant, at=at)
    case.policy, case.policy_reason = matched.policy, matched.why
    _first_word(case, matched.policy)
    insert([case])
    change = Change(case=case, by=by, at=at, opening=True)
    change.use_policy(matched.policy)
    _tie(case, resources=resources, external=external)
    clocks = _start_clocks(change)
    _tell_requester(change)
    _link_incidents(change, known)
    change.say(
        InteractionKind.AUTOMATION,
        f"{case.priority}: {case.priority_reason} {known.in_words()}",
        by_kind=SpokenBy.AUTOMATION,
        actor_name=SYSTEM.name,
        data=known.as_data(),
    )
    change.tell("cases.case-opened", priority=case.priority, channel=case.channel, by=by.label)
    change.finish()
    return clocks


def _tie(case: Case, *, resources: Sequence[Resource], external: tuple[str, str] | None) -> None:
    if resources:
        insert(CaseResource(case=case, tenant_id=case.tenant_id, resource=resource) for resource in resources)
    if external is None:
        return
    system, name = external
    try:
        with transaction.atomic():
            ExternalRef.objects.create(case=case, tenant_id=case.tenant_id, system=system, external_id=name)
    except IntegrityError as refusal:
        if "cases_externalref_once" not in str(refusal):
            raise
        raise Refused(
            _("%(system)s %(name)s stands on a case already.") % {"system": system, "name": name}, code="external-taken"
        ) from None


def _first_word(case: Case, policy: Policy) -> None:
    """What the first clock will say of the case, so that it is written once."""
    ours = case.opened_by == OpenedBy.US
    case.next_due_at, case.next_due_kind = conversations.first_due(
        opened_by_us=ours, policy=policy, priority=case.priority, at=case.opened_at
    )
    if not ours:
        case.customer_waiting_since = case.opened_at
        case.last_message_at, case.last_message_by = case.opened_at, SpokenBy.CUSTOMER


def _start_clocks(change: Change) -> list[CaseClock]:
    case = change.case
    advanced = conversations.open_clocks(
        tenant_id=case.tenant_id,
        label=case.reference,
        opened_by_us=case.opened_by == OpenedBy.US,
        policy=change.policy,
        priority=case.priority,
        by=change.by,
        at=change.at,
    )
    links = change.adopt(advanced)
    change.log_move(Move.OPEN, before="", reason="", impact=advanced.sla_impact())
    return links


def _tell_requester(change: Change) -> None:
    ours = change.case.opened_by == OpenedBy.US
    mail_requester(
        change.case,
        template="opened_by_us" if ours else "opened",
        automated=not (ours and change.by.is_person),
        at=change.at,
        context={"author": change.by.name},
    )


def _link_incidents(change: Change, known: Enrichment) -> None:
    """Incidents on the same resources, open or ended within a day: removable by people, not made again by itself."""
    case = change.case
    for incident in known.incidents:
        touching.attach_tenant(incident_id=incident.pk, tenant_id=case.tenant_id, by=SYSTEM, at=change.at)
    insert(
        CaseIncident(
            case=case,
            tenant_id=case.tenant_id,
            incident=incident,
            linked_by=SYSTEM.label,
            linked_at=change.at,
            automatic=True,
        )
        for incident in known.incidents
    )
