"""Whatever rules people write, what they lead to comes to an end."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.domain import priorities
from cases.domain.automation.reacting import HOPS
from cases.models import AutomationRule, AutomationRun
from outbox.models import Consumption, Event
from tests.factories.automation import heard, rule
from tests.factories.cases import MINUTE, MONDAY, opened, says
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db
numbers = count(1)

rules = st.fixed_dictionaries(
    {
        "trigger": st.sampled_from(["opened", "priority", "escalated", "customer_wrote", "moved"]),
        "line": st.sampled_from(["", "priority:P0,P1", "priority:P2,P3", "level:L1", "level:L2", "tag:loop"]),
        "sets_priority": st.sampled_from(["", "P0", "P1", "P2", "P3"]),
        "sets_level": st.sampled_from(["", "L1", "L2"]),
        "adds_tags": st.sampled_from([[], ["loop"]]),
        "note": st.sampled_from(["Again.", ""]),
        "stops": st.booleans(),
        "position": st.integers(1, 5),
    }
).filter(lambda one: any(one[name] for name in ("sets_priority", "sets_level", "adds_tags", "note")))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rules, min_size=2, max_size=6))
def test_every_chain_of_rules_ends(written):
    AutomationRule.objects.all().delete()
    lead = actor("lead", at=MONDAY)
    for fields in written:
        rule(name=f"Any {next(numbers)}", by=lead, **fields)
    case = opened(priority="P2")
    heard(MONDAY)
    by_hand = [
        lambda at: priorities.change_priority(case_id=case.pk, priority="P3", by=lead, at=at),
        lambda at: says(case, at=at),
        lambda at: priorities.change_priority(case_id=case.pk, priority="P0", by=lead, at=at),
    ]
    for place, act in enumerate(by_hand, start=1):
        act(MONDAY + place * MINUTE)
        heard(MONDAY + place * MINUTE)
    assert not Consumption.objects.filter(status="pending").exists()
    done = AutomationRun.objects.filter(outcome="done")
    once = Counter(done.values_list("chain", "rule_id", "case_id"))
    assert set(once.values()) <= {1}
    causes, acted = dict(Event.objects.values_list("pk", "cause_id")), set(done.values_list("event_id", flat=True))
    assert max((sum(event in acted for event in back_from(event, causes)) for event in acted), default=0) <= HOPS


def back_from(event, causes):
    while event is not None:
        yield event
        event = causes[event]
