"""What this room does when a lower room tells it something, and what it answers when one asks."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cadence.domain import chain_reviews, reading, review_mail
from cases.hooks import Promised, ToRead, promised_beside, to_read
from config import desk_frame
from config.admin import actor_for
from outbox.domain.consuming import EventValue, consumes
from tenants.domain.actors import Actor


@consumes("cases.case-escalated")
def look_for_a_pattern(*, event: EventValue, at: datetime) -> None:
    chain_reviews.look(case_id=event.payload["case_id"], at=at)


@consumes("cadence.review-opened")
def mail_an_opened_review(*, event: EventValue, at: datetime) -> None:
    review_mail.tell_of_opened(review_id=event.payload["review_id"], at=at)


@consumes("cadence.review-planned")
def mail_who_leads_a_review(*, event: EventValue, at: datetime) -> None:
    told = event.payload
    review_mail.tell_of_planned(review_id=told["review_id"], owner_id=told["owner_id"], by=told["by"], at=at)


@promised_beside.answered_by
def cadence_beside(*, actor: Actor, at: datetime) -> list[Promised]:
    """Two statements."""
    told = reading.beside(actor=actor, at=at)
    missing = len(reading.missing_updates(actor=actor, at=at))
    updates = reverse("admin:cadence_weeklyupdate_changelist")
    reviews = reverse("admin:cadence_chainreview_changelist")
    lapsing = f"{reverse('admin:cadence_slareview_changelist')}?held_at__isnull=True&due_on__lte={told.lapsing_by}"
    of_friday, draft = f"{updates}?week={told.friday}&status__exact=", f"{updates}?status__exact=draft"
    lists = [
        (missing, _("weekly updates missing"), reverse("cadence:missing"), "bad"),
        (told.drafted, _("weekly updates drafted"), f"{of_friday}draft", "warn"),
        (told.sent, _("weekly updates sent"), f"{of_friday}sent", "ok"),
        (told.late, _("weekly updates never sent"), f"{draft}&week__lt={told.friday}", "bad"),
        (told.lapsing, _("SLA reviews lapse within 14 days"), lapsing, "warn"),
        (told.reviews, _("chain reviews open"), f"{reviews}?closed_at__isnull=True", "warn"),
        (told.reviews_late, _("chain reviews late"), f"{reviews}?closed_at__isnull=True&due_on__lt={at.date()}", "bad"),
    ]
    return [Promised(number=number, words=words, url=url, tone=tone) for number, words, url, tone in lists]


@to_read.answered_by
def weeks_and_reviews(*, actor: Actor) -> list[ToRead]:
    weeks = [
        ToRead(
            what=_("L2's week"),
            words=date_format(told.summary.week),
            url=reverse("cadence:week", args=[told.summary_id]),
            at=told.told_at,
        )
        for told in reading.unread_weeks(actor).select_related("summary")
    ]
    return weeks + [
        ToRead(
            what=_("Chain review, yours") if review.owner_id == actor.user_id else _("Chain review, nobody's"),
            words=review.pattern,
            url=reverse("cadence:review", args=[review.pk]),
            at=review.opened_at,
        )
        for review in reading.reviews_that_wait(actor)
    ]


@desk_frame.lists.answered_by
def lists(*, request: HttpRequest) -> dict[str, QuerySet[Any]]:
    actor = actor_for(request)
    return {"weeks-of-l2": reading.unread_weeks(actor), "chain-reviews": reading.reviews_that_wait(actor)}
