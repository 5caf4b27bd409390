"""At eight the lead's page comes by mail: once a day, on their working days, to each who wants it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from cases.domain.assignment.people import absences_of, working_time_of
from cases.domain.assignment.presence import presence
from cases.domain.desk.morning import morning
from cases.domain.people.colleagues import with_access
from cases.domain.people.notices import choice_of
from cases.enums import Presence
from cases.models import MorningMail, NoticeChoice
from config.db import unit_of_work
from outbox.domain.delivering import send_mail
from outbox.models import Delivery
from sla.domain import business_time
from sla.domain.business_time import Hours
from tenants.domain.access import Access
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.enums import Right, Role
from tenants.models import User

logger = logging.getLogger(__name__)

SENT_AT = 8
OVER_AT = 12  # a desk that was down at eight tells them still; at noon the morning is over
SATURDAY = 5


def send_due(*, at: datetime) -> int:
    """How many mails. One that fails keeps nobody else from theirs; it is tried again in the next round."""
    sent = 0
    for person in _due(at):
        try:
            sent += send_to(person, at=at) is not None
        except Exception:
            logger.exception("The morning of user %s could not be mailed", person.pk)
    return sent


def send_to(person: User, *, at: datetime) -> Delivery | None:
    """None where they have had it today, even if that was a moment ago, from another worker."""
    zone = ZoneInfo(person.time_zone)
    local = at.astimezone(zone)
    with unit_of_work(SYSTEM.label):
        row, new = MorningMail.objects.get_or_create(user=person, day=local.date())
        if not new:
            return None
        with translation.override(person.language), timezone.override(zone):
            told = morning(actor=actor_of_user(person, at=at), at=local)
            shown = {
                "morning": told,
                "desk": settings.DESK_URL,
                "language": person.language,
                "page": reverse("desk:triage"),
                "choice": reverse("desk:notice-choice"),
            }
            text = render_to_string("cases/mail/morning.txt", shown)
            html = render_to_string("cases/mail/morning.html", shown)
        delivery = send_mail(
            to=person.email,
            subject=told.subject,
            text=text.strip() + "\n",
            html=html,
            tenant_id=None,
            about_kind="morning",
            about_id=person.pk,
            message_id_hint=f"morning-{person.pk}",
            automated=True,
            at=at,
        )
        row.delivery_id = delivery.pk
        row.save(update_fields=["delivery_id"])
    return delivery


def wants(access: Access, choice: NoticeChoice) -> bool:
    """Whoever leads a desk may have it; the CS Lead has it unless they say otherwise."""
    if not access.any(Right.HAND_OVER):
        return False
    return Role.LEAD in access.roles if choice.morning is None else choice.morning


def _due(at: datetime) -> list[User]:
    """Where it is between eight and noon of a day on which they work, and who has not had it. Two statements, and one
    for each of them.
    """
    days = [at.date() + timedelta(days=n) for n in (-1, 0, 1)]  # today somewhere
    had = set(MorningMail.objects.filter(day__in=days).values_list("user_id", "day"))
    people = User.objects.filter(is_staff=True).exclude(email="").select_related("notice_choice", "working_time")
    found = []
    for person, access in with_access(people, at=at):
        local = at.astimezone(ZoneInfo(person.time_zone))
        if not SENT_AT <= local.hour < OVER_AT or (person.pk, local.date()) in had:
            continue
        if wants(access, choice_of(person)) and works_on(person, local):
            found.append(person)
    return found


def works_on(person: User, local: datetime) -> bool:
    """Whether it is a day of theirs: by their working time, else Monday to Friday; not while they are away."""
    if presence(None, absences_of(person.pk, at=local), at=local).presence == Presence.AWAY:
        return False
    working_time = working_time_of(person)
    if working_time is None:
        return local.weekday() < SATURDAY
    midnight = datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)
    shifts = business_time.windows(Hours.from_spec(working_time.calendar(person.time_zone)), midnight, 1)
    return bool(shifts) and shifts[0][0].astimezone(local.tzinfo).date() == local.date()
