"""Who may save which rule, and what may not stand in one."""

import pytest

from cases.domain.automation import keeping
from cases.models import AutomationRule
from config.errors import Absent, Forbidden, Invalid
from tenants.domain.actors import SYSTEM
from tests.factories.automation import rule
from tests.factories.cases import HOUR, MONDAY, macro
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


def new(**fields):
    return AutomationRule(**{"name": "New", "trigger": "opened", "adds_tags": ["x"], **fields})


def said(one, by):
    return [(problem["field"], problem["message"]) for problem in keeping.problems(one, by=by, at=MONDAY)]


@pytest.mark.parametrize("role", ["lead", "po"])
def test_the_lead_and_the_po_keep_rules(role):
    by = actor(role, at=MONDAY)
    kept = keeping.keep(new(), by=by, at=MONDAY)
    assert (kept.saved_by_id, kept.saved_at, kept.active) == (by.user_id, MONDAY, False)


@pytest.mark.parametrize("role", ["l1", "l2", "l3", "auditor", "admin"])
def test_nobody_else_does(role):
    with pytest.raises(Forbidden):
        keeping.keep(new(), by=actor(role, at=MONDAY), at=MONDAY)
    assert not AutomationRule.objects.exists()


def test_nor_does_what_is_no_person():
    with pytest.raises(Forbidden):
        keeping.keep(new(), by=SYSTEM, at=MONDAY)
    assert not AutomationRule.objects.exists()


def test_a_lead_of_one_client_keeps_the_rules_of_that_client():
    mine, theirs = TenantFactory(), TenantFactory()
    lead = actor("lead", at=MONDAY, tenant=mine)
    assert keeping.keep(new(tenant=mine), by=lead, at=MONDAY).tenant == mine
    with pytest.raises(Absent):
        keeping.keep(new(name="Theirs", tenant=theirs), by=lead, at=MONDAY)
    with pytest.raises(Forbidden):
        keeping.keep(new(name="Everybody's"), by=lead, at=MONDAY)
    assert list(AutomationRule.objects.values_list("name", flat=True)) == ["New"]


def test_no_rule_that_a_lead_saves_reaches_l3():
    lead, po = actor("lead", at=MONDAY), actor("po", at=MONDAY)
    tech_lead = UserFactory(role="l3", level="L3")
    ways = {"sets_level": new(sets_level="L3"), "sets_owner": new(sets_owner=tech_lead)}
    for field, one in ways.items():
        assert said(one, lead) == [(field, keeping.NO_WAY_TO_L3)]
        assert said(one, po) == []
        with pytest.raises(Invalid):
            keeping.keep(one, by=lead, at=MONDAY)
    theirs = rule(name="The PO's", by=po, sets_level="L3")
    theirs.name = "Taken over"
    with pytest.raises(Invalid):
        keeping.keep(theirs, by=lead, at=MONDAY + HOUR)
    stands = AutomationRule.objects.get()
    assert (stands.name, stands.saved_by_id) == ("The PO's", po.user_id)


WRONG = {
    "line words": ({"line": "quota is small"}, "line"),
    "line key": ({"line": "priorty:P1"}, "line"),
    "line me": ({"line": "owner:me"}, "line"),
    "line mine": ({"line": "queue:mine"}, "line"),
    "line tenant": ({"line": "tenant:not-there"}, "line"),
    "nothing": ({"adds_tags": []}, "__all__"),
    "tag": ({"adds_tags": ["x" * 81]}, "adds_tags"),
    "time of none": ({"trigger": "time", "state": "open"}, "minutes"),
    "state of none": ({"trigger": "time", "minutes": 5}, "state"),
    "time of an event": ({"minutes": 5}, "minutes"),
    "status of no move": ({"to_status": "closed"}, "to_status"),
    "fact of nothing": ({"value": "enterprise"}, "fact"),
    "nothing of a fact": ({"fact": "tier"}, "value"),
    "neither yes nor no": ({"fact": "how_to", "value": "maybe"}, "value"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_rule_may_not_say_is_told_at_its_field(wrong):
    fields, field = WRONG[wrong]
    assert [where for where, _words in said(new(**fields), actor("lead", at=MONDAY))] == [field]


def test_a_macro_that_moves_or_that_is_not_for_who_saves_is_refused():
    lead = actor("lead", at=MONDAY)
    wrong = [macro(send_as="waiting"), macro(roles=["l3"]), macro(active=False)]
    assert [[field for field, _words in said(new(macro=one), lead)] for one in wrong] == [["macro"]] * 3
    assert said(new(macro=macro()), lead) == []


def test_a_client_and_who_works_nowhere_own_nothing():
    lead = actor("lead", at=MONDAY)
    for user in (UserFactory(role="auditor"), UserFactory(role="l2", is_active=False)):
        assert [field for field, _words in said(new(sets_owner=user), lead)] == ["sets_owner"]


def test_saving_again_lets_a_paused_rule_run():
    one = rule(adds_tags=["x"])
    AutomationRule.objects.filter(pk=one.pk).update(paused_at=MONDAY, paused_why="Too many.")
    one = AutomationRule.objects.get(pk=one.pk)
    keeping.keep(one, by=actor("po", at=MONDAY), at=MONDAY + HOUR)
    after = AutomationRule.objects.get(pk=one.pk)
    assert (after.paused_at, after.paused_why, after.version) == (None, "", 2)
