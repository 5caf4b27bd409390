"""People with a working time, and rules, as plain rows."""

from cases.models import AssignmentRule, WorkingTime
from tests.factories.tenants import UserFactory

ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def worker(*, level="L1", role=None, tenant=None, categories=(), **told):
    """One of us who is always there, unless `weekly_hours` say otherwise; `told` is of the working time."""
    user = UserFactory(role=role or level.lower(), tenant=tenant, level=level)
    made = WorkingTime.objects.create(user=user, **{"weekly_hours": ROUND_THE_CLOCK} | told)
    made.categories.set(categories)
    return user


def rule(**fields):
    """Active, over every case of L1 and L2, after those that are there."""
    place = AssignmentRule.objects.count() + 1
    return AssignmentRule.objects.create(**{"position": place, "name": f"Rule {place}", "active": True, **fields})
