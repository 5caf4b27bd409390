"""A short life of the demo, by the same doors as the long one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from cases.models import Case, SideTalk
from config.errors import Refused
from demo.domain.seeding import perform_due, seed
from demo.models import Act
from incidents.models import Incident
from outbox.models import Consumption, Delivery
from sla.models import Clock
from tenants.models import Requester, Tenant, User
from tests.factories.tenants import TenantFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


# A first start waits for ninety such days: what makes the filling ask more of the database makes everybody wait.
MOST_STATEMENTS = 7600


class Counted:
    def __init__(self):
        self.count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        return execute(sql, params, many, context)


def quietly(_until):
    pass


def test_a_lively_desk_lives_on_and_doubles_nothing(django_user_model):
    statements = Counted()
    with connection.execute_wrapper(statements):
        assert seed(at=AT, days=4, cases=12, told=quietly) == "12 cases over 4 days"
    assert statements.count < MOST_STATEMENTS
    assert (Tenant.objects.count(), Requester.objects.count(), Case.objects.count()) == (6, 40, 12)
    assert User.objects.get(username="l1").check_password("demo-desk")
    assert Incident.objects.open().get().title == "Ingestion in eu-1 is throttled"
    assert not Consumption.objects.exclude(status="done").exists()
    assert not Clock.objects.filter(next_at__lt=AT - timedelta(seconds=1)).exists()
    assert {d.status for d in Delivery.objects.all()} == {"sent"}
    assert SideTalk.objects.filter(words__theirs=True).exists()
    before = Case.objects.count()
    assert seed(at=AT + timedelta(minutes=5), days=4, cases=12, told=quietly) == "nothing to add"
    assert Case.objects.count() == before
    perform_due(at=AT + timedelta(minutes=2))
    fresh = Case.objects.filter(subject__in=["Batches to us-1 are slow since noon", "Uploads time out for half of us"])
    assert sorted(case.tenant.slug for case in fresh) == ["globex", "umbrella"]
    assert {case.priority for case in fresh} == {"P1"}
    assert Act.objects.filter(name="hear", by="", done_at=AT + timedelta(minutes=2)).exists()
    later = seed(at=AT + timedelta(days=1), days=4, cases=12, told=quietly)
    assert later.startswith("3 cases since 2026-11-19")


def test_demo_data_goes_only_into_an_empty_desk():
    TenantFactory()
    with pytest.raises(Refused):
        seed(at=AT, days=1, cases=1, told=quietly)
    assert (Tenant.objects.count(), User.objects.count()) == (1, 0)
