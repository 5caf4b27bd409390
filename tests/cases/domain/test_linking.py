"""Two related cases of a client: each says so, nothing else changes, and the link can be removed at any time."""

from functools import partial

import pytest

from cases.domain import linking, ties
from cases.models import Case, CaseTie, Interaction
from config.errors import Absent, Forbidden, Invalid, Stale, Unknown
from tests.cases.domain.test_merging import refused
from tests.factories.cases import DAY, HOUR, MONDAY, customer, opened
from tests.factories.tenants import RequesterFactory, TenantFactory, actor
from tests.factories.ties import tie_between, whole

pytestmark = pytest.mark.django_db
LATER = MONDAY + HOUR


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


@pytest.fixture
def two():
    ann = RequesterFactory()
    return opened(requester=ann, subject="One"), opened(requester=ann, subject="Other")


def linked(one, other, by, **more):
    return linking.relate(case_id=one.pk, other_id=other.pk, by=by, at=LATER, **more)


def shown(case, actor):
    case = Case.objects.get(pk=case.pk)
    return [(one.role, one.other.pk) for one in (ties.shown(tie, case) for tie in ties.ties_of(case, actor=actor))]


def test_each_shows_the_other_until_it_is_removed(two, l2):
    one, other = two
    before = whole(one), whole(other)
    linked(other, one, l2)
    assert (whole(one), whole(other)) == before
    assert (shown(one, l2), shown(other, l2)) == ([("related", other.pk)], [("related", one.pk)])
    assert shown(one, customer(one)) == []
    tie = tie_between(one, other)
    ties.untie(case_id=other.pk, tie_id=tie.pk, by=actor("l1", at=MONDAY), at=LATER + 30 * DAY)
    assert (shown(one, l2), shown(other, l2)) == ([], [])
    told = Interaction.objects.filter(case__in=two, kind="system").order_by("pk").values_list("body", flat=True)
    assert list(told) == [
        f"{other.reference} Other linked as related",
        f"{one.reference} One linked as related",
        f"{other.reference} unlinked",
        f"{one.reference} unlinked",
    ]


def test_twice_changes_nothing_and_again_makes_a_new_one(two, l2):
    one, other = two
    first = linked(one, other, l2)
    version = Case.objects.get(pk=one.pk).version
    assert linked(other, one, l2) == first
    assert (Case.objects.get(pk=one.pk).version, CaseTie.objects.count()) == (version, 1)
    ties.untie(case_id=one.pk, tie_id=first.pk, by=l2, at=LATER)
    assert linked(one, other, l2) != first


def test_who_and_what_is_refused(two, l2):
    one, other = two
    refused(partial(linked, one, one, l2), Invalid, field="case")
    refused(partial(linked, one, opened(), l2), Unknown, field="case")
    refused(partial(linked, one, Case(pk=10**12), l2), Unknown, field="case")
    refused(partial(linked, one, other, l2, expected_version=99), Stale)
    refused(partial(linked, one, other, actor("auditor", at=MONDAY)), Forbidden)
    refused(partial(linked, one, other, customer(one)), Forbidden)
    stranger = actor("l2", at=MONDAY, tenant=TenantFactory())
    refused(partial(linked, one, other, stranger), Absent)
    tie = linked(one, other, l2)
    for by, kind in ((actor("auditor", at=MONDAY), Forbidden), (customer(one), Absent), (stranger, Absent)):
        refused(lambda by=by: ties.untie(case_id=one.pk, tie_id=tie.pk, by=by, at=LATER), kind)
    ties.untie(case_id=one.pk, tie_id=tie.pk, by=l2, at=LATER)
    refused(partial(ties.untie, case_id=one.pk, tie_id=tie.pk, by=l2, at=LATER), Absent)
