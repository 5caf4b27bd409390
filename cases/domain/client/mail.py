"""Mail to the requester: rendered now, in the reader's language and zone, sent by the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cases.domain.client.links import link_for
from cases.models import Case
from outbox.domain.delivering import Outgoing, send
from outbox.models import Delivery
from tenants.models import Requester


def mail_requester(
    case: Case,
    *,
    template: str,
    automated: bool,
    at: datetime,
    held_for: timedelta = timedelta(0),
    context: dict[str, Any] | None = None,
) -> Delivery | None:
    """`template` names a text in templates/cases/mail/. None when the requester has been removed. `held_for`: how long
    it stays in the house, so that it can be withdrawn.
    """
    if case.requester.anonymised_at is not None:
        return None
    message = message_to(
        case.requester,
        case,
        template=template,
        automated=automated,
        at=at,
        held_for=held_for,
        context=context or {},
    )
    [delivery] = send(messages=[message])
    return delivery


def message_to(
    reader: Requester,
    case: Case,
    *,
    template: str,
    automated: bool,
    at: datetime,
    held_for: timedelta,
    context: dict[str, Any],
) -> Outgoing:
    """In the words of `template`, with the reader's own link."""
    with translation.override(reader.language), timezone.override(ZoneInfo(reader.time_zone)):
        words = {
            "case": case,
            "requester": reader,
            "link": link_for(case, reader_id=reader.pk, at=at),
            **context,
        }
        text = render_to_string(f"cases/mail/{template}.txt", words).strip() + "\n"
        html = render_to_string("cases/mail/frame.html", {**words, "text": text})
    thread = f"<case-{case.pk}@{_host()}>"
    return Outgoing(
        to=reader.email,
        subject=f"[{case.reference}] {case.subject}",
        text=text,
        html=html,
        tenant_id=case.tenant_id,
        about_kind="case",
        about_id=case.pk,
        message_id_hint=f"case-{case.pk}",
        headers={"References": thread, "In-Reply-To": thread},
        automated=automated,
        at=at,
        held_for=held_for,
    )


def _host() -> str:
    return settings.MAIL_FROM.rpartition("@")[2].rstrip("> ")
