"""Who takes part in the newest cases, and inboxes of people who have read what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.domain.people import inbox, participants
from cases.enums import URGENT
from cases.models import Case, Notice
from tenants.domain.actors import actor_of_user
from tenants.models import Requester, User

NEWEST = 8
READ_AFTER = timedelta(hours=20)


def take_part(*, now: datetime) -> None:
    """Every other one of the newest cases has a colleague of the client's in copy; the lead follows what is urgent."""
    l1, lead = (
        actor_of_user(User.objects.select_related("requester").get(username=name), at=now) for name in ("l1", "lead")
    )
    for place, case in enumerate(Case.objects.open().order_by("-opened_at", "-pk")[:NEWEST]):
        others = Requester.objects.filter(tenant_id=case.tenant_id, anonymised_at=None).exclude(pk=case.requester_id)
        if place % 2 == 0 and (other := others.order_by("pk").first()) is not None:
            participants.copy_to(case_id=case.pk, email=other.email, by=l1, at=now)
        if case.priority in URGENT:
            participants.follow(case_id=case.pk, by=lead, at=now)


def read_what_is_old(*, now: datetime) -> None:
    for person in User.objects.select_related("requester").filter(is_demo=True, requester=None, is_active=True):
        old = Notice.objects.filter(user=person, at__lt=now - READ_AFTER).order_by("-pk").first()
        if old is not None:
            inbox.read_all(up_to=old.pk, by=actor_of_user(person, at=now), at=now)
