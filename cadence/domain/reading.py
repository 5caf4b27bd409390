"""What the faces show of the cadence."""

from __future__ import annotations

from django.db.models import QuerySet

from cadence.models import WeeklyUpdate
from tenants.domain.actors import Actor


def updates(*, actor: Actor) -> QuerySet[WeeklyUpdate]:
    return WeeklyUpdate.objects.visible_to(actor).select_related("tenant", "clock", "sent_by", "edited_by")


def last_ten(*, update: WeeklyUpdate, actor: Actor) -> list[WeeklyUpdate]:
    """The ten latest sent ones before this, to be read side by side."""
    return list(
        updates(actor=actor)
        .filter(tenant_id=update.tenant_id, status="sent", week__lt=update.week)
        .order_by("-week")[:10]
    )
