"""Calling a person now: on-call first, then down the chain until somebody answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from config.db import unit_of_work
from config.errors import Absent, Forbidden
from incidents.domain import reading, rota, timeline
from incidents.enums import EntryKind, PageStatus
from incidents.models import Page
from outbox.domain.delivering import send_mail
from outbox.domain.publish import publish
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right
from tenants.models import TenantPerson

ANSWER_WITHIN = timedelta(minutes=5)


def page(
    *,
    tenant_id: int | None,
    reason: str,
    key: str,
    url: str = "",
    user_ids: list[int] | None = None,
    incident_id: int | None = None,
    by: Actor,
    at: datetime,
) -> list[Page]:
    """Page `user_ids`, or the first of the chain (on-call, then the tenant's Tech Lead and PO).

    `key` names the trouble: while a page under it stands, the same person is not paged for it again. Returns the
    pages made now; none when everybody was paged already or nobody can be.
    """
    with unit_of_work(by.label):
        if user_ids is not None:
            return _page_people(
                step=1, user_ids=user_ids, tenant_id=tenant_id, reason=reason, key=key, url=url,
                incident_id=incident_id, by=by, at=at,
            )  # fmt: skip
        chain = escalation_chain(tenant_id=tenant_id, at=at)
        if not chain:
            publish(
                name="incidents.page-unanswerable",
                tenant_id=tenant_id,
                payload={"key": key, "reason": reason, "incident_id": incident_id},
                at=at,
            )
            return []
        return _page_people(
            step=1, user_ids=chain[:1], tenant_id=tenant_id, reason=reason, key=key, url=url,
            incident_id=incident_id, by=by, at=at,
        )  # fmt: skip


def escalation_chain(*, tenant_id: int | None, at: datetime) -> list[int]:
    """Ids of the people to call, in order, each once: on call now, then the tenant's Tech Lead and PO."""
    chain = [user.pk for user in rota.on_call(at=at)]
    if tenant_id is not None:
        people = TenantPerson.objects.filter(
            tenant_id=tenant_id, role__in=["on_call", "tech_lead", "po"], user__is_active=True
        )
        order = {"on_call": 0, "tech_lead": 1, "po": 2}
        chain += [p.user_id for p in sorted(people, key=lambda person: (order[person.role], person.pk))]
    return list(dict.fromkeys(chain))


def acknowledge(*, page_id: int, by: Actor, at: datetime) -> Page:
    """Somebody has it: who was called, or who works the tenant's cases. Saying so twice changes nothing."""
    with unit_of_work(by.label):
        found = reading.pages(actor=by).select_for_update(of=("self",), no_key=True).filter(pk=page_id).first()
        if found is None:
            raise Absent("There is no such page.")
        if found.user_id != by.user_id and not _works(by, tenant_id=found.tenant_id):
            raise Forbidden("Only who was called, or works the tenant's cases, can say that they have it.")
        if found.status == PageStatus.ACKNOWLEDGED:
            return found
        found.status = PageStatus.ACKNOWLEDGED
        found.acknowledged_at, found.acknowledged_by_id, found.escalates_at = at, by.user_id, None
        found.save(update_fields=["status", "acknowledged_at", "acknowledged_by", "escalates_at"])
        # An answer by anyone ends the chain for this trouble.
        Page.objects.filter(key=found.key, status=PageStatus.SENT).exclude(pk=found.pk).update(escalates_at=None)
        if found.incident_id is not None:
            timeline.write(
                incident_id=found.incident_id,
                kind=EntryKind.PAGE,
                body=f"{by.name} acknowledged the page",
                by=by,
                at=at,
            )
        publish(
            name="incidents.page-acknowledged",
            tenant_id=found.tenant_id,
            payload={"page_id": found.pk, "by": by.label},
            at=at,
        )
    return found


def _works(by: Actor, *, tenant_id: int | None) -> bool:
    return by.access.any(Right.WORK_CASES) if tenant_id is None else by.access.can(Right.WORK_CASES, tenant_id)


def escalate_unanswered(*, at: datetime, limit: int = 100) -> int:
    """Page the next person for each page nobody answered in time. Returns how many were passed on."""
    with unit_of_work(SYSTEM.label):
        late = list(
            Page.objects.filter(status=PageStatus.SENT, escalates_at__lte=at)
            .order_by("pk")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit]
        )
        for unanswered in late:
            _pass_on(unanswered, at=at)
    return len(late)


def _pass_on(unanswered: Page, *, at: datetime) -> None:
    paged = set(Page.objects.filter(key=unanswered.key).values_list("user_id", flat=True))
    rest = [user_id for user_id in escalation_chain(tenant_id=unanswered.tenant_id, at=at) if user_id not in paged]
    unanswered.status = PageStatus.ESCALATED if rest else PageStatus.UNREACHED
    unanswered.escalates_at = None
    unanswered.save(update_fields=["status", "escalates_at"])
    if rest:
        _page_people(
            step=unanswered.step + 1, user_ids=rest[:1], tenant_id=unanswered.tenant_id, reason=unanswered.reason,
            key=unanswered.key, url=unanswered.url, incident_id=unanswered.incident_id, by=SYSTEM, at=at,
        )  # fmt: skip
    else:
        publish(
            name="incidents.page-unanswerable",
            tenant_id=unanswered.tenant_id,
            payload={"key": unanswered.key, "reason": unanswered.reason, "incident_id": unanswered.incident_id},
            at=at,
        )


def _page_people(
    *,
    step: int,
    user_ids: list[int],
    tenant_id: int | None,
    reason: str,
    key: str,
    url: str,
    incident_id: int | None,
    by: Actor,
    at: datetime,
) -> list[Page]:
    made = []
    for user_id in user_ids:
        one, created = Page.objects.get_or_create(
            key=key,
            step=step,
            user_id=user_id,
            defaults={
                "tenant_id": tenant_id,
                "incident_id": incident_id,
                "reason": reason,
                "url": url,
                "sent_at": at,
                "escalates_at": at + ANSWER_WITHIN,
            },
        )
        if created:
            made.append(one)
    for one in made:
        _send(one, at=at)
    return made


def _send(one: Page, *, at: datetime) -> None:
    answer_url = settings.DESK_URL + reverse("admin:incidents_page_acknowledge", args=[one.pk])
    send_mail(
        to=one.user.email,
        subject=f"[PAGE] {one.reason.splitlines()[0][:120]}",
        text=render_to_string(
            "incidents/mail/page.txt",
            {"page": one, "answer_url": answer_url, "look_url": settings.DESK_URL + one.url if one.url else ""},
        ),
        tenant_id=one.tenant_id,
        about_kind="incidents.page",
        about_id=one.pk,
        automated=True,
        at=at,
    )
    if one.incident_id is not None:
        timeline.write(
            incident_id=one.incident_id, kind=EntryKind.PAGE, body=f"Paged {one.user}: {one.reason}", by=SYSTEM, at=at
        )
    publish(
        name="incidents.page-sent",
        tenant_id=one.tenant_id,
        payload={"page_id": one.pk, "user_id": one.user_id, "key": one.key, "incident_id": one.incident_id},
        at=at,
    )
