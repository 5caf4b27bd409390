"""Rules hear events and act through the doors that people use, once, in order, and what came of it is kept."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.domain import escalation, lifecycle, ownership, priorities, snoozing
from cases.domain.automation import reacting
from cases.domain.sending import HELD_FOR, Press
from cases.domain.unsending import unsend
from cases.models import AutomationRule, AutomationRun, Case
from config.db import unit_of_work
from outbox.domain.publish import event_value
from outbox.models import Delivery, Event
from sla.domain.sweep import sweep
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import AuditEntry
from tests.factories.automation import heard, rule, runs
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, clocks_of, macro, opened, says, worked_to
from tests.factories.tenants import GrantFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


def test_a_rule_does_all_that_it_says_through_the_doors():
    tenant = TenantFactory()
    owner = UserFactory(role="l2", tenant=tenant, level="L2", first_name="Ben", last_name="Okri")
    answer = macro("Hello {{ requester.first_name }}, {{ agent.name }} has your question.", name="Received")
    rule(
        name="Enterprise P1",
        line="priority:P1",
        sets_owner=owner,
        adds_tags=["vip"],
        sets_priority="P0",
        sets_level="L2",
        note="Look at the dashboard first.",
        macro=answer,
    )
    case = opened(tenant=tenant, priority="P1", tags=["quota"])
    heard(MONDAY)
    after = Case.objects.get(pk=case.pk)
    assert (after.owner, after.tags, after.priority, after.level) == (owner, ["quota", "vip"], "P0", "L2")
    name = case.requester.name.split()[0]
    text = f"Hello {name}, CompanyOS Support has your question."
    assert runs() == [
        (
            "Enterprise P1",
            case.pk,
            "done",
            [
                "owner: nobody → Ben Okri",
                "tags: quota → quota, vip",
                "priority: P1 → P0",
                "level: L1 → L2",
                "note:  → Look at the dashboard first.",
                f"message:  → Received: {text}",
            ],
        )
    ]
    said = list(after.interactions.filter(by_kind="automation", kind__in=["note", "message"]).order_by("pk"))
    assert [(one.kind, one.public, one.actor_name, one.body) for one in said[-2:]] == [
        ("note", False, "rule: Enterprise P1", "Look at the dashboard first."),
        ("message", True, "CompanyOS Support", text),
    ]
    assert said[-1].macro == answer
    assert Delivery.objects.get(pk=said[-1].delivery_id).automated
    assert "Enterprise P1" not in Delivery.objects.get(pk=said[-1].delivery_id).text


def test_what_a_rule_says_meets_no_clock():
    rule("customer_wrote", macro=macro())
    case = opened()
    says(case)
    heard(MONDAY + HOUR)
    after = Case.objects.get(pk=case.pk)
    assert after.interactions.filter(by_kind="automation", kind="message", public=True).count() == 1
    assert (after.first_response_at, after.last_message_by) == (None, "customer")
    assert clocks_of(case)[("first_response", 1)].stopped_at is None


def test_the_audit_and_the_timeline_name_the_rule():
    one = rule(name="VIP", adds_tags=["vip"])
    case = opened()
    heard(MONDAY)
    entry = AuditEntry.objects.filter(table_name="cases_case", row_id=str(case.pk), new__has_key="tags").latest("pk")
    assert entry.actor == f"rule:{one.pk}"
    told = case.interactions.filter(body__startswith="Tags").get()
    assert (told.body, told.by_kind, told.actor_name) == ("Tags: none → vip", "automation", "rule: VIP")


EVENTS = {
    "opened": lambda case, at: None,
    "customer_wrote": lambda case, at: says(case, at=at),
    "we_replied": lambda case, at: says(case, "On it.", by=actor("l2", at=at), at=at),
    "priority": lambda case, at: priorities.change_priority(
        case_id=case.pk, priority="P3", by=actor("lead", at=at), at=at
    ),
    "escalated": lambda case, at: escalation.escalate(
        case_id=case.pk, to="L2", known_issues_searched=True, by=actor("l1", at=at), at=at
    ),
    "moved": lambda case, at: lifecycle.accept(case_id=case.pk, by=actor("l2", at=at), at=at),
}


@pytest.mark.parametrize("trigger", EVENTS)
def test_each_rule_hears_of_its_own_event_alone(trigger):
    for one in EVENTS:
        rule(one, name=one, adds_tags=[one], **({"to_status": "triage"} if one == "moved" else {}))
    case = opened()
    heard(MONDAY)
    AutomationRun.objects.all().delete()
    if trigger != "opened":
        EVENTS[trigger](case, MONDAY + MINUTE)
        heard(MONDAY + MINUTE)
        assert [name for name, *_ in runs()] == [trigger]
    else:
        assert Case.objects.get(pk=case.pk).tags == ["opened"]


def test_rules_hear_of_promises_and_of_the_end_of_a_snooze():
    for one in ("warned", "breached", "woken"):
        rule(one, name=one, adds_tags=[one])
    case = opened(priority="P2")
    snoozing.snooze(case_id=case.pk, until=MONDAY + 2 * HOUR, by=actor("l2", at=MONDAY), at=MONDAY)
    from_now = clocks_of(case)[("first_response", 1)]
    heard(MONDAY)
    for at in (from_now.warn_at, from_now.due_at):
        sweep(at=at + timedelta(seconds=1))
        heard(at + timedelta(seconds=1))
    assert {name for name, _case, outcome, _did in runs() if outcome == "done"} == {"warned", "breached", "woken"}
    assert sorted(Case.objects.get(pk=case.pk).tags) == ["breached", "warned", "woken"]


def test_rules_act_in_their_order_and_one_may_be_the_last():
    rule(name="Third", position=30, adds_tags=["third"])
    rule(name="Second", position=20, line="priority:P0", adds_tags=["second"], stops=True)
    rule(name="First", position=10, sets_priority="P0")
    case = opened(priority="P2")
    heard(MONDAY)
    assert [(name, outcome) for name, case_id, outcome, _did in runs(event="cases.case-opened")] == [
        ("First", "done"),
        ("Second", "done"),
    ]
    assert Case.objects.get(pk=case.pk).tags == ["second"]


def test_what_a_door_refuses_undoes_all_of_the_rule_and_is_kept_with_its_words():
    tenant = TenantFactory()
    owner = UserFactory(role="l2", tenant=tenant, level="L2")
    rule("moved", name="Give it to Ben", to_status="closed", adds_tags=["late"], sets_owner=owner)
    case = worked_to("closed", tenant=tenant)
    Case.objects.filter(pk=case.pk).update(owner=None)
    before = Case.objects.values().get(pk=case.pk)
    heard(MONDAY + 2 * HOUR)
    assert runs() == [("Give it to Ben", case.pk, "refused", f"{case.reference} is closed; reopen it first.")]
    assert Case.objects.values().get(pk=case.pk) == before


def test_hearing_an_event_again_changes_nothing():
    rule(name="Note it", note="Look.")
    case = opened()
    heard(MONDAY)
    before = (Case.objects.values().get(pk=case.pk), runs(), case.interactions.count(), Event.objects.count())
    event = Event.objects.get(name="cases.case-opened", payload__case_id=case.pk)
    reacting.hear(events=[event_value(event)], at=MONDAY + DAY)
    assert (Case.objects.values().get(pk=case.pk), runs(), case.interactions.count(), Event.objects.count()) == before


def test_a_rule_never_reacts_to_what_it_led_to():
    rule("priority", name="Up", sets_priority="P1", line="priority:P3", note="up")
    rule("priority", name="Down", sets_priority="P3", line="priority:P1", note="down")
    case = opened(priority="P2")
    heard(MONDAY)
    priorities.change_priority(case_id=case.pk, priority="P3", by=actor("lead", at=MONDAY), at=MONDAY + MINUTE)
    heard(MONDAY + MINUTE)
    assert [(name, outcome) for name, _case, outcome, _words in runs()] == [
        ("Up", "done"),
        ("Down", "done"),
        ("Up", "left"),
        ("Up", "left"),
    ]
    assert runs()[-1][3] == "This follows from what it did to the case itself."
    # What a person does afterwards is another matter.
    priorities.change_priority(case_id=case.pk, priority="P1", by=actor("lead", at=MONDAY), at=MONDAY + HOUR)
    heard(MONDAY + HOUR)
    assert [outcome for _name, _case, outcome, _words in runs()][4:] == ["done", "done", "left", "left"]


def test_a_rule_of_one_client_touches_no_other():
    mine, theirs = TenantFactory(), TenantFactory()
    lead = actor("lead", at=MONDAY, tenant=mine)
    rule(name="Ours", tenant=mine, by=lead, adds_tags=["ours"])
    rule(name="Ours, by who may more", tenant=mine, adds_tags=["more"])
    cases = [opened(tenant=mine), opened(tenant=theirs)]
    heard(MONDAY)
    assert [Case.objects.get(pk=case.pk).tags for case in cases] == [["ours", "more"], []]
    assert {case_id for _name, case_id, *_ in runs()} == {cases[0].pk}


def test_it_acts_with_the_rights_that_who_saved_it_has_now():
    """What a PO may, and keeps no more once the grant is gone: the rule pauses and says why."""
    po = UserFactory(role="po", first_name="Pia", last_name="Ost", email="pia@desk.example")
    one = rule(name="To L3", by=actor_of_user(po, at=MONDAY), sets_level="L3")
    case = opened()
    heard(MONDAY)
    assert Case.objects.get(pk=case.pk).level == "L3"
    po.grants.update(revoked_at=MONDAY + MINUTE)
    GrantFactory(user=po, role="l1")
    other = opened(at=MONDAY + HOUR)
    heard(MONDAY + HOUR)
    assert Case.objects.get(pk=other.pk).level == "L1"
    why = f"Pia Ost saved it last and may not keep rules for {other.tenant.name} any more."
    assert runs()[-1] == ("To L3", other.pk, "left", why)
    paused = AutomationRule.objects.get(pk=one.pk)
    assert (paused.paused_at, paused.paused_why) == (MONDAY + HOUR + timedelta(seconds=1), why)
    mail = Delivery.objects.get(about_kind="rule")
    assert (mail.to, mail.subject) == ("pia@desk.example", "The rule “To L3” has paused itself")


def test_a_rule_whose_right_to_l3_is_lost_is_refused_at_the_door():
    """Kept by a PO, who became a lead: what remains to them goes on, the way to L3 is closed."""
    po = UserFactory(role="po")
    rule(name="To L3", by=actor_of_user(po, at=MONDAY), sets_level="L3", note="up")
    po.grants.update(revoked_at=MONDAY)
    GrantFactory(user=po, role="lead")
    case = opened(at=MONDAY + HOUR)
    heard(MONDAY + HOUR)
    assert runs() == [("To L3", case.pk, "refused", "L3 is reached through L2: escalate to L2 first.")]
    assert Case.objects.get(pk=case.pk).level == "L1"
    assert not case.interactions.filter(kind="note").exists()


def test_a_rule_that_would_change_too_many_cases_a_minute_pauses_itself():
    one = rule(name="All", adds_tags=["all"], most_a_minute=2)
    cases = [opened() for _ in range(4)]
    heard(MONDAY)
    assert [len(Case.objects.get(pk=case.pk).tags) for case in cases] == [1, 1, 0, 0]
    assert runs()[2:] == [("All", cases[2].pk, "left", "It would change more than 2 cases a minute.")]
    assert AutomationRule.objects.get(pk=one.pk).paused_why == "It would change more than 2 cases a minute."


def test_a_rule_whose_line_names_who_is_gone_pauses_itself():
    owner = UserFactory(role="l2", username="ben")
    one = rule("priority", line="owner:ben", adds_tags=["ben"])
    type(owner).objects.filter(pk=owner.pk).update(username="benjamin")
    case = opened()
    priorities.change_priority(case_id=case.pk, priority="P0", by=SYSTEM, at=MONDAY)
    heard(MONDAY)
    assert AutomationRule.objects.get(pk=one.pk).paused_why == "There is no colleague “ben” here."
    assert [run[2:] for run in runs()] == [("left", "There is no colleague “ben” here.")]


def test_rules_are_locked_after_all_cases():
    """Two workers, each with some cases, that both pause the rule: whoever holds it waits for no case any more."""
    rule(name="All", adds_tags=["all"], most_a_minute=1)
    for _ in range(4):
        opened()
    events = [event_value(one) for one in Event.objects.filter(name="cases.case-opened").order_by("pk")]
    with CaptureQueriesContext(connection) as asked, unit_of_work(SYSTEM.label):
        reacting.hear(events=events, at=MONDAY)
    held = [number for number, one in enumerate(asked) if "FOR NO KEY UPDATE" in one["sql"]]
    paused = [number for number, one in enumerate(asked) if 'UPDATE "cases_automationrule"' in one["sql"]]
    assert len(held) >= len(events)
    assert len(paused) == 1
    assert max(held) < paused[0]


@pytest.mark.parametrize("undone", [True, False])
def test_a_rule_hears_of_a_press_once_it_can_not_be_taken_back(undone):
    rule("we_replied", name="Word", adds_tags=["word"])
    rule("moved", name="Move", to_status="waiting_on_customer", adds_tags=["move"])
    by, case, token = actor("l2", at=MONDAY), worked_to("in_progress"), uuid4()
    before, at = case.tags, MONDAY + 2 * HOUR
    heard(at - MINUTE)
    lifecycle.wait(case_id=case.pk, ask="Which region?", press=Press(token), by=by, at=at)
    heard(at)
    assert Case.objects.get(pk=case.pk).tags == before
    if undone:
        unsend(token=token, case_id=case.pk, by=by, at=at + 9 * timedelta(seconds=1))
    heard(at + HELD_FOR)
    assert set(Case.objects.get(pk=case.pk).tags) == ({*before} if undone else {*before, "move", "word"})


def test_what_is_off_hears_nothing():
    rule(active=False, adds_tags=["off"])
    case = opened()
    ownership.assign(case_id=case.pk, owner_id=None, by=SYSTEM, at=MONDAY)
    heard(MONDAY)
    assert runs() == []


@pytest.mark.parametrize("count", [1, 3])
def test_events_that_no_rule_hears_cost_one_statement(count, django_assert_num_queries):
    for _ in range(count):
        opened()
    rule("priority", adds_tags=["raised"])
    events = [event_value(event) for event in Event.objects.filter(name="cases.case-opened")]
    with django_assert_num_queries(1):
        reacting.hear(events=events, at=MONDAY)
