"""Mail to the somebody outside of a side talk. It names neither the case nor the client: what they need to know, the
writer says. A thread of its own, so that no answer to it is taken for one to the case.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from cases.domain.side.links import link_for
from cases.models import SideTalk
from outbox.domain.delivering import send_mail
from outbox.models import Delivery

ABOUT = "side-talk"


def mail_out(talk: SideTalk, body: str, *, author: str, automated: bool, at: datetime, held_for: timedelta) -> Delivery:
    """In the house's language: of somebody outside no other is known."""
    words = {"talk": talk, "body": body, "author": author, "link": link_for(talk, at=at)}
    with translation.override(settings.LANGUAGE_CODE):
        text = render_to_string("cases/mail/side.txt", words).strip() + "\n"
        html = render_to_string("cases/mail/side.html", {**words, "text": text, "language": settings.LANGUAGE_CODE})
    thread = f"<side-{talk.pk}@{parseaddr(settings.MAIL_FROM)[1].rpartition('@')[2]}>"
    return send_mail(
        to=talk.address,
        subject=talk.subject,
        text=text,
        html=html,
        tenant_id=talk.tenant_id,
        about_kind=ABOUT,
        about_id=talk.pk,
        message_id_hint=f"side-{talk.pk}",
        headers={"References": thread, "In-Reply-To": thread},
        automated=automated,
        at=at,
        held_for=held_for,
    )
