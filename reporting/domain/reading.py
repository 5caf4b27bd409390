"""What the faces show of reports."""

from __future__ import annotations

from django.db.models import QuerySet

from reporting.models import FeedbackEvent
from tenants.domain.actors import Actor
from tenants.enums import Right


def feedback(*, actor: Actor) -> QuerySet[FeedbackEvent]:
    return FeedbackEvent.objects.visible_to(actor).select_related("case")


def require_reader(*, actor: Actor) -> None:
    actor.require_any(Right.SEE_CASES)
