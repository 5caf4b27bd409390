"""What this room answers when a lower room asks."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cadence.domain import reading
from cases.hooks import Promised, promised_beside
from tenants.domain.actors import Actor


@promised_beside.answered_by
def weekly_updates(*, actor: Actor, at: datetime) -> list[Promised]:
    week = reading.this_week(actor=actor, at=at)
    updates = reverse("admin:cadence_weeklyupdate_changelist")
    friday = f"week={week.friday.isoformat()}"
    return [
        Promised(
            number=week.drafted,
            words=_("weekly updates drafted"),
            url=f"{updates}?{friday}&status__exact=draft",
            tone="warn",
        ),
        Promised(
            number=week.sent, words=_("weekly updates sent"), url=f"{updates}?{friday}&status__exact=sent", tone="ok"
        ),
    ]
