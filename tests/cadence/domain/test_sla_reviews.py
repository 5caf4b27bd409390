"""The SLA is gone through with each client every ninety days."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cadence.domain import sla_reviews
from cadence.models import SlaReview
from config.errors import Absent, Forbidden, Invalid, Refused
from sla.models import Policy
from tests.factories.cases import DAY, MONDAY
from tests.factories.sla import PolicyFactory
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db


def test_each_client_has_one_ninety_days_after_its_promises_were_made():
    acme, globex = TenantFactory(), TenantFactory()
    TenantFactory(closed_at=MONDAY)
    PolicyFactory(tenant=acme, segment="", tier="", valid_from=MONDAY - 30 * DAY)
    Policy.objects.exclude(tenant=acme).delete()
    planned = sla_reviews.plan_due(at=MONDAY)
    assert [(review.tenant, review.due_on) for review in planned] == [
        (acme, date(2026, 10, 17) + timedelta(days=90)),
        (globex, date(2026, 11, 16)),
    ]
    assert sla_reviews.plan_due(at=MONDAY + DAY) == []


@pytest.mark.parametrize("role", ["lead", "po"])
def test_one_that_was_held_plans_the_next(role):
    acme = TenantFactory()
    review = SlaReview.objects.create(tenant=acme, due_on=date(2026, 11, 20))
    by = actor(role, tenant=acme)
    sla_reviews.hold(review_id=review.pk, outcome=" P2 stays at a day ", by=by, at=MONDAY)
    held, following = SlaReview.objects.order_by("pk")
    assert (held.held_at, held.held_by_id, held.outcome) == (MONDAY, by.user_id, "P2 stays at a day")
    assert (following.due_on, following.held_at) == (date(2026, 11, 16) + timedelta(days=90), None)
    with pytest.raises(Refused):
        sla_reviews.hold(review_id=review.pk, outcome="Again", by=by, at=MONDAY)
    assert SlaReview.objects.count() == 2


def test_what_is_refused_changes_nothing():
    acme = TenantFactory()
    review = SlaReview.objects.create(tenant=acme, due_on=timezone.now().date())
    before = list(SlaReview.objects.values())
    for refusal, role, tenant, words in (
        (Forbidden, "l1", acme, "Held"),
        (Forbidden, "l3", acme, "Held"),
        (Absent, "po", TenantFactory(), "Held"),
        (Invalid, "po", acme, " "),
    ):
        with pytest.raises(refusal):
            sla_reviews.hold(review_id=review.pk, outcome=words, by=actor(role, tenant=tenant), at=MONDAY)
    assert list(SlaReview.objects.values()) == before
