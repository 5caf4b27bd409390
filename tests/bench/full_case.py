"""A case with all that a case can have, made through the doors, and a timeline of any length."""

import time
from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise

from django.utils import timezone

from cases.domain import attachments, checklists, drafts, escalation, incident_links, linking, time_spent
from cases.domain.people import participants
from cases.models import Case, CaseResource, Interaction, KnownIssue
from config.bulk import bare, copy_in
from tenants.domain import telemetry
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import Requester, ResourceEdge, User
from tests.factories.incidents import IncidentFactory
from tests.factories.outbox import DeliveryFactory
from tests.factories.tenants import ResourceFactory, UserFactory

MAILS = 20  # that carried an entry
PER_TEN = ("message", "message", "note", "message", "message", "system", "message", "message", "note", "message")
WORDS = "Message {}: the import of yesterday is still not there. " * 3
LINK = "See https://status.example/."  # in one of five


def furnish(case: Case, *, by: User) -> None:
    actor, at, mark = actor_of_user(by, at=timezone.now()), timezone.now(), time.time_ns()
    about = {"case_id": case.pk, "by": actor, "at": at}
    resources = [ResourceFactory(tenant=case.tenant, key=f"bench-{mark}-{number}") for number in range(4)]
    for upstream, downstream in pairwise(resources):
        ResourceEdge.objects.create(upstream=upstream, downstream=downstream)
    for resource in resources[:2]:
        CaseResource.objects.create(case=case, tenant=case.tenant, resource=resource)
    readings = [
        {"kind": "sli", "name": f"latency {number}", "value": 9, "threshold": 5, "status": "red", "taken_at": at}
        for number in range(6)
    ]
    telemetry.record(tenant_id=case.tenant_id, snapshots=readings, by=SYSTEM, at=at)
    KnownIssue.objects.create(code=f"KI-{mark}"[:20], title="Ingestion is late", error_codes=case.error_ids)
    incident = IncidentFactory(tenants=[case.tenant], resources=resources[:1], at=at)
    incident_links.link_incident(incident_id=incident.pk, **about)
    others = Case.objects.filter(tenant=case.tenant, merged_into=None).exclude(pk=case.pk).order_by("-pk")[:3]
    for other in others:
        linking.relate(other_id=other.pk, **about)
    for reader in Requester.objects.filter(tenant=case.tenant).exclude(pk=case.requester_id)[:3]:
        participants.copy_to(email=reader.email, **about)
    participants.follow(**about)
    for number in range(6):
        checklists.add_step(text=f"Step {number}", **about)
        time_spent.book(minutes=5 + number, worked_on=at.date(), **about)
    for number in range(3):
        attachments.attach(name=f"log-{number}.txt", stream=BytesIO(b"late\n"), public=True, **about)
    drafts.keep(tab="reply", body="We have looked", **about)
    if case.level == "L1":
        escalation.escalate(to="L2", known_issues_searched=True, reason="It recurs.", **about)


def talk(case: Case, entries: int) -> None:
    """Words of everybody until the case's timeline has so many entries."""
    now, colleague = timezone.now(), UserFactory(username=f"colleague-{time.time_ns()}", role="l1")
    mails = [
        DeliveryFactory(tenant_id=case.tenant_id, about_id=case.pk, to=f"mail-{number}@client.example", at=now).pk
        for number in range(MAILS)
    ]
    missing = entries - case.interactions.count()
    moments = [now - timedelta(minutes=missing - number) for number in range(missing)]
    copy_in([_entry(case, number, colleague, mails, at=at) for number, at in enumerate(moments)])


def _entry(case: Case, number: int, colleague: User, mails: list[int], *, at: datetime) -> Interaction:
    kind = PER_TEN[number % len(PER_TEN)]
    theirs = kind == "message" and number % 2 == 0
    return bare(
        Interaction,
        case_id=case.pk,
        tenant_id=case.tenant_id,
        at=at,
        recorded_at=at,
        kind=kind,
        public=kind == "message",
        by_kind="customer" if theirs else "system" if kind == "system" else "person",
        requester_id=case.requester_id if theirs else None,
        user_id=None if theirs or kind == "system" else colleague.pk,
        actor_name="Somebody",
        body=_words(number) if kind != "system" else f"Snoozed for {number} minutes",
        delivery_id=mails[number % MAILS] if kind == "message" and not theirs else None,
    )


def _words(number: int) -> str:
    return WORDS.format(number, number, number) + (LINK if number % 5 == 0 else "")
