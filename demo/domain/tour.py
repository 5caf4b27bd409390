"""Six places to look at first."""

from __future__ import annotations

from django.urls import reverse

from cases.enums import Priority
from cases.models import Case


def stops() -> list[tuple[str, str]]:
    """Paths and what is to be seen there."""
    urgent = Case.objects.open().filter(priority__in=[Priority.P0, Priority.P1]).order_by("next_due_at").first()
    case = urgent or Case.objects.order_by("-pk").first()
    page = reverse("desk:case", args=[case.pk]) if case else reverse("desk:queue", args=["all"])
    return [
        (reverse("desk:queue", args=["breaching-next"]), "the queue, soonest promise first (as l1)"),
        (page, "a case: its clocks run, its moves ask for what they need (as l1)"),
        (reverse("desk:triage"), "the CS Lead's morning: what will break, who carries what (as lead)"),
        (reverse("status:page"), "the status page that clients read (no sign-in)"),
        (reverse("outbox:sent"), "every mail that would have left; answer one as the client (as lead)"),
        ("/api/v1/docs/", "the REST API, to try (token: manage.py api_token l2)"),
    ]
