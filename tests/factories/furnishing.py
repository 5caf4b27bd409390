"""A tenant with a row of everything: each address and each page has something of it to show, or to hide."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.utils import timezone

from cadence.domain import weekly
from cadence.domain.calendar import week_at
from cadence.models import ChainReview, ChainReviewCase, LevelSummary, SlaReview, SummaryLine, WorkItem
from cases.domain import attachments, checklists, drafts, escalation, incident_links, linking, time_spent
from cases.domain.automation import keeping
from cases.domain.desk.views import save_view
from cases.domain.people import participants
from cases.domain.sending import Press
from cases.domain.side import talks
from cases.enums import ComposerTab, Status
from cases.models import (
    Absence,
    AssignmentRule,
    AutomationRule,
    AutomationRun,
    AutomationTimer,
    BulkResult,
    BulkRun,
    Case,
    Category,
    Notice,
    WorkingTime,
)
from incidents.domain import communicate, paging, runbooks
from incidents.models import Action, Incident
from outbox.domain.relay import relay_round
from outbox.domain.sequencing import sequence
from sla.domain.sweep import sweep
from tenants.domain import telemetry
from tenants.domain.actors import SYSTEM, Actor, actor_of_user
from tenants.models import (
    Contact,
    Entitlement,
    EscalationRoute,
    Project,
    Requester,
    Resource,
    ResourceEdge,
    ResourceTenant,
    Tenant,
    TenantPerson,
    User,
)
from tests.factories.cases import opened as opened_case
from tests.factories.cases import says, worked_to
from tests.factories.incidents import IncidentFactory, RunbookFactory
from tests.factories.outbox import DeadConsumptionFactory, DeliveryFactory, EventFactory, InterventionFactory
from tests.factories.sla import PolicyFactory, promised
from tests.factories.tenants import ClientFactory, RequesterFactory, ResourceFactory, TenantFactory, UserFactory

WEEK = timedelta(days=7)
PLACE = re.compile(r"{(\w+)}")


@dataclass
class Furnished:
    tenant: Tenant
    requester: Requester
    colleague: User
    by: Actor
    resource: Resource
    incident: Incident
    cases: dict[str, Case] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)


def furnished(slug: str, *, shared: Resource | None = None, at: datetime | None = None) -> Furnished:
    """By doors where there are doors, in the last two hours before `at` (now). `shared`: a resource of the platform."""
    at = at or timezone.now()
    begun = at - timedelta(hours=2)
    tenant = TenantFactory(slug=slug, name=slug.title(), segment=f"{slug}-segment", region=f"{slug}-region")
    colleague = UserFactory(role="po", tenant=tenant, level="L2")
    desk = Furnished(
        tenant=tenant,
        requester=RequesterFactory(tenant=tenant, name=f"{slug} person", email=f"ada@{slug}.example"),
        colleague=colleague,
        by=actor_of_user(colleague, at=at),
        resource=ResourceFactory(tenant=tenant, key=f"{slug}-ingest"),
        incident=None,  # type: ignore[arg-type]  # declared below, on the resource
    )
    desk.rows["client"] = ClientFactory(requester=desk.requester)
    _place(desk, shared)
    _incident(desk, at=begun)
    _cases(desk, at=begun)
    _other_promises(desk, at=at)
    _looked_into(desk, at=at)
    relay_round(at=at)
    _answered_for(desk, at=at)
    desk.rows["inbox"] = Notice.objects.filter(user=desk.colleague, in_inbox=True).latest("pk")
    sequence()
    return desk


def _place(desk: Furnished, shared: Resource | None) -> None:
    tenant, slug = desk.tenant, desk.tenant.slug
    Entitlement.objects.create(tenant=tenant, feature=f"{slug} feature", entitled=True, used=3)
    Contact.objects.create(tenant=tenant, name=f"{slug} contact", email=f"ops@{slug}.example", role="operations")
    for role in ("po", "on_call", "tech_lead"):
        TenantPerson.objects.create(tenant=tenant, user=desk.colleague, role=role)
    EscalationRoute.objects.create(tenant=tenant, level="L2", user=desk.colleague)
    Project.objects.create(
        tenant=tenant, name=f"{slug} project", sprint="7", starts_on="2026-01-01", ends_on="2027-01-01"
    )
    if shared is not None:
        ResourceTenant.objects.create(resource=shared, tenant=tenant)
        ResourceEdge.objects.create(upstream=shared, downstream=desk.resource)
    desk.rows["policy"] = PolicyFactory(tenant=tenant, name=f"{slug} policy", segment="", tier="")
    WorkItem.objects.create(tenant=tenant, title=f"{slug} item", source=f"https://tracker.example/{slug}")
    now = timezone.now()
    reading = {"kind": "sli", "name": f"{slug} latency", "value": 9, "threshold": 5, "status": "red"}
    telemetry.record(
        tenant_id=tenant.pk,
        snapshots=[reading | {"resource": desk.resource.key, "taken_at": now, "data": {"seen": slug}}],
        by=SYSTEM,
        at=now,
    )


def _incident(desk: Furnished, *, at: datetime) -> None:
    slug = desk.tenant.slug
    desk.incident = incident = IncidentFactory(
        title=f"{slug} is slow", tenants=[desk.tenant], resources=[desk.resource], comms_channel=f"#{slug}", at=at
    )
    desk.rows["update"] = communicate.publish_update(
        incident_id=incident.pk,
        seeing=f"{slug} slow",
        doing=f"{slug} work",
        next_word_text=f"{slug} news",
        by=desk.by,
        at=at,
    )
    Action.objects.create(incident=incident, what=f"{slug} action", owner=desk.colleague, due_on=at.date())
    desk.rows["runbook"] = RunbookFactory(title=f"{slug} runbook", tenant=desk.tenant, error_codes=[f"E-{slug}"])
    runbooks.start_run(
        runbook_id=desk.rows["runbook"].pk, tenant_id=desk.tenant.pk, incident_id=incident.pk, by=desk.by, at=at
    )
    paging.page(
        tenant_id=None,
        waiting=[desk.tenant.pk],
        reason=f"{slug} waits for a word",
        key=f"{slug}-word",
        user_ids=[desk.colleague.pk],
        incident_id=incident.pk,
        by=SYSTEM,
        at=at,
    )
    [desk.rows["page"]] = paging.page(
        tenant_id=desk.tenant.pk,
        reason=f"{slug} is down",
        key=f"{slug}-trouble",
        user_ids=[desk.colleague.pk],
        incident_id=incident.pk,
        by=SYSTEM,
        at=at,
    )


def _cases(desk: Furnished, *, at: datetime) -> None:
    slug = desk.tenant.slug
    for status in Status:
        case = opened_case(
            requester=desk.requester,
            at=at,
            subject=f"{slug} subject",
            description=f"{slug} description",
            category=Category.objects.get(slug="ingestion").slug,
            tags=[f"{slug}-tag"],
            error_ids=[f"E-{slug}"],
            trace_links=[f"https://traces.example/{slug}"],
            telemetry={"seen": slug},
            resource_ids=[desk.resource.pk],
            external={"system": slug, "id": f"{slug}-{status}"},
        )
        desk.cases[status] = worked_to(status, case=case, by=desk.by, at=at + timedelta(minutes=1))
    case = desk.cases[Status.IN_PROGRESS]
    at += timedelta(minutes=20)
    desk.rows["file"] = attachments.attach(
        case_id=case.pk, name=f"{slug}.txt", stream=BytesIO(slug.encode()), public=True, by=desk.by, at=at
    )
    desk.rows["view"] = save_view(name=f"{slug} view", line=f"tenant:{slug}", shared=True, by=desk.by, at=at)
    AssignmentRule.objects.create(position=desk.tenant.pk + 1000, name=f"{slug} rule", tenant=desk.tenant)
    WorkingTime.objects.create(user=desk.colleague, tags=[f"{slug}-skill"])
    Absence.objects.create(user=desk.colleague, starts_at=at, ends_at=at + WEEK, reason=f"{slug} away")
    run = BulkRun.objects.create(token=uuid4(), user=desk.colleague, action="tag", at=at)
    BulkResult.objects.create(run=run, case=case, tenant=desk.tenant, refusal=f"{slug} refusal")
    rule = AutomationRule(name=f"{slug} rule", tenant=desk.tenant, trigger="priority", adds_tags=[f"{slug}-tag"])
    desk.rows["rule"] = keeping.keep(rule, by=desk.by, at=at)
    of_it = {"rule": rule, "case": case, "tenant": desk.tenant}
    AutomationRun.objects.create(
        at=at, event_id=0, event="cases.priority-raised", chain=0, outcome="refused", words=f"{slug} refusal", **of_it
    )
    AutomationTimer.objects.create(since=at, due_at=at, told_at=at, **of_it)
    participants.copy_to(case_id=case.pk, email=f"ops@{slug}.example", by=desk.by, at=at)
    desk.rows["follower"] = participants.follow(case_id=case.pk, by=desk.by, at=at)
    reader = UserFactory(role="auditor", tenant=desk.tenant)
    participants.let_note(case_id=case.pk, user_id=reader.pk, by=desk.by, at=at)
    desk.rows["talk"] = talks.start(
        case_id=case.pk, subject=f"{slug} aside", body=f"{slug} asks", people=[reader.pk], by=desk.by, at=at
    )
    drafts.keep(case_id=case.pk, tab="side", talk_id=desk.rows["talk"].pk, body=f"{slug} draft", by=desk.by, at=at)
    press = Press(uuid4(), ComposerTab.NOTE)
    says(case, f"{slug} note", kind="note", public=False, by=desk.by, at=at, press=press)
    drafts.keep(case_id=case.pk, tab="reply", body=f"{slug} draft", by=desk.by, at=at)
    desk.rows["question"] = says(case, f"{slug} question", at=at)
    desk.rows["tie"] = linking.relate(case_id=case.pk, other_id=desk.cases[Status.TRIAGE].pk, by=desk.by, at=at)
    incident_links.link_incident(case_id=case.pk, incident_id=desk.incident.pk, by=desk.by, at=at)
    checklists.add_step(case_id=case.pk, text=f"{slug} step", by=desk.by, at=at)
    desk.rows["step"] = case.checklist.get()
    desk.rows["time"] = time_spent.book(
        case_id=case.pk, minutes=20, note=f"{slug} time", worked_on=at.date(), by=desk.by, at=at
    )
    escalation.escalate(
        case_id=case.pk, to="L3", known_issues_searched=True, reason=f"{slug} reason", by=desk.by, at=at
    )


def _other_promises(desk: Furnished, *, at: datetime) -> None:
    """One that warns and breaches, and the weekly update's."""
    desk.rows["clock"] = promised(tenant=desk.tenant, at=at - 2 * WEEK, label=f"{desk.tenant.slug} word")
    sweep(at=at)
    desk.rows["weekly"] = weekly.draft(
        tenant_id=desk.tenant.pk, week=week_at(at=at, zone=ZoneInfo(desk.tenant.time_zone)), by=SYSTEM, at=at
    )


def _looked_into(desk: Furnished, *, at: datetime) -> None:
    """An SLA review, a chain review, and a line in the week of L2 in which everybody's stand."""
    slug, case = desk.tenant.slug, desk.cases[Status.IN_PROGRESS]
    SlaReview.objects.create(tenant=desk.tenant, due_on=at.date())
    desk.rows["chain review"] = review = ChainReview.objects.create(
        kind="error", key=f"E-{slug}", pattern=f"{slug} pattern", opened_at=at, due_on=at.date(), owner=desk.colleague
    )
    ChainReviewCase.objects.create(review=review, case=case, tenant=desk.tenant, linked_at=at)
    times = {"covers_from": at - WEEK, "covers_to": at, "publish_at": at + WEEK, "drafted_at": at}
    desk.rows["week of L2"], _new = LevelSummary.objects.get_or_create(week=date(2026, 11, 20), defaults=times)
    SummaryLine.objects.create(
        summary=desk.rows["week of L2"], case=case, tenant=desk.tenant, section="to_l3", text=f"{slug} line"
    )


def _answered_for(desk: Furnished, *, at: datetime) -> None:
    """Deliveries with what happened to them, and an event that a consumer gave up on."""
    mail = DeliveryFactory(
        tenant_id=desk.tenant.pk, about_id=desk.cases[Status.NEW].pk, subject=desk.tenant.slug, at=at
    )
    InterventionFactory(delivery=mail, reason=f"{desk.tenant.slug} reason", at=at)
    event = EventFactory(name="desk.thing-happened", tenant_id=desk.tenant.pk, at=at)
    DeadConsumptionFactory(event=event, error=f"{desk.tenant.slug} error")
    desk.rows["delivery"] = mail


STATUS_BEFORE = {
    "accept": "new", "start": "triage", "wait": "in_progress", "resume": "waiting_on_customer", "resolve": "triage",
    "confirm": "resolved", "reject": "resolved", "close": "resolved", "reopen": "closed",
}  # fmt: skip


def address(path: str, desk: Furnished) -> str:
    """A path of the API's schema with rows of `desk` in its places; KeyError for a place that is new here."""
    kind, _, rest = path.removeprefix("/").partition("/")
    last = rest.rstrip("/").rpartition("/")[2]
    status = STATUS_BEFORE.get(last if rest.count("/") == 2 else "", "in_progress")
    ids = {  # asked one by one: some take a query
        ("alerts", "id"): lambda: desk.rows["clock"].alerts.latest("pk").pk,
        ("chain-reviews", "id"): lambda: desk.rows["chain review"].pk,
        ("cases", "ref"): lambda: desk.cases[status].reference,
        ("cases", "kind"): lambda: "resolution",
        ("cases", "attachment_id"): lambda: desk.rows["file"].pk,
        ("cases", "incident"): lambda: desk.incident.reference,
        ("cases", "link"): lambda: desk.rows["tie"].pk,
        ("cases", "entry"): lambda: desk.rows["time"].pk,
        ("cases", "talk"): lambda: desk.rows["talk"].pk,
        ("cases", "participant"): lambda: desk.rows["follower"].pk,
        ("incidents", "ref"): lambda: desk.incident.reference,
        ("incidents", "action_id"): lambda: desk.incident.actions.get().pk,
        ("requesters", "id"): lambda: desk.requester.pk,
        ("resources", "key"): lambda: desk.resource.key,
        ("runbooks", "id"): lambda: desk.rows["runbook"].pk,
        ("sla", "id"): lambda: desk.rows["policy"].calendar_id if "calendars" in path else desk.rows["policy"].pk,
        ("tenants", "slug"): lambda: desk.tenant.slug,
    }
    return PLACE.sub(lambda place: str(ids[kind, place[1]]()), path)
