from datetime import timedelta

import pytest

from sla.domain import clocks
from sla.domain.attainment import Attainment, attainment
from sla.domain.conversation import Happening
from sla.domain.excuse import excuse
from sla.enums import EndedAs
from sla.models import Clock
from tenants.domain.actors import SYSTEM
from tests.factories.sla import MONDAY, Conversing, PolicyFactory, minutes, promised
from tests.factories.tenants import TenantFactory

pytestmark = pytest.mark.django_db


def test_each_window_counts_once_and_excused_ones_with_and_without(django_assert_num_queries):
    tenant = TenantFactory()

    def stopped(after, **how):
        clock = promised(tenant=tenant)
        return clocks.stop(clock_id=clock.pk, by=SYSTEM, at=MONDAY + minutes(after), **how)

    stopped(60)
    stopped(59)
    stopped(61)
    excused = stopped(90)
    excuse(clock_id=excused.pk, agreed_with="Ada", reason="Their outage", by=SYSTEM, at=MONDAY + minutes(95))
    stopped(10, ended_as=EndedAs.STOPPED)
    stopped(10, ended_as=EndedAs.MOVED)
    stopped(70, ended_as=EndedAs.STOPPED)  # closed without a word, but after the deadline
    promised(tenant=tenant)
    with django_assert_num_queries(1):
        found = attainment(Clock.objects.all())
    figures = Attainment(windows=8, met=2, late=3, excused=1, stopped=2, open=1)
    assert found == {("client_word",): figures}
    assert (figures.rate, figures.rate_without_excused) == (0.4, 0.5)
    assert attainment(Clock.objects.all(), by=()) == {(): figures}
    assert attainment(Clock.objects.none(), by=()) == {}


def test_escalated_with_a_target_is_kept_and_apart():
    talk = Conversing(policy=PolicyFactory())
    talk.say(Happening.ACCEPTED, at=MONDAY)
    talk.say(Happening.ESCALATE, at=MONDAY + minutes(5), target_at=MONDAY + timedelta(days=2))
    found = attainment(Clock.objects.all(), by=("kind", "priority"))
    assert found == {
        ("first_response", "P2"): Attainment(windows=1, open=1),
        ("resolution", "P2"): Attainment(windows=1, escalated=1),
        ("target", "P2"): Attainment(windows=1, open=1),
    }
    total = sum(found.values(), Attainment())
    assert (total.windows, total.rate) == (3, 1.0)


def test_nothing_decided_has_no_rate():
    assert Attainment(windows=1, open=1).as_json() == {
        "windows": 1,
        "met": 0,
        "escalated": 0,
        "late": 0,
        "excused": 0,
        "stopped": 0,
        "open": 1,
        "rate": None,
        "rate_without_excused": None,
    }
