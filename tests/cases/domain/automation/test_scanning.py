"""Rules that wait: each case once for each time it gets into the state, at its time."""

from datetime import timedelta

import pytest

from cases.domain import lifecycle
from cases.domain.automation import forgetting, keeping, scanning
from cases.models import AutomationRule, AutomationRun, AutomationTimer, Case
from tests.factories.automation import passed, rule, runs
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, macro, opened, says, worked_to
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db


def waiting(**fields):
    return worked_to("waiting_on_customer", **fields)


def test_a_silent_client_is_reminded_once_for_each_wait():
    case, busy = waiting(), worked_to("in_progress")
    since = case.waiting_since
    rule("time", name="Silent", state="waiting", minutes=60, macro=macro("Are you still there?"))
    passed(since + 59 * MINUTE)
    assert (runs(), AutomationTimer.objects.count()) == ([], 0)
    for at in (since + HOUR, since + HOUR + MINUTE, since + DAY):
        passed(at)
    assert [(case_id, outcome) for _rule, case_id, outcome, _did in runs()] == [(case.pk, "done")]
    assert Case.objects.get(pk=case.pk).waiting_since == since
    says(case, at=since + 2 * DAY)
    lifecycle.wait(case_id=case.pk, ask="And now?", by=actor("l2", at=MONDAY), at=since + 2 * DAY + HOUR)
    passed(since + 2 * DAY + 2 * HOUR)
    assert [case_id for _rule, case_id, _outcome, _did in runs()] == [case.pk, case.pk]
    assert busy.pk not in {case_id for _rule, case_id, *_ in runs()}


def test_open_time_follows_the_calendar_of_the_case():
    """Friday 16:30 in Berlin, one hour of open time: the minutes until closing, the rest on Monday morning."""
    friday = MONDAY - 3 * DAY + timedelta(hours=6, minutes=30)
    case = opened(at=friday)
    rule("time", name="Unanswered", state="unanswered", minutes=60, business_time=True, adds_tags=["late"], at=friday)
    passed(friday + 2 * HOUR)
    [timer] = AutomationTimer.objects.all()
    assert (timer.case_id, timer.since, timer.told_at) == (case.pk, friday, None)
    assert timer.due_at == MONDAY - HOUR + 30 * MINUTE
    passed(timer.due_at - MINUTE)
    assert runs() == []
    passed(timer.due_at)
    assert [(outcome, did) for *_case, outcome, did in runs()] == [("done", ["tags: none → late"])]


def test_who_left_the_state_meanwhile_is_left_alone():
    case = waiting()
    rule("time", state="waiting", minutes=60, adds_tags=["silent"])
    at = case.waiting_since + HOUR
    scanning.scan(at=at)
    says(case, at=at)
    passed(at + MINUTE)
    assert (runs(), Case.objects.get(pk=case.pk).tags) == ([], [])


def test_what_is_asked_besides_counts_at_its_time():
    urgent, calm = opened(priority="P1"), opened(priority="P3")
    rule("time", name="P1 without a word", state="unanswered", minutes=30, line="priority:P0,P1", note="Say a word.")
    passed(MONDAY + HOUR)
    assert [case_id for _rule, case_id, *_ in runs()] == [urgent.pk]
    assert not AutomationTimer.objects.filter(case=calm).exists()


def test_a_rule_saved_anew_looks_again_and_repeats_nothing():
    case, late = opened(priority="P1"), opened(priority="P3")
    one = rule("time", state="unanswered", minutes=30, line="priority:P1", adds_tags=["late"])
    passed(MONDAY + HOUR)
    one = AutomationRule.objects.get(pk=one.pk)
    assert one.scanned_to == MONDAY + HOUR - 30 * MINUTE
    one.line = ""
    keeping.keep(one, by=actor("lead", at=MONDAY), at=MONDAY + HOUR)
    passed(MONDAY + HOUR + MINUTE)
    assert [case_id for _rule, case_id, *_ in runs()] == [case.pk, late.pk]


def test_a_rule_of_one_client_waits_for_no_other():
    mine = TenantFactory()
    theirs = opened()
    rule("time", tenant=mine, by=actor("lead", at=MONDAY, tenant=mine), state="open", minutes=5, adds_tags=["old"])
    ours = opened(tenant=mine)
    passed(MONDAY + HOUR)
    assert [case_id for _rule, case_id, *_ in runs()] == [ours.pk]
    assert Case.objects.get(pk=theirs.pk).tags == []


def test_many_are_found_a_step_at_a_time(monkeypatch):
    monkeypatch.setattr(scanning, "STEP", 2)
    cases = [opened(at=MONDAY + place * MINUTE) for place in range(3)] + [opened(at=MONDAY) for _ in range(3)]
    rule("time", state="new", minutes=30, adds_tags=["old"])
    passed(MONDAY + HOUR)
    assert sorted(case_id for _rule, case_id, *_ in runs()) == sorted(case.pk for case in cases)


def test_what_rules_did_is_forgotten_after_a_while(settings):
    rule("time", state="new", minutes=5, adds_tags=["old"])
    opened()
    passed(MONDAY + HOUR)
    opened(at=MONDAY + HOUR)
    passed(MONDAY + 2 * HOUR)
    assert forgetting.forget_old(at=MONDAY + HOUR + settings.AUTOMATION_KEPT) == 0
    assert forgetting.forget_old(at=MONDAY + HOUR + settings.AUTOMATION_KEPT + MINUTE) == 2
    assert (AutomationRun.objects.count(), AutomationTimer.objects.count()) == (1, 1)


@pytest.mark.parametrize("count", [1, 3])
def test_a_round_costs_the_same_for_many(count, django_assert_num_queries):
    for _ in range(count):
        opened()
    rule("time", state="new", minutes=5, adds_tags=["old"])
    scanning.scan(at=MONDAY)
    with django_assert_num_queries(17):
        assert scanning.scan(at=MONDAY + HOUR) == count
