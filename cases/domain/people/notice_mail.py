"""Notices by mail: one mail of one, a list of several. What is written when it is due is frozen in the outbox."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import Truncator

from cases.domain.people.colleagues import with_access
from cases.enums import NoticeEvent
from cases.models import Interaction, Notice
from config.db import unit_of_work
from outbox.domain.delivering import send_mail
from outbox.models import Delivery
from tenants.domain.actors import SYSTEM
from tenants.enums import Right
from tenants.models import User

logger = logging.getLogger(__name__)

PEOPLE = 200  # a round
IN_ONE_MAIL = 100
EXCERPT = 2000  # characters of what was said
AGAIN_AFTER = timedelta(hours=1)
KEPT = timedelta(days=90)


def send_due(*, at: datetime) -> int:
    """Mail each person what is due for them; returns how many mails. One that fails is tried again in an hour."""
    due = Notice.objects.filter(mail_due_at__lte=at).order_by("user_id").values_list("user_id", flat=True)
    sent = 0
    for user_id in due.distinct()[:PEOPLE]:
        try:
            sent += send_to(user_id=user_id, at=at) is not None
        except Exception:
            logger.exception("Notices of user %s could not be mailed", user_id)
            Notice.objects.filter(user_id=user_id, mail_due_at__lte=at).update(mail_due_at=at + AGAIN_AFTER)
    return sent


def send_to(*, user_id: int, at: datetime) -> Delivery | None:
    """One mail of all that is due for this person; None where nothing is, or not for them any more."""
    with unit_of_work(SYSTEM.label):
        due = Notice.objects.filter(user_id=user_id, mail_due_at__lte=at).order_by("pk")
        rows = list(due.select_related("case__tenant", "case__requester").select_for_update(of=("self",))[:IN_ONE_MAIL])
        person, seen = _still_theirs(user_id, rows, at=at)
        delivery = _mail(person, seen, at=at) if person is not None and seen else None
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mail_due_at=None)
        if delivery is not None:
            Notice.objects.filter(pk__in=[row.pk for row in seen]).update(delivery_id=delivery.pk)
        return delivery


def forget(*, at: datetime) -> int:
    """What is three months old is in nobody's inbox any more."""
    gone, _each = Notice.objects.filter(at__lt=at - KEPT, mail_due_at=None).delete()
    return gone


def _still_theirs(user_id: int, rows: Sequence[Notice], *, at: datetime) -> tuple[User | None, list[Notice]]:
    """Who has lost a client's cases since is told nothing of them."""
    for person, access in with_access(User.objects.filter(pk=user_id).exclude(email=""), at=at):
        return person, [row for row in rows if access.can(Right.SEE_CASES, row.tenant_id)]
    return None, []


def _mail(person: User, rows: list[Notice], *, at: datetime) -> Delivery:
    tenant_ids = {row.tenant_id for row in rows}
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        one = rows[0] if len(rows) == 1 else None
        written = _of_one(one) if one is not None else _of_several(rows)
        subject, _nothing, text = written.strip().partition("\n")
    return send_mail(
        to=person.email,
        subject=f"[{one.case.reference}] {subject}" if one is not None else subject,
        text=text.strip() + "\n",
        tenant_id=tenant_ids.pop() if len(tenant_ids) == 1 else None,
        about_kind="case" if one is not None else "notices",
        about_id=one.case_id if one is not None else person.pk,
        message_id_hint=f"case-{one.case_id}" if one is not None else f"notices-{person.pk}",
        automated=True,
        at=at,
    )


def _of_one(row: Notice) -> str:
    said = Interaction.objects.filter(pk=row.interaction_id or 0).values_list("body", flat=True).first()
    words: dict[str, Any] = {
        "case": row.case,
        "notice": row,
        "name": row.who,
        "body": Truncator(said or row.words).chars(EXCERPT),
        "link": link_to(row),
    }
    template = "desk_wrote" if row.event == NoticeEvent.CUSTOMER else "notice"
    return render_to_string(f"cases/mail/{template}.txt", words)


def _of_several(rows: Sequence[Notice]) -> str:
    return render_to_string("cases/mail/notices.txt", {"notices": [(row, link_to(row)) for row in rows]})


def link_to(row: Notice) -> str:
    return settings.DESK_URL + place_of(row)


def place_of(row: Notice) -> str:
    """Where what it tells is read."""
    if row.side_talk_id is not None:
        return reverse("desk:side-talk", args=[row.case_id, row.side_talk_id]) + "#end"
    return reverse("desk:case", args=[row.case_id]) + (f"#i{row.interaction_id}" if row.interaction_id else "")
