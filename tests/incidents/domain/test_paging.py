from datetime import UTC, datetime, timedelta

import pytest

from config.errors import Absent, Forbidden
from incidents.domain import paging
from incidents.models import Page
from outbox.models import Delivery, Event
from sla.domain.recipients import on_call_now
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import TenantPerson
from tests.factories.incidents import OnCallFactory
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = AT + paging.ANSWER_WITHIN


def on_call(step=1):
    return OnCallFactory(step=step, starts_at=AT - timedelta(days=1), ends_at=AT + timedelta(days=1)).user


def call(tenant, **more):
    return paging.page(tenant_id=tenant.pk, reason="Ingest is down", key="case:1", by=SYSTEM, at=AT, **more)


def pages():
    return [(page.user, page.step, page.status) for page in Page.objects.select_related("user").order_by("pk")]


def test_the_chain_is_called_one_after_the_other_until_it_ends():
    tenant, first, second = TenantFactory(), on_call(), on_call(step=2)
    tech_lead = UserFactory()
    TenantPerson.objects.create(tenant=tenant, user=tech_lead, role="tech_lead")
    call(tenant)
    assert pages() == [(first, 1, "sent")]
    assert paging.escalate_unanswered(at=LATER - timedelta(seconds=1)) == 0
    for step in (1, 2, 3, 4):
        paging.escalate_unanswered(at=AT + step * paging.ANSWER_WITHIN)
    assert pages() == [(first, 1, "escalated"), (second, 2, "escalated"), (tech_lead, 3, "unreached")]
    assert Event.objects.filter(name="incidents.page-unanswerable").count() == 1
    assert [d.to for d in Delivery.objects.order_by("pk")] == [first.email, second.email, tech_lead.email]


def test_the_same_trouble_is_quiet():
    tenant, first = TenantFactory(), on_call()
    assert len(call(tenant)) == 1
    assert call(tenant) == []
    assert pages() == [(first, 1, "sent")]


def test_an_answer_stops_the_chain_and_may_be_given_twice():
    tenant, first, _second = TenantFactory(), on_call(), on_call(step=2)
    (page,) = call(tenant)
    by = actor_of_user(first, at=AT)
    paging.acknowledge(page_id=page.pk, by=by, at=AT + timedelta(minutes=1))
    paging.acknowledge(page_id=page.pk, by=by, at=AT + timedelta(minutes=2))
    assert paging.escalate_unanswered(at=LATER) == 0
    page = Page.objects.get()
    assert (page.status, page.acknowledged_at, page.acknowledged_by) == (
        "acknowledged",
        AT + timedelta(minutes=1),
        first,
    )


def test_only_who_was_called_or_sees_the_tenant_may_answer():
    tenant = TenantFactory()
    on_call()
    (page,) = call(tenant)
    stranger = actor_of_user(UserFactory(role="l2", tenant=TenantFactory()), at=AT)
    with pytest.raises(Absent):
        paging.acknowledge(page_id=page.pk, by=stranger, at=AT)
    assert Page.objects.get().status == "sent"


def test_who_only_reads_cannot_stop_the_chain():
    tenant = TenantFactory()
    on_call()
    (page,) = call(tenant)
    auditor = actor_of_user(UserFactory(role="auditor"), at=AT)
    with pytest.raises(Forbidden):
        paging.acknowledge(page_id=page.pk, by=auditor, at=AT)
    assert Page.objects.get().status == "sent"
    paging.acknowledge(page_id=page.pk, by=actor_of_user(UserFactory(role="l1", tenant=tenant), at=AT), at=AT)
    assert Page.objects.get().status == "acknowledged"


def test_nobody_to_call_is_said():
    assert call(TenantFactory()) == []
    assert Event.objects.get().name == "incidents.page-unanswerable"


def test_the_rota_answers_who_is_on_call():
    second, first = on_call(step=2), on_call()
    OnCallFactory(starts_at=AT - timedelta(days=3), ends_at=AT - timedelta(days=2))
    assert on_call_now.ask(at=AT) == [[first.pk, second.pk]]
