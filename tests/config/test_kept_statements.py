"""Statements that are put together once: other values, other readers, other threads, the same answers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, Count, TextField, Value

from config.any_of import AnyOf
from config.kept_statements import SHAPES, Kept
from tenants.models import Requester, Tenant
from tests.factories.tenants import RequesterFactory, TenantFactory

pytestmark = pytest.mark.django_db


def of_plan(given, region=""):
    tenants = Tenant.objects.filter(plan=given("plan", TextField())).order_by("slug")
    return tenants.filter(region=region) if region else tenants


def slugs(rows):
    return [row.slug for row in rows]


@pytest.fixture
def tenants():
    for slug, plan, region in (("a", "growth", "eu"), ("b", "growth", "us"), ("c", "trial", "eu")):
        TenantFactory(slug=slug, plan=plan, region=region)


def test_each_question_has_its_own_values_and_rows(tenants, django_assert_num_queries):
    kept = Kept(of_plan)
    with django_assert_num_queries(3):
        assert slugs(kept.rows(plan="growth")) == ["a", "b"]
        assert slugs(kept.rows(plan="trial")) == ["c"]
        assert slugs(kept.rows(plan="'; --")) == []
    TenantFactory(slug="d", plan="trial")
    assert slugs(kept.rows(plan="trial")) == ["c", "d"]


def test_another_shape_is_another_statement_and_the_same_one_is_put_together_once(tenants):
    made = []

    def make(given, region):
        made.append(region)
        return of_plan(given, region)

    kept = Kept(make)
    assert [slugs(kept.rows(region, plan="growth")) for region in ("eu", "us", "eu")] == [["a"], ["b"], ["a"]]
    assert made == ["eu", "us"]
    for number in range(SHAPES):
        kept.rows(f"region {number}", plan="growth")
    assert slugs(kept.rows("eu", plan="growth")) == ["a"]
    assert len(kept._statements._made) <= SHAPES


def test_values_sums_unions_and_rows_of_others_come_as_they_would(tenants):
    RequesterFactory.create_batch(2, tenant=Tenant.objects.get(slug="a"), name="Ann")
    named = Kept(lambda given: Requester.objects.filter(name=given("name", TextField())).select_related("tenant"))
    assert [row.tenant.slug for row in named.rows(name="Ann")] == ["a", "a"]
    counted = Kept(lambda given: of_plan(given).annotate(people=Count("requesters")).values("slug", "people"))
    assert counted.rows(plan="growth") == [{"slug": "a", "people": 2}, {"slug": "b", "people": 0}]
    both = Kept(
        lambda given: (
            of_plan(given)
            .values_list("slug", Value("plan"))
            .order_by()
            .union(Tenant.objects.filter(slug=given("slug", TextField())).order_by().values_list("slug", Value("slug")))
        )
    )
    assert set(both.rows(plan="trial", slug="a")) == {("c", "plan"), ("a", "slug")}


def test_a_list_of_any_length_is_one_value(tenants):
    of_these = Kept(lambda given: Tenant.objects.filter(AnyOf("pk", given("ids", ArrayField(BigIntegerField())))))
    every = list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
    for ids in ([], every[:1], every):
        assert sorted(row.pk for row in of_these.rows(ids=ids)) == ids


def test_what_can_hold_no_row_asks_nothing_and_a_missing_value_is_told(tenants, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Kept(lambda given: of_plan(given).none()).rows(plan="growth") == []
        with pytest.raises(KeyError, match="plan"):
            Kept(of_plan).rows()


@pytest.mark.django_db(transaction=True)
def test_threads_ask_by_their_own_connections(tenants):
    kept = Kept(of_plan)
    kept.rows(plan="growth")

    def ask(number):
        try:
            return slugs(kept.rows(plan="growth" if number % 2 else "trial"))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(20))) == [["c"], ["a", "b"]] * 10
