import pytest

from cases.domain import lifecycle
from cases.models import Category
from outbox.domain.relay import relay
from outbox.models import Event
from reporting.domain.feedback import emit_for
from reporting.domain.week import week_of
from reporting.models import CategoryBacklog, FeedbackEvent
from tests.factories.cases import DAY, HOUR, MONDAY, RESOLUTION, customer, opened, worked_to
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db


def told():
    return [(e.backlog, e.segment, e.proposal) for e in FeedbackEvent.objects.order_by("pk")]


def test_a_closed_case_proposes_what_would_have_prevented_it_once():
    tenant = TenantFactory(segment="mid-market")
    case = worked_to("closed", tenant=tenant, error_ids=["ING-503"])
    relay(at=MONDAY + DAY)
    assert told() == [("reliability", "mid-market", "Alert at 80 % of the quota")]
    assert emit_for(case_id=case.pk, at=MONDAY + DAY) == []
    assert len(told()) == Event.objects.filter(name="reporting.feedback-emitted").count() == 1


def test_spam_teaches_nothing():
    case = opened()
    lifecycle.close(case_id=case.pk, as_="spam", reason="Ads", by=actor("l1", at=MONDAY), at=MONDAY + HOUR)
    relay(at=MONDAY + DAY)
    assert told() == []


def test_the_second_closing_of_a_reopened_case_is_another_lesson():
    case = worked_to("closed")
    relay(at=MONDAY + DAY)
    lifecycle.reopen(case_id=case.pk, reason="Again", by=customer(case), at=MONDAY + DAY)
    lifecycle.resolve(
        case_id=case.pk,
        **(RESOLUTION | {"preventive_actions": "none needed"}),
        by=actor("l2", at=MONDAY),
        at=MONDAY + DAY + HOUR,
    )
    lifecycle.confirm(case_id=case.pk, by=customer(case), at=MONDAY + DAY + 2 * HOUR)
    relay(at=MONDAY + 2 * DAY)
    assert len(told()) == 2
    assert told()[1][2].startswith("No prevention was named. Evidence: The quota was too small")


@pytest.mark.parametrize(
    ("category", "ruled", "backlog"),
    [
        ("how-to", None, "docs"),
        ("bug", None, "reliability"),
        ("feature", "product", "product"),
        ("bug", "docs", "docs"),
    ],
)
def test_the_category_decides_where_it_goes(category, ruled, backlog):
    if ruled:
        CategoryBacklog.objects.create(category=Category.objects.get(slug=category), backlog=ruled)
    worked_to("closed", category=category)
    relay(at=MONDAY + DAY)
    assert [one[0] for one in told()] == [backlog]


def test_a_week_holds_this_tenants_facts_only():
    tenant, other = TenantFactory(), TenantFactory()
    solved = worked_to("resolved", tenant=tenant, subject="Solved one")
    waits = worked_to("waiting_on_customer", tenant=tenant, subject="Waiting one")
    worked_to("resolved", tenant=other, subject="Not ours")
    week = week_of(tenant_id=tenant.pk, start=MONDAY - DAY, end=MONDAY + DAY)
    assert [fact.label for fact in week.solved] == [solved.reference]
    assert [fact.label for fact in week.waiting] == [waits.reference]
    assert week.working == []
