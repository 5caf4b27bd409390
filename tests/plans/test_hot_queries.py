"""With twenty thousand cases no page, list or round reads, counts or sorts what grows with every case.

The statements are caught as the product sends them and run again over a desk of two years, with their plans told.
Whoever adds something that people open all day, or that runs by itself, adds it to `hot.py`.
"""

import re

import pytest
from django.db import connection, transaction

from tests.plans import hot
from tests.plans.ground import filled
from tests.plans.plan import GROWING, plans_of

pytestmark = pytest.mark.django_db
# Sums over the rows of a period, which an index of the column that the period cuts finds. The narrow table between
# cases and clocks is read through where they are many: cheaper than finding each.
OF_A_PERIOD = ("counts ", "looks at ", "sorts ", "walks all of cases_case_never_worked", "reads all of cases_caseclock")
# The same where the period is half of all there is, as these are of this ground: then reading through is right.
OF_HALF_OF_ALL = (*OF_A_PERIOD, "reads all of ", "walks all of ")
# What each of us and each client has open, counted to a cap: short lists one by one, many of them together.
OF_EACH = ("looks at ",)
# By age, or on from some place, the index of what is open is walked until enough fits: all of it at the worst, as where
# nothing fits. Sorted by time left, as views are from the start, it is so only for who sees a few of many tenants.
BY_AGE = re.compile(r"view .*, (oldest|newest|soonest, three tenants|.*next|.*previous)")
MINUTES = 'SUM("cases_timeentry"."minutes")'  # of a period, by client, person and category: no list
EXCEPTIONS = {
    "tenant console": OF_A_PERIOD,
    "tenant console, 30 days": OF_A_PERIOD,
    "cases given out": OF_EACH,
    "dry run of assignment": OF_EACH,
    "the Lead's view": OF_EACH,
    "the Lead's view, three tenants": OF_EACH,
    "metrics of a week": OF_A_PERIOD,
    "metrics of a quarter": OF_HALF_OF_ALL,
    "metrics of a quarter, three tenants": OF_A_PERIOD,
    "metrics of a quarter, one tenant": OF_A_PERIOD,
    "reports": OF_HALF_OF_ALL,
}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        filled()
        yield hot.World.over_the_ground()
        transaction.set_rollback(True)


@pytest.fixture
def desk(world, settings):
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    return world


def test_every_table_that_grows_has_grown(desk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples > 2000", [sorted(GROWING)])
        assert {name for (name,) in cursor.fetchall()} == GROWING


def beyond(plan, excused):
    """Exceptions are for sums: a list beside them has to be as short as any."""
    faults = plan.faults()
    sums = excused is OF_EACH or MINUTES in plan.sql or any(fault.startswith("counts ") for fault in faults)
    return [fault for fault in faults if not (sums and fault.startswith(excused))]


@pytest.mark.parametrize("kind", hot.KINDS, ids=lambda kind: kind.__name__)
def test_no_plan_grows_with_the_tables(desk, kind):
    found = []
    for name, work in kind(desk):
        plans = plans_of(work)
        assert plans, f"{name} asked nothing of the tables that grow"
        for plan in plans:
            excused = OF_EACH if BY_AGE.match(name) else EXCEPTIONS.get(name, ())
            if faults := beyond(plan, excused):
                found.append(f"{name}: {'; '.join(faults)}\n{plan}")
    assert not found, "\n\n".join(found)
