"""Counting to a cap: each list by its name, in one statement."""

import pytest
from django.db.models import OuterRef, TextField

from config.counting import CountTo, KeptCounts, counted_to, up_to
from tenants.models import Tenant
from tests.factories.tenants import TenantFactory

pytestmark = pytest.mark.django_db


def test_lists_are_counted_no_further_than_the_cap(django_assert_num_queries):
    TenantFactory.create_batch(3, plan="growth")
    TenantFactory(plan="trial")
    everybody = Tenant.objects.order_by("-pk")
    lists = {"all": everybody, "trial": everybody.filter(plan="trial"), "none": everybody.none()}
    with django_assert_num_queries(1):
        assert counted_to(2, lists) == {"all": 2, "trial": 1, "none": 0}
    assert counted_to(10, lists) == {"all": 4, "trial": 1, "none": 0}


def test_kept_counts_are_those_of_the_values_of_this_time(django_assert_num_queries):
    def make(given, plans):
        tenants, plan = Tenant.objects.order_by("slug"), given("plan", TextField())
        lists = {"all": tenants, "of plan": tenants.filter(plan=plan)}
        lists |= {name: tenants.filter(plan=given(name, TextField())) for name in plans}
        return lists, {"first": tenants.filter(plan=plan).values("slug")}

    kept = KeptCounts(make)
    TenantFactory(slug="b", plan="growth")
    TenantFactory(slug="a", plan="trial")
    with django_assert_num_queries(3):
        assert kept.counted_to(9, (), plan="growth") == {"all": 2, "of plan": 1, "first": "b"}
        assert kept.counted_to(9, (), plan="100%") == {"all": 2, "of plan": 0, "first": None}
        told = kept.counted_to(1, ("other",), plan="trial", other="growth")
    assert told == {"all": 1, "of plan": 1, "other": 1, "first": "a"}


def test_facts_travel_along_and_are_none_without_a_row(django_assert_num_queries):
    TenantFactory(slug="acme")
    slugs = Tenant.objects.values("slug")
    with django_assert_num_queries(1):
        told = counted_to(5, {"all": Tenant.objects.all()}, beside={"slug": slugs, "gone": slugs.filter(slug="gone")})
    assert told == {"all": 1, "slug": "acme", "gone": None}


def test_a_column_counts_no_further_than_its_query_is_cut():
    acme, _globex = TenantFactory(region="eu"), TenantFactory(region="us")
    TenantFactory.create_batch(3, region="us")
    same = Tenant.objects.filter(region=OuterRef("region")).order_by().values("pk")[:2]
    counted = Tenant.objects.annotate(neighbours=CountTo(same)).values_list("pk", "neighbours")
    assert {pk: number for pk, number in counted if pk == acme.pk or number > 1} == {
        pk: 1 if pk == acme.pk else 2 for pk in Tenant.objects.values_list("pk", flat=True)
    }


def test_what_was_counted_to_the_cap_says_that_there_are_more():
    assert [up_to(number, 1000) for number in (0, 1000, 1001)] == ["0", "1000", "1000+"]
