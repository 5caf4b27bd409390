"""Counting to a cap: each list by its name, in one statement."""

import pytest

from cases.templatetags.desk import up_to
from config.counting import counted_to
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


def test_what_was_counted_to_the_cap_says_that_there_are_more():
    assert [up_to(number, 1000) for number in (0, 1000, 1001)] == ["0", "1000", "1000+"]
