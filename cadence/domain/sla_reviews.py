"""The SLA is gone through with each client every ninety days: who is next, and that it was held."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import DatabaseError
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cadence.models import SlaReview
from config.db import unit_of_work
from config.errors import Absent, DomainError, Forbidden, Invalid, Refused
from outbox.domain.publish import publish
from sla.domain import policies
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right
from tenants.models import Tenant

logger = logging.getLogger(__name__)

EVERY = timedelta(days=90)
LONGEST = 5000  # characters


def plan_due(*, at: datetime) -> list[SlaReview]:
    """A day for each client that has none, one at a time: one that fails does not keep the others from theirs."""
    planned = []
    waiting = SlaReview.objects.filter(tenant=OuterRef("pk"), held_at=None)
    for tenant in Tenant.objects.open().filter(~Exists(waiting)).order_by("pk"):
        try:
            with unit_of_work(SYSTEM.label):
                review, new = SlaReview.objects.get_or_create(
                    tenant=tenant, held_at=None, defaults={"due_on": _first(tenant, at=at)}
                )
        except DatabaseError:
            logger.exception("the SLA review of tenant %s could not be planned", tenant.pk)
            continue
        planned += [review] if new else []
    return planned


def hold(*, review_id: int, outcome: str, by: Actor, at: datetime) -> SlaReview:
    """It was held, and this came of it; the next one is planned. Refused for one that was held before."""
    outcome = outcome.strip()
    if not outcome or len(outcome) > LONGEST:
        wanted = _("Say in 1 to %(most)s characters what came of it.") % {"most": LONGEST}
        raise Invalid(wanted, field="outcome")
    with unit_of_work(by.label):
        review = SlaReview.objects.visible_to(by).select_related("tenant").locked().filter(pk=review_id).first()
        if review is None:
            raise Absent(_("There is no such review."))
        if not may_hold(review=review, by=by):
            who = _("The CS Lead or the PO of %(tenant)s goes through the SLA with them.")
            raise Forbidden(who % {"tenant": review.tenant.name})
        if review.held_at is not None:
            raise Refused(_("This review was held before."), code="held")
        review.held_at, review.held_by_id, review.outcome = at, by.user_id, outcome
        review.save(update_fields=["held_at", "held_by", "outcome"])
        if review.tenant.closed_at is None:
            SlaReview.objects.create(tenant=review.tenant, due_on=_day(review.tenant, at) + EVERY)
        publish(
            name="cadence.sla-reviewed",
            tenant_id=review.tenant_id,
            payload={"review_id": review.pk, "by": by.label},
            at=at,
        )
    return review


def may_hold(*, review: SlaReview, by: Actor) -> bool:
    return by.is_person and by.user_id is not None and by.can(Right.HAND_OVER, review.tenant_id)


def _first(tenant: Tenant, *, at: datetime) -> date:
    """Promises made are promises gone through; whoever has none needs a review now."""
    try:
        made = policies.policy_for(tenant=tenant, at=at).policy.valid_from
    except DomainError:
        return _day(tenant, at)
    return _day(tenant, made) + EVERY


def _day(tenant: Tenant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(tenant.time_zone)).date()
