"""A chain review by mail, to who answers for it: as each of them chose to be told."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from cadence.domain.chain_reviews import leaders
from cadence.models import ChainReview
from cases.domain.people.notices import mailed_at
from cases.models.notices import REVIEW_MAIL
from outbox.domain.delivering import send_mail
from tenants.models import User


def tell_of_opened(*, review_id: int, at: datetime) -> None:
    """Everybody who might lead it, as long as nobody does."""
    review = ChainReview.objects.open().filter(pk=review_id, owner=None).first()
    if review is not None:
        for person in leaders(review, at=at):
            _mail(review, person, at=at)


def tell_of_planned(*, review_id: int, owner_id: int, by: str, at: datetime) -> None:
    """Who is to lead it; not who took it themselves, nor where it is somebody else's by now."""
    review = ChainReview.objects.open().filter(pk=review_id, owner=owner_id).first()
    if review is None or by == f"user:{owner_id}":
        return
    for person in (one for one in leaders(review, at=at) if one.pk == owner_id):
        _mail(review, person, at=at)


def _mail(review: ChainReview, person: User, *, at: datetime) -> None:
    due_at = mailed_at(person, REVIEW_MAIL, at=at)
    if due_at is None:
        return
    told = {
        "review": review,
        "cases": review.review_cases.count(),
        "theirs": review.owner_id == person.pk,
        "link": settings.DESK_URL + reverse("cadence:review", args=[review.pk]),
    }
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        written = render_to_string("cadence/mail/chain_review.txt", told)
    subject, _nothing, text = written.strip().partition("\n")
    send_mail(
        to=person.email,
        subject=subject,
        text=text.strip() + "\n",
        tenant_id=None,
        about_kind="cadence.chainreview",
        about_id=review.pk,
        automated=True,
        at=at,
        held_for=due_at - at,
    )
