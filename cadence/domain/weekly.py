"""The weekly update: drafted by the desk on Thursday from the week's rows, edited and sent by a person on Friday."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_fsm as fsm
from django.db import DatabaseError
from django.utils.translation import gettext

from cadence.domain import wording
from cadence.domain.calendar import UpdateWeek, week_at
from cadence.enums import UpdateStatus, WorkState
from cadence.models import WeeklyUpdate, WorkItem
from config.db import unit_of_work
from config.errors import Absent, DomainError, Forbidden, Invalid, Stale, TransitionRefused
from outbox.domain.delivering import send_mail
from outbox.domain.publish import publish
from reporting.domain.week import Fact, week_of
from sla.domain import clocks
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right
from tenants.models import Contact, Tenant, TenantPerson

logger = logging.getLogger(__name__)
KIND = "weekly_update"
READERS = ("operations", "sponsor")
WRITERS = ("po", "deputy")


def draft_due(*, at: datetime) -> list[WeeklyUpdate]:
    """Draft what is due and not there, a tenant at a time: one that fails does not keep the others from theirs."""
    drafted = []
    for tenant in Tenant.objects.filter(closed_at__isnull=True).order_by("pk"):
        week = week_at(at=at, zone=ZoneInfo(tenant.time_zone))
        if at < week.draft_at or WeeklyUpdate.objects.filter(tenant=tenant, week=week.friday).exists():
            continue
        try:
            drafted.append(draft(tenant_id=tenant.pk, week=week, by=SYSTEM, at=at))
        except (DatabaseError, DomainError):
            logger.exception("the weekly update of tenant %s could not be drafted", tenant.pk)
    return drafted


def draft(*, tenant_id: int, week: UpdateWeek, by: Actor, at: datetime) -> WeeklyUpdate:
    """The week's draft with the clock on its sending. There already: that one, unchanged."""
    with unit_of_work(by.label):
        tenant = Tenant.objects.locked().get(pk=tenant_id)
        existing = WeeklyUpdate.objects.filter(tenant=tenant, week=week.friday).first()
        if existing is not None:
            return existing
        clock = clocks.start(
            tenant_id=tenant.pk,
            kind=KIND,
            label=f"Weekly update to {tenant.name}, {week.friday:%-d %B}",
            due_at=week.due_at,
            by=by,
            at=at,
        )
        update = WeeklyUpdate.objects.create(
            tenant=tenant,
            week=week.friday,
            drafted_at=at,
            clock=clock,
            **wording.fitted(sections_from_facts(tenant_id=tenant.pk, week=week, at=at)),
        )
        publish(
            name="cadence.update-drafted",
            tenant_id=tenant.pk,
            payload={"update_id": update.pk, "week": week.friday.isoformat()},
            at=at,
        )
    return update


def sections_from_facts(*, tenant_id: int, week: UpdateWeek, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Work items and the desk's own week of this tenant; nothing internal, each line with its fact."""
    facts = week_of(tenant_id=tenant_id, start=week.facts_from, end=at)
    items = WorkItem.objects.filter(tenant_id=tenant_id, internal=False).order_by("kind", "-pk")
    since = week.facts_from.date()
    built = [_of_item(item) for item in items.filter(state=WorkState.SHIPPED, shipped_on__gte=since)[:5]]
    going = [_of_item(item) for item in items.filter(state=WorkState.IN_PROGRESS)[:5]]
    stuck = [_of_item(item) for item in items.filter(state=WorkState.BLOCKED)[:5]]
    return {
        "shipped": [fact.as_line() for fact in built + facts.solved],
        "in_progress": [fact.as_line() for fact in going + facts.working],
        "blocked": [fact.as_line() for fact in stuck + facts.waiting],
    }


def edit(
    *,
    update_id: int,
    sections: Mapping[str, Sequence[str]],
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> WeeklyUpdate:
    """Replace the lines of the three sections. A line whose words stay keeps its fact. Raises Invalid at 200 words."""
    with unit_of_work(by.label):
        update = _locked(update_id=update_id, by=by, expected_version=expected_version)
        _require_draft(update, "edit")
        lines = {name: _with_facts(getattr(update, name), sections[name]) for name, _ in wording.SECTIONS}
        words = wording.count(wording.text_of(lines))
        if words >= wording.MOST_WORDS:
            raise Invalid(
                gettext("%(words)s words: an update stays under %(most)s.")
                % {"words": words, "most": wording.MOST_WORDS},
                code="too-long",
            )
        update.shipped, update.in_progress, update.blocked = (lines[name] for name, _ in wording.SECTIONS)
        update.edited_at, update.edited_by_id = at, by.user_id
        _save(update, "shipped", "in_progress", "blocked", "edited_at", "edited_by")
    return update


def write(
    *,
    update_id: int,
    sections: Mapping[str, Sequence[str]],
    send_now: bool,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> WeeklyUpdate:
    """Edit and, with `send_now`, send in the same stroke: both happen or neither does."""
    with unit_of_work(by.label):
        update = edit(update_id=update_id, sections=sections, by=by, at=at, expected_version=expected_version)
        if send_now:
            update = send(update_id=update_id, by=by, at=at)
    return update


def send(*, update_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> WeeklyUpdate:
    """Send it to the tenant's operations and sponsor contacts, word for word as previewed, and meet its clock."""
    with unit_of_work(by.label):
        update = _locked(update_id=update_id, by=by, expected_version=expected_version)
        contacts = list(Contact.objects.filter(tenant_id=update.tenant_id, role__in=READERS).order_by("pk"))
        if not contacts:
            raise Invalid(
                gettext("%(tenant)s has no operations or sponsor contact to send it to.")
                % {"tenant": update.tenant.name},
                code="no-reader",
            )
        text = wording.text_of({name: getattr(update, name) for name, _ in wording.SECTIONS})
        if wording.count(text) >= wording.MOST_WORDS:
            raise Invalid(
                gettext("An update stays under %(most)s words.") % {"most": wording.MOST_WORDS},
                code="too-long",
            )
        try:
            update._to_sent(at=at, by_id=by.user_id, text=text)
        except fsm.TransitionNotAllowed:
            raise TransitionRefused(gettext("This update was sent already."), allowed=[]) from None
        _save(update, "status", "sent_at", "sent_by", "sent_text")
        clocks.stop(clock_id=update.clock_id, by=by, at=at)
        for email in dict.fromkeys(contact.email for contact in contacts):
            send_mail(
                to=email,
                subject=f"{update.tenant.name}: your week, {update.week:%-d %B %Y}",
                text=f"{text}\n\n{by.name}",
                tenant_id=update.tenant_id,
                about_kind="cadence.weeklyupdate",
                about_id=update.pk,
                automated=False,
                at=at,
            )
        publish(
            name="cadence.update-sent",
            tenant_id=update.tenant_id,
            payload={"update_id": update.pk, "week": update.week.isoformat(), "by": by.label},
            at=at,
        )
    return update


def may_write(*, update: WeeklyUpdate, by: Actor) -> bool:
    """The tenant's PO or deputy, and whoever holds the PO's right there. The system never sends."""
    if by.user_id is None or not by.is_person:
        return False
    if by.can(Right.CLIENT_WORDS, update.tenant_id):
        return True
    return TenantPerson.objects.filter(
        tenant_id=update.tenant_id, user_id=by.user_id, role__in=WRITERS
    ).exists() and by.can(Right.WORK_CASES, update.tenant_id)


def _locked(*, update_id: int, by: Actor, expected_version: int | None) -> WeeklyUpdate:
    update = WeeklyUpdate.objects.visible_to(by).select_related("tenant").locked().filter(pk=update_id).first()
    if update is None:
        raise Absent(gettext("There is no such update."))
    if not may_write(update=update, by=by):
        raise Forbidden(
            gettext("The update to %(tenant)s is written by its PO or deputy.") % {"tenant": update.tenant.name}
        )
    if expected_version is not None and expected_version != update.version:
        raise Stale(gettext("Somebody changed this update meanwhile. Look again before you go on."))
    return update


def _require_draft(update: WeeklyUpdate, move: str) -> None:
    if update.status != UpdateStatus.DRAFT:
        raise TransitionRefused(
            gettext("A sent update stands: it can't be changed (%(move)s).") % {"move": move}, allowed=[]
        )


def _with_facts(before: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> list[dict[str, Any]]:
    facts = {line["text"]: line["fact"] for line in before}
    return [{"text": text.strip(), "fact": facts.get(text.strip())} for text in texts if text.strip()]


def _save(update: WeeklyUpdate, *fields: str) -> None:
    update.version += 1
    update.save(update_fields=[*fields, "version"])


def _of_item(item: WorkItem) -> Fact:
    text = item.title if not item.blocked_by else f"{item.title}: waits for {item.blocked_by}"
    return Fact(kind="work", label=str(item.pk), url=f"/admin/cadence/workitem/{item.pk}/change/", text=text)
