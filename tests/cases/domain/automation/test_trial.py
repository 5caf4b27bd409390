"""A dry run names exactly the cases that the run then changes, and how; it changes none itself."""

import pytest

from cases.domain.automation import keeping
from cases.domain.automation.trial import try_rule
from cases.models import AutomationRule, Case
from config.errors import Invalid
from outbox.domain.publish import publish
from outbox.models import Event
from tests.factories.api import desk_state
from tests.factories.automation import heard, passed, rule
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, macro, opened, worked_to
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


def told(trial):
    return {
        one.case.pk: [(step["what"], step["before"], step["after"]) for step in one.result.did] for one in trial.changed
    }


def state_of(*cases):
    return {
        case.pk: (case.priority, case.tags, case.level, case.owner_id)
        for case in Case.objects.filter(pk__in=[c.pk for c in cases])
    }


def test_of_a_rule_that_waits_the_next_round_changes_exactly_what_it_named():
    lead = actor("lead", at=MONDAY)
    urgent, tagged, calm = opened(priority="P1"), opened(priority="P1", tags=["late"]), opened(priority="P3")
    young, closed = opened(priority="P1", at=MONDAY + HOUR), worked_to("closed", priority="P1")
    one = AutomationRule(
        name="Late", active=True, trigger="time", state="open", minutes=30, line="priority:P1", adds_tags=["late"]
    )
    before, at = desk_state(), MONDAY + HOUR + 10 * MINUTE
    trial = try_rule(one, actor=lead, at=at)
    assert desk_state() == before
    assert told(trial) == {urgent.pk: [("tags", "none", "late")]}
    assert (trial.tried, trial.unchanged, trial.refused, trial.stopped) == (2, 1, [], [])
    keeping.keep(one, by=lead, at=at)
    was = state_of(urgent, tagged, calm, young, closed)
    passed(at)
    changed = {pk for pk, now in state_of(urgent, tagged, calm, young, closed).items() if now != was[pk]}
    assert changed == set(told(trial))
    assert told(try_rule(AutomationRule.objects.get(pk=one.pk), actor=lead, at=at)) == {}


def again(case, at):
    """The same event once more, for the case as it stands."""
    event = Event.objects.filter(name="cases.case-opened", payload__case_id=case.pk).earliest("pk")
    publish(name=event.name, tenant_id=event.tenant_id, payload=event.payload, at=at, key=event.key)


def test_of_a_rule_that_hears_the_same_events_change_exactly_what_it_named():
    lead = actor("lead", at=MONDAY)
    ours = TenantFactory()
    ben = UserFactory(role="l2", tenant=ours, level="L2")
    cases = [
        opened(tenant=ours, priority="P1"),
        opened(tenant=ours, priority="P2"),
        opened(priority="P1"),
        worked_to("closed", tenant=ours, priority="P1"),
    ]
    Case.objects.filter(pk=cases[3].pk).update(owner=None)
    heard(MONDAY + HOUR)
    one = AutomationRule(
        name="To Ben", active=True, trigger="opened", line="priority:P1", sets_owner=ben, note="Yours.", position=50
    )
    before, at = desk_state(), MONDAY + 2 * HOUR
    trial = try_rule(one, actor=lead, at=at)
    assert desk_state() == before
    assert told(trial) == {cases[0].pk: [("owner", "nobody", str(ben)), ("note", "", "Yours.")]}
    refusals = {one.case.pk: one.result.words for one in trial.refused}
    assert refusals[cases[3].pk] == f"{cases[3].reference} is closed; reopen it first."
    assert set(refusals) == {cases[2].pk, cases[3].pk}
    keeping.keep(one, by=lead, at=at)
    was = state_of(*cases)
    for case in cases:
        again(case, at)
    heard(at)
    assert {pk for pk, now in state_of(*cases).items() if now != was[pk]} == set(told(trial))


def test_earlier_rules_act_first_and_may_stop_it():
    raised, stopped = opened(priority="P2"), opened(priority="P3")
    heard(MONDAY)
    rule(name="Raise", position=10, line="priority:P2", sets_priority="P1")
    rule(name="Enough", position=20, line="priority:P3", adds_tags=["done"], stops=True)
    rule(name="Later", position=90, line="priority:P3", sets_priority="P0")
    lead = actor("lead", at=MONDAY)
    one = AutomationRule(
        name="New", active=True, trigger="opened", line="priority:P1,P3", adds_tags=["new"], position=50
    )
    trial = try_rule(one, actor=lead, at=MONDAY + HOUR)
    assert told(trial) == {raised.pk: [("tags", "none", "new")]}
    assert [(tried.case.pk, str(tried.before_it)) for tried in trial.stopped] == [(stopped.pk, "Enough")]
    assert Case.objects.get(pk=raised.pk).priority == "P2"


def test_only_the_readers_clients_are_tried():
    mine = TenantFactory()
    ours, theirs = opened(tenant=mine), opened()
    lead = actor("lead", at=MONDAY, tenant=mine)
    for fields in ({"trigger": "opened"}, {"trigger": "time", "state": "open", "minutes": 5}):
        one = AutomationRule(name="Tag", active=True, tenant=mine, adds_tags=["x"], **fields)
        assert set(told(try_rule(one, actor=lead, at=MONDAY + HOUR))) == {ours.pk}
    assert Case.objects.get(pk=theirs.pk).tags == []


def test_a_line_that_cannot_be_read_is_refused():
    opened()
    one = AutomationRule(name="Tag", active=True, trigger="opened", line="owner:nobody-there", adds_tags=["x"])
    with pytest.raises(Invalid):
        try_rule(one, actor=actor("lead", at=MONDAY), at=MONDAY + DAY)


def test_a_message_is_written_and_taken_back():
    case = opened()
    one = AutomationRule(name="Hello", active=True, trigger="opened", macro=macro("Hello."))
    lead = actor("lead", at=MONDAY)
    before = desk_state()
    trial = try_rule(one, actor=lead, at=MONDAY + HOUR)
    assert [step["what"] for step in trial.changed[0].result.did] == ["message"]
    assert (trial.changed[0].case, desk_state()) == (case, before)
