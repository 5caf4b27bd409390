"""A pattern that comes up the levels opens one review; L2 and L3 lead it, nobody else does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from cadence.domain import chain_reviews, reading
from cadence.models import ChainReview, ChainReviewCase, ReviewPolicy
from cases.domain import escalation, lifecycle
from cases.domain.people import choosing
from cases.models import Case, Category, KnownIssue
from cases.models.notices import REVIEW_MAIL
from config.errors import Absent, Forbidden, Invalid, Refused, Stale, Unknown
from incidents.domain import actions
from outbox.domain.relay import relay_round
from outbox.models import Delivery, Event
from tenants.domain.actors import actor_of_user
from tenants.models import User
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, opened, worked_to
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import GrantFactory, RequesterFactory, ResourceFactory, TenantFactory, UserFactory, actor

OUTCOME = {
    "root_cause": "The quota is read once a day.",
    "l1_does": "Looks at the quota's age first.",
    "l2_does": "Refreshes it by hand.",
    "l3_does": "Reads it at each request.",
}


def up(case, at, to="L2", by=None):
    return escalation.escalate(case_id=case.pk, to=to, known_issues_searched=True, by=by or actor("l2", at=at), at=at)


def escalated(count, at=MONDAY, by=None, **fields):
    """Cases that went to L2, ten minutes apart, and what heard of it."""
    cases = []
    for n in range(count):
        cases.append(worked_to("in_progress", at=at + n * 10 * MINUTE, by=by, **fields))
        up(cases[-1], at + n * 10 * MINUTE + 5 * MINUTE, by=by)
    relay_round(at=at + count * 10 * MINUTE)
    return cases


def told():
    return [
        (review.kind, review.pattern, sorted(review.review_cases.values_list("case_id", flat=True)))
        for review in ChainReview.objects.order_by("pk")
    ]


@pytest.mark.django_db
def test_the_third_case_with_an_error_code_opens_a_review_of_all_three():
    acme, globex = TenantFactory(), TenantFactory()
    cases = [*escalated(2, tenant=acme, error_ids=["ING-503"]), *escalated(1, tenant=acme, error_ids=["AUTH-1"])]
    assert told() == []
    cases += escalated(1, at=MONDAY + DAY, tenant=globex, error_ids=["ING-503", "AUTH-2"])
    assert told() == [("error", "ING-503", [cases[0].pk, cases[1].pk, cases[3].pk])]
    review = ChainReview.objects.get()
    assert (review.due_on, review.owner, review.closed_at) == (date(2026, 11, 24), None, None)
    assert Event.objects.filter(name="cadence.review-opened").count() == 1


# --- Told by mail ---------------------------------------------------------------------------------------------------
def mails():
    sent = Delivery.objects.filter(about_kind="cadence.chainreview").order_by("pk")
    return [(mail.to, mail.next_attempt_at - mail.created_at) for mail in sent]


def prefers(person, *cells, **more):
    told = {"cells": list(cells), "pace": "at_once", "daily_at": 8, **more}
    choosing.choose(**told, by=actor_of_user(person, at=MONDAY), at=MONDAY)


@pytest.mark.django_db
def test_who_might_lead_an_opened_review_is_mailed_as_they_chose():
    acme = TenantFactory()
    places = {"l2": "l2", "l3": "l3", "quiet": "l2", "silent": "l3", "first": "l1", "leads": "lead"}
    levels = {"l1": "L1", "l2": "L2", "l3": "L3", "lead": ""}
    people = {name: UserFactory(role=role, tenant=acme, level=levels[role]) for name, role in places.items()}
    UserFactory(role="l2", tenant=TenantFactory(), level="L2")  # of another client
    prefers(people["silent"], "customer.mine.mail")
    prefers(people["quiet"], REVIEW_MAIL, quiet_from=8, quiet_to=12)
    worker = actor("l2", tenant=acme, at=MONDAY)
    prefers(User.objects.get(pk=worker.user_id))
    escalated(3, by=worker, tenant=acme, error_ids=["ING-503"])
    told = dict(mails())
    assert (sorted(told), told[people["l2"].email]) == (
        sorted(people[name].email for name in ("l2", "l3", "quiet")),
        timedelta(0),
    )
    assert told[people["quiet"].email] > timedelta(hours=1)
    mail = Delivery.objects.get(to=people["l2"].email)
    review = ChainReview.objects.get()
    assert (mail.subject, mail.tenant_id) == ("Chain review: ING-503", None)
    assert "3 cases of “ING-503” went up the levels." in mail.text
    assert reverse("cadence:review", args=[review.pk]) in mail.text


@pytest.mark.django_db
def test_who_is_to_lead_a_review_is_mailed_once_it_is_theirs():
    acme = TenantFactory()
    ida, worker = UserFactory(role="l3", tenant=acme, level="L3"), actor("l2", tenant=acme, at=MONDAY)
    escalated(3, by=worker, tenant=acme, error_ids=["ING-503"])
    review, before = ChainReview.objects.get(), len(mails())
    at = MONDAY + DAY
    for owner_id in (worker.user_id, ida.pk):
        chain_reviews.plan(review_id=review.pk, owner_id=owner_id, due_on=review.due_on, by=worker, at=at)
    relay_round(at=at)
    assert [to for to, _held in mails()[before:]] == [ida.email]
    assert "You lead its review" in Delivery.objects.filter(to=ida.email).latest("pk").text


@pytest.mark.django_db
def test_the_same_category_on_the_same_resource_is_a_pattern():
    acme = TenantFactory()
    ingest, uploads = ResourceFactory(tenant=acme, name="Ingest"), ResourceFactory(tenant=acme, name="Uploads")
    found = escalated(3, tenant=acme, category="ingestion", resource_ids=[ingest.pk])
    escalated(2, tenant=acme, category="ingestion", resource_ids=[uploads.pk])
    escalated(1, tenant=acme, category="billing", resource_ids=[ingest.pk])
    assert told() == [("about", f"{found[0].category.name} · Ingest", [case.pk for case in found])]


@pytest.mark.django_db
def test_the_same_cases_by_code_and_by_category_are_one_matter_until_another_comes():
    acme = TenantFactory()
    about = {"tenant": acme, "category": "ingestion", "resource_ids": [ResourceFactory(tenant=acme).pk]}
    cases = escalated(3, error_ids=["ING-503"], **about)
    assert told() == [("error", "ING-503", [case.pk for case in cases])]
    cases += escalated(1, at=MONDAY + DAY, **about)
    assert [(kind, len(numbers)) for kind, _name, numbers in told()] == [("error", 3), ("about", 4)]


@pytest.mark.django_db
def test_the_policy_decides_how_many_in_how_many_days():
    ReviewPolicy.objects.update(cases=2, days=1, due_days=3)
    [first] = escalated(1, error_ids=["ING-503"])
    escalated(1, at=MONDAY + 2 * DAY, error_ids=["ING-503"])
    assert told() == []
    cases = escalated(1, at=MONDAY + 2 * DAY + HOUR, error_ids=["ING-503"])
    [(_kind, _name, numbers)] = told()
    assert first.pk not in numbers
    assert cases[0].pk in numbers
    assert ChainReview.objects.get().due_on == date(2026, 11, 21)


@pytest.mark.django_db
def test_a_step_down_and_what_never_was_work_are_no_pattern():
    escalated(2, error_ids=["ING-503"])
    case = worked_to("in_progress", error_ids=["ING-503"])
    by = actor("l2", at=MONDAY)
    Case.objects.filter(pk=case.pk).update(level="L2")
    up(case, MONDAY + 2 * HOUR, to="L1", by=by)
    spam = opened(error_ids=["ING-503"])
    up(spam, MONDAY + HOUR)
    lifecycle.close(case_id=spam.pk, as_="spam", reason="Spam", by=by, at=MONDAY + 2 * HOUR)
    relay_round(at=MONDAY + DAY)
    assert told() == []


@pytest.mark.django_db
def test_one_more_case_joins_the_open_review_and_a_closed_one_is_not_counted_again():
    cases = escalated(3, error_ids=["ING-503"])
    cases += escalated(1, at=MONDAY + DAY, error_ids=["ING-503"])
    assert told() == [("error", "ING-503", [case.pk for case in cases])]
    review = ChainReview.objects.get()
    by = actor("l2")
    chain_reviews.plan(review_id=review.pk, owner_id=by.user_id, due_on=date(2026, 11, 20), by=by, at=MONDAY + DAY)
    chain_reviews.close(review_id=review.pk, chain_level="code", words=OUTCOME, by=by, at=MONDAY + 2 * DAY)
    escalated(2, at=MONDAY + 3 * DAY, error_ids=["ING-503"])
    assert ChainReview.objects.count() == 1
    escalated(1, at=MONDAY + 4 * DAY, error_ids=["ING-503"])
    assert [len(numbers) for _kind, _name, numbers in told()] == [4, 3]


@pytest.mark.django_db
def test_hearing_it_twice_changes_nothing():
    cases = escalated(3, error_ids=["ING-503"])
    before = told()
    chain_reviews.look(case_id=cases[0].pk, at=MONDAY + DAY)
    assert told() == before
    assert chain_reviews.look(case_id=0, at=MONDAY) == []


@pytest.mark.django_db(transaction=True)
def test_two_cases_at_once_lead_to_one_review():
    ReviewPolicy.objects.get_or_create(pk=1)
    tenant = TenantFactory()
    cases = [worked_to("in_progress", tenant=tenant, error_ids=["ING-503"]) for _n in range(4)]
    for n, case in enumerate(cases):
        up(case, MONDAY + HOUR + n * MINUTE)
    barrier = Barrier(4)

    def look(case):
        barrier.wait()
        try:
            return [review.pk for review in chain_reviews.look(case_id=case.pk, at=MONDAY + DAY)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(look, cases))
    review = ChainReview.objects.get()
    assert {pk for reviews in found for pk in reviews} == {review.pk}
    assert told() == [("error", "ING-503", [case.pk for case in cases])]
    assert Event.objects.filter(name="cadence.review-opened").count() == 1


# --- Who leads it ---------------------------------------------------------------------------------------------------
AT = MONDAY + DAY
DUE = date(2026, 11, 30)


@pytest.fixture
def review(db):
    acme = TenantFactory(name="Acme")
    escalated(3, tenant=acme, error_ids=["ING-503"])
    found = ChainReview.objects.get()
    found.acme = acme
    return found


def standing(review):
    return ChainReview.objects.filter(pk=review.pk).values().get()


@pytest.mark.parametrize("role", ["l2", "l3", "po"])
def test_whoever_works_at_l2_or_l3_plans_and_closes_it(review, role):
    by, l3 = actor(role, tenant=review.acme), UserFactory(role="l3", tenant=review.acme, level="L3")
    chain_reviews.plan(review_id=review.pk, owner_id=l3.pk, due_on=DUE, by=by, at=AT)
    issue = KnownIssue.objects.create(code="KI-9", title="Quota is read once a day")
    incident = IncidentFactory(tenants=[review.acme])
    action = actions.add(incident_id=incident.pk, what="Read it", owner_id=l3.pk, due_on=DUE, by=by, at=AT)
    chain_reviews.close(
        review_id=review.pk,
        chain_level="code",
        words=OUTCOME,
        known_issue_id=issue.pk,
        action_id=action.pk,
        by=by,
        at=AT + HOUR,
    )
    now = ChainReview.objects.get(pk=review.pk)
    assert (now.owner, now.due_on, now.closed_at, now.closed_by_id) == (l3, DUE, AT + HOUR, by.user_id)
    assert (now.known_issue, now.action, now.chain_level) == (issue, action, "code")
    assert {name: getattr(now, name) for name in OUTCOME} == OUTCOME


@pytest.mark.parametrize("role", ["l1", "lead", "auditor"])
def test_l1_and_the_lead_reach_nobody_through_it(review, role):
    by, l3 = actor(role, tenant=review.acme), UserFactory(role="l3", tenant=review.acme)
    before = standing(review)
    with pytest.raises(Forbidden):
        chain_reviews.plan(review_id=review.pk, owner_id=l3.pk, due_on=DUE, by=by, at=AT)
    with pytest.raises(Forbidden):
        chain_reviews.close(review_id=review.pk, chain_level="code", words=OUTCOME, by=by, at=AT)
    assert standing(review) == before


def test_who_does_not_see_each_client_of_it_does_not_know_of_it(review):
    globex = TenantFactory()
    escalated(1, at=MONDAY + HOUR, tenant=globex, error_ids=["ING-503"])
    l2 = UserFactory(role="l2", tenant=review.acme)
    by = actor("l2", tenant=review.acme)
    before = standing(review)
    assert list(reading.reviews(actor=by)) == []
    with pytest.raises(Absent):
        chain_reviews.plan(review_id=review.pk, owner_id=by.user_id, due_on=DUE, by=by, at=AT)
    of_all = actor("l2")
    with pytest.raises(Unknown):
        chain_reviews.plan(review_id=review.pk, owner_id=l2.pk, due_on=DUE, by=of_all, at=AT)
    assert standing(review) == before
    GrantFactory(user=l2, role="l2", tenant=globex)
    chain_reviews.plan(review_id=review.pk, owner_id=l2.pk, due_on=DUE, by=of_all, at=AT)
    assert ChainReview.objects.get(pk=review.pk).owner == l2


def test_what_is_refused_changes_nothing(review):
    by = actor("l2", tenant=review.acme)
    lead = UserFactory(role="lead", tenant=review.acme, level="L1")
    elsewhere = actions.add(
        incident_id=IncidentFactory().pk,
        what="Theirs",
        owner_id=lead.pk,
        due_on=DUE,
        by=actor("po"),
        at=AT,
    )
    plan, close = {"review_id": review.pk, "by": by, "at": AT}, {"review_id": review.pk, "by": by, "at": AT}
    before = standing(review)
    with pytest.raises(Unknown):
        chain_reviews.plan(owner_id=lead.pk, due_on=DUE, **plan)
    for day in (AT.date() - timedelta(days=1), AT.date() + timedelta(days=400)):
        with pytest.raises(Invalid):
            chain_reviews.plan(owner_id=by.user_id, due_on=day, **plan)
    with pytest.raises(Stale):
        chain_reviews.plan(owner_id=by.user_id, due_on=DUE, expected_version=7, **plan)
    with pytest.raises(Refused):
        chain_reviews.close(chain_level="code", words=OUTCOME, **close)
    assert standing(review) == before
    chain_reviews.plan(owner_id=by.user_id, due_on=DUE, **plan)
    before = standing(review)
    for level, words in (("code", OUTCOME | {"l1_does": " "}), ("nowhere", OUTCOME)):
        with pytest.raises(Invalid):
            chain_reviews.close(chain_level=level, words=words, **close)
    with pytest.raises(Unknown):
        chain_reviews.close(chain_level="code", words=OUTCOME, action_id=elsewhere.pk, **close)
    with pytest.raises(Unknown):
        chain_reviews.close(chain_level="code", words=OUTCOME, known_issue_id=0, **close)
    assert standing(review) == before
    chain_reviews.close(chain_level="code", words=OUTCOME, **close)
    closed = standing(review)
    with pytest.raises(Refused):
        chain_reviews.close(chain_level="data", words=OUTCOME, **close)
    with pytest.raises(Refused):
        chain_reviews.plan(owner_id=by.user_id, due_on=DUE, **plan)
    assert standing(review) == closed


def test_a_linked_case_is_its_tenants(review):
    other = opened(requester=RequesterFactory())
    with pytest.raises(IntegrityError, match="same_tenant"):
        ChainReviewCase.objects.create(review=review, case=other, tenant=review.acme, linked_at=AT)


@pytest.mark.django_db
def test_a_category_and_a_resource_with_the_longest_of_names_are_a_pattern():
    acme = TenantFactory()
    resource = ResourceFactory(tenant=acme, name="r" * 200)
    category = Category.objects.create(name="c" * 120, slug="long")
    escalated(3, tenant=acme, category=category.slug, resource_ids=[resource.pk])
    assert [review.pattern for review in ChainReview.objects.all()] == [f"{'c' * 120} · {'r' * 200}"[:300]]


@pytest.mark.django_db(transaction=True)
def test_two_cases_that_complete_the_same_patterns_do_not_wait_for_each_other():
    """Whose codes stand the other way round on the second one."""
    ReviewPolicy.objects.update(cases=2)
    acme = TenantFactory()
    for n in range(4):
        codes = [f"A-{n}-{code}" for code in range(12)]
        pair = [worked_to("in_progress", tenant=acme, error_ids=ids) for ids in (codes, codes[::-1])]
        for case in pair:
            up(case, MONDAY + HOUR)
        barrier = Barrier(2)

        def look(case, barrier=barrier):
            barrier.wait()
            try:
                return len(chain_reviews.look(case_id=case.pk, at=MONDAY + DAY))
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(look, pair))
        assert max(found) >= 1
        assert ChainReview.objects.filter(key__startswith=f"A-{n}-").count() == 1
