"""Calling a person now: on-call first, then down the chain until somebody answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Forbidden
from incidents.domain import reading, rota, timeline
from incidents.enums import EntryKind, PageStatus
from incidents.models import Page, PageTenant
from outbox.domain.delivering import send_mail
from outbox.domain.publish import publish
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right
from tenants.models import Tenant, TenantPerson

ANSWER_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What all calls under one key are about: one tenant, or those of an incident that wait, or none."""

    key: str
    reason: str
    url: str
    tenant_id: int | None
    waiting: tuple[int, ...]
    incident_id: int | None

    @property
    def tenant_ids(self) -> tuple[int, ...]:
        return self.waiting if self.tenant_id is None else (self.tenant_id,)

    @property
    def only_tenant_id(self) -> int | None:
        return self.tenant_ids[0] if len(self.tenant_ids) == 1 else None


def page(
    *,
    tenant_id: int | None,
    waiting: Collection[int] = (),
    reason: str,
    key: str,
    url: str = "",
    user_ids: list[int] | None = None,
    incident_id: int | None = None,
    by: Actor,
    at: datetime,
) -> list[Page]:
    """Page `user_ids`, or the first of the chain (on-call, then the Tech Lead and PO of whom it is about).

    `key` names the trouble: while a page under it stands, the same person is not paged for it again. `waiting` names
    tenants of an incident in the place of `tenant_id`; while pages under the key stand they join those, and nobody is
    called again (whoever calls so holds the incident's lock). Returns the pages made now; none when everybody was
    paged already or nobody can be.
    """
    trouble = Trouble(
        key=key, reason=reason, url=url, tenant_id=tenant_id, waiting=tuple(waiting), incident_id=incident_id
    )
    with unit_of_work(by.label):
        if trouble.waiting and _join(trouble, at=at):
            return []
        called = escalation_chain(tenant_ids=trouble.tenant_ids, at=at)[:1] if user_ids is None else user_ids
        if user_ids is None and not called:
            _nobody_answers(trouble, at=at)
        return _page_people(trouble, step=1, user_ids=called, at=at)


def escalation_chain(*, tenant_ids: Collection[int], at: datetime) -> list[int]:
    """Ids of the people to call, in order, each once: on call now, then the tenants' Tech Leads and POs."""
    people = TenantPerson.objects.filter(
        tenant_id__in=tenant_ids, role__in=["on_call", "tech_lead", "po"], user__is_active=True
    )
    order = {"on_call": 0, "tech_lead": 1, "po": 2}
    chain = [user.pk for user in rota.on_call(at=at)]
    chain += [p.user_id for p in sorted(people, key=lambda person: (order[person.role], person.pk))]
    return list(dict.fromkeys(chain))


def acknowledge(*, page_id: int, by: Actor, at: datetime) -> Page:
    """Somebody has it: who was called, or who works the tenant's cases. Saying so twice changes nothing."""
    with unit_of_work(by.label):
        found = reading.pages(actor=by).select_for_update(of=("self",), no_key=True).filter(pk=page_id).first()
        if found is None:
            raise Absent(_("There is no such page."))
        if found.user_id != by.user_id and not _works(by, _trouble(found)):
            raise Forbidden(_("Only who was called, or works the tenant's cases, can say that they have it."))
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
            tenant_id=_trouble(found).only_tenant_id,
            payload={"page_id": found.pk, "by": by.label},
            at=at,
        )
    return found


def _works(by: Actor, trouble: Trouble) -> bool:
    if not trouble.tenant_ids:
        return by.access.any(Right.WORK_CASES)
    return any(by.access.can(Right.WORK_CASES, tenant_id) for tenant_id in trouble.tenant_ids)


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
    trouble = _trouble(unanswered)
    paged = set(Page.objects.filter(key=unanswered.key).values_list("user_id", flat=True))
    rest = [one for one in escalation_chain(tenant_ids=trouble.tenant_ids, at=at) if one not in paged]
    unanswered.status = PageStatus.ESCALATED if rest else PageStatus.UNREACHED
    unanswered.escalates_at = None
    unanswered.save(update_fields=["status", "escalates_at"])
    if rest:
        _page_people(trouble, step=unanswered.step + 1, user_ids=rest[:1], at=at)
    else:
        _nobody_answers(trouble, at=at)


def _trouble(one: Page) -> Trouble:
    waiting = one.tenant_links.values_list("tenant_id", flat=True)
    return Trouble(
        key=one.key,
        reason=one.reason,
        url=one.url,
        tenant_id=one.tenant_id,
        waiting=tuple(waiting),
        incident_id=one.incident_id,
    )


def _join(trouble: Trouble, *, at: datetime) -> bool:
    """Whether pages stood under the key: the tenants wait behind these now."""
    standing = Page.objects.filter(key=trouble.key).order_by("pk")
    list(standing.select_for_update(of=("self",), no_key=True))
    # Read again under the locks: who was just passed on has a page more, made while we waited.
    pages = list(standing)
    for one in pages:
        _wait_behind(one, trouble, at=at)
    return bool(pages)


def _wait_behind(one: Page, trouble: Trouble, *, at: datetime) -> None:
    PageTenant.objects.bulk_create(
        [PageTenant(page=one, tenant_id=tenant_id, since=at) for tenant_id in trouble.waiting], ignore_conflicts=True
    )


def _page_people(trouble: Trouble, *, step: int, user_ids: list[int], at: datetime) -> list[Page]:
    made = []
    for user_id in user_ids:
        one, created = Page.objects.get_or_create(
            key=trouble.key,
            step=step,
            user_id=user_id,
            defaults={
                "tenant_id": trouble.tenant_id,
                "incident_id": trouble.incident_id,
                "reason": trouble.reason,
                "url": trouble.url,
                "sent_at": at,
                "escalates_at": at + ANSWER_WITHIN,
            },
        )
        if created:
            _wait_behind(one, trouble, at=at)
            made.append(one)
    for one in made:
        _send(one, trouble, at=at)
    return made


def _nobody_answers(trouble: Trouble, *, at: datetime) -> None:
    publish(
        name="incidents.page-unanswerable",
        tenant_id=trouble.only_tenant_id,
        payload={"key": trouble.key, "reason": trouble.reason, "incident_id": trouble.incident_id},
        at=at,
    )


def _send(one: Page, trouble: Trouble, *, at: datetime) -> None:
    tenants = Tenant.objects.filter(pk__in=trouble.tenant_ids).order_by("name").values_list("name", flat=True)
    context = {
        "page": one,
        "tenants": list(tenants),
        "answer_url": settings.DESK_URL + reverse("admin:incidents_page_acknowledge", args=[one.pk]),
        "look_url": settings.DESK_URL + one.url if one.url else "",
    }
    with translation.override(one.user.language):
        text = render_to_string("incidents/mail/page.txt", context)
    send_mail(
        to=one.user.email,
        subject=f"[PAGE] {one.reason.splitlines()[0][:120]}",
        text=text,
        tenant_id=trouble.only_tenant_id,
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
        tenant_id=trouble.only_tenant_id,
        payload={"page_id": one.pk, "user_id": one.user_id, "key": one.key, "incident_id": one.incident_id},
        at=at,
    )
