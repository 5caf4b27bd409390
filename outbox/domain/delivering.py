"""The door for every message that leaves the building: rendered and given its id now, sent when this commits."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings

from config.inserting import insert
from outbox.domain.nudging import nudge_on_commit
from outbox.domain.wording import address, extra_headers, one_line, storable
from outbox.enums import DeliveryStatus
from outbox.models import Delivery

SUBJECT_LENGTH = 500
NOWHERE = ".invalid"  # reserved (RFC 2606): stands for people whose address an imported history did not know


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One message to one address, in the channel's words for an address.

    `automated`: nobody wrote it just now; it says so, and an address gets only so many of them an hour.
    `held_for`: how long it stays in the house, so that it can be withdrawn. `message_id_hint`: words in front of the
    Message-ID, so that people find a thread in a mail log.
    """

    to: str
    subject: str
    text: str
    tenant_id: int | None
    about_kind: str
    about_id: int | None
    automated: bool
    at: datetime
    held_for: timedelta = timedelta(0)
    html: str | None = None
    message_id_hint: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    reply_to: str | None = None
    channel: str = "mail"


def send_mail(
    *,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    tenant_id: int | None,
    about_kind: str,
    about_id: int | None,
    message_id_hint: str | None = None,
    headers: Mapping[str, str] | None = None,
    reply_to: str | None = None,
    automated: bool,
    at: datetime,
    held_for: timedelta = timedelta(0),
) -> Delivery:
    """Invalid for what is no single mail address, or no header that others may set."""
    [delivery] = send(
        messages=[
            Outgoing(
                to=to,
                subject=subject,
                text=text,
                html=html,
                tenant_id=tenant_id,
                about_kind=about_kind,
                about_id=about_id,
                message_id_hint=message_id_hint,
                headers=headers or {},
                reply_to=reply_to,
                automated=automated,
                at=at,
                held_for=held_for,
            )
        ]
    )
    return delivery


def send(*, messages: Sequence[Outgoing]) -> list[Delivery]:
    """All or none, in one statement; Invalid as `send_mail`."""
    deliveries = insert(_delivery(message) for message in messages)
    if deliveries:
        nudge_on_commit("outbox.deliver")
    return deliveries


def _delivery(message: Outgoing) -> Delivery:
    is_mail = message.channel == "mail"
    unreachable = is_mail and message.to.strip().lower().endswith(NOWHERE)
    return Delivery(
        status=DeliveryStatus.SKIPPED if unreachable else DeliveryStatus.QUEUED,
        settled_at=message.at if unreachable else None,
        error="Nobody can be reached at this address" if unreachable else "",
        channel=message.channel,
        to=address(message.to, field="to") if is_mail else one_line(message.to),
        reply_to=address(message.reply_to, field="reply_to") if message.reply_to else "",
        subject=one_line(message.subject)[:SUBJECT_LENGTH],
        text=storable(message.text),
        html=storable(message.html or ""),
        headers=extra_headers(dict(message.headers)),
        tenant_id=message.tenant_id,
        about_kind=message.about_kind,
        about_id=message.about_id,
        message_id=_message_id(message.message_id_hint),
        automated=message.automated,
        created_at=message.at,
        next_attempt_at=message.at + message.held_for,
    )


def _message_id(hint: str | None) -> str:
    words = re.sub(r"[^A-Za-z0-9.-]+", "-", hint or "").strip("-.")[:80]
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2]
    return f"<{f'{words}.' if words else ''}{uuid.uuid4().hex}@{domain}>"
