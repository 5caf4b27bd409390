"""L2's week by mail: what this reader may see of it, frozen when it is sent."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from cadence.domain import level_week
from cadence.domain.reading import lines_of
from cadence.models import LevelSummary
from outbox.domain.delivering import send_mail
from tenants.domain.actors import Actor
from tenants.models import User


def send(summary: LevelSummary, *, to: User, actor: Actor, at: datetime) -> None:
    """Nobody without an address."""
    if not to.email:
        return
    time = {"start": summary.covers_from, "end": summary.covers_to}
    told = {
        "summary": summary,
        "figures": level_week.figures(actor, **time),
        "repeated": level_week.repeated(actor, **time),
        "sections": lines_of(summary, actor=actor),
        "link": settings.DESK_URL + reverse("cadence:week", args=[summary.pk]),
    }
    with translation.override(to.language), timezone.override(ZoneInfo(to.time_zone)):
        written = render_to_string("cadence/mail/level_week.txt", told)
    subject, _nothing, text = written.strip().partition("\n")
    send_mail(
        to=to.email,
        subject=subject,
        text=text.strip() + "\n",
        tenant_id=None,
        about_kind="cadence.levelsummary",
        about_id=summary.pk,
        automated=True,
        at=at,
    )
