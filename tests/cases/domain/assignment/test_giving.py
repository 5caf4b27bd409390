"""Cases without an owner find one by themselves, through the door that people assign by."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from cases.domain import escalation, lifecycle, ownership, snoozing
from cases.domain.assignment import giving
from cases.models import Absence, AssignmentRule, Case
from config.errors import Refused
from outbox.domain.relay import relay
from tests.cases.domain.test_races import at_once
from tests.factories.assignment import rule, worker
from tests.factories.cases import HOUR, MINUTE, MONDAY, RESOLUTION, opened, worked_to
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db
NOW = MONDAY + HOUR
HOURS = {"mon": [["11:30", "17:00"]]}  # Berlin: from 10:30 UTC


def owners(*cases):
    return [Case.objects.get(pk=case.pk).owner for case in cases]


def heard(at=NOW):
    """What the worker does with the events that wait, and with those that this brings."""
    while relay(at=at).consumed:
        pass


def test_the_example_that_is_shipped_is_off():
    assert list(AssignmentRule.objects.values_list("active", "levels")) == [(False, ["L1", "L2"])]
    worker()
    case = opened()
    heard()
    assert (owners(case), giving.give_all(at=NOW)) == ([None], 0)


def test_a_new_case_goes_to_somebody_and_says_by_which_rule_and_why():
    mira, made = worker(capacity=5), rule(name="Frontline")
    case = opened()
    heard()
    assert owners(case) == [mira]
    said = case.interactions.filter(kind="system").last()
    assert (said.body, said.by_kind, said.public, said.data) == (
        f"Owner: nobody → {mira} (by rule “Frontline”: on shift, carried 0 of 5, the least of 1)",
        "system",
        False,
        {"owner_id": mira.pk},
    )
    made.refresh_from_db()
    assert (made.last_given_to, made.last_given_at) == (mira, NOW)


def test_the_first_rule_whose_conditions_hold_decides():
    ben, omar = worker(tags=["sso"]), worker()
    rule(name="Sign-in", priorities=["P3"], needs_tags=["sso"])
    rule(name="Others", position=90)
    AssignmentRule.objects.filter(name="Sign-in").update(position=1)
    case = opened()
    Case.objects.filter(pk=case.pk).update(priority="P3")
    omar_only = giving.give(case_id=case.pk, at=NOW)
    assert (omar_only.rule.name, owners(case)) == ("Sign-in", [ben])
    assert omar != ben


def test_an_escalated_case_without_an_owner_goes_to_its_level():
    two = worker(level="L2")
    rule()
    case = opened()
    heard()
    assert owners(case) == [None]
    escalation.escalate(case_id=case.pk, to="L2", known_issues_searched=True, by=actor("l1"), at=NOW)
    heard()
    assert owners(case) == [two]


def test_a_case_that_lost_its_owner_finds_another():
    mira, jonas = worker(), worker()
    case = opened()
    ownership.assign(case_id=case.pk, owner_id=mira.pk, by=actor("lead"), at=MONDAY)
    rule()
    Absence.objects.create(user=mira, starts_at=MONDAY)
    ownership.assign(case_id=case.pk, owner_id=None, reason="ill", by=actor("lead"), at=NOW)
    heard()
    assert owners(case) == [jonas]


def test_who_frees_up_gets_the_longest_waiting():
    mira = worker(capacity=1)
    rule()
    first, second, third = (opened(at=MONDAY + n * MINUTE) for n in range(3))
    heard(MONDAY + 5 * MINUTE)
    assert owners(first, second, third) == [mira, None, None]
    l2 = actor("l2")
    worked_to("in_progress", case=first, by=l2, at=NOW)
    Case.objects.filter(pk=first.pk).update(owner=mira)
    lifecycle.resolve(case_id=first.pk, by=l2, at=NOW + HOUR, **RESOLUTION)
    heard(NOW + HOUR)
    assert owners(second, third) == [mira, None]
    ownership.assign(case_id=second.pk, owner_id=actor("l1").user_id, by=actor("lead"), at=NOW + HOUR)
    heard(NOW + HOUR)
    assert owners(third) == [mira]


def test_a_shift_that_begins_and_an_absence_that_ends_are_noticed_by_the_round():
    mira = worker(weekly_hours=HOURS)
    jonas = worker(capacity=1)
    Absence.objects.create(user=jonas, starts_at=MONDAY - HOUR, ends_at=MONDAY + 30 * MINUTE)
    rule()
    first, second = opened(at=MONDAY), opened(at=MONDAY + MINUTE)
    heard(MONDAY + 2 * MINUTE)
    assert (owners(first, second), giving.give_all(at=MONDAY + 29 * MINUTE)) == ([None, None], 0)
    assert (giving.give_all(at=MONDAY + 30 * MINUTE), owners(first, second)) == (1, [jonas, None])
    assert (giving.give_all(at=MONDAY + 90 * MINUTE), owners(first, second)) == (1, [jonas, mira])


def test_what_nobody_may_have_does_not_stand_in_the_way():
    acme, other = TenantFactory(), TenantFactory()
    mira = worker(tenant=acme, role="l1")
    rule()
    blocked = [opened(tenant=other, at=MONDAY + n * MINUTE) for n in range(3)]
    case = opened(tenant=acme, at=MONDAY + HOUR)
    assert (giving.give_all(at=NOW, limit=1), owners(case), owners(*blocked)) == (1, [mira], [None] * 3)


def test_what_is_snoozed_resolved_or_taken_is_left_alone():
    worker()
    rule()
    snoozed, resolved, taken = opened(), worked_to("resolved"), opened()
    Case.objects.filter(pk=resolved.pk).update(owner=None)
    snoozing.snooze(case_id=snoozed.pk, until=NOW + HOUR, by=actor("l1"), at=MONDAY)
    lead = actor("lead")
    ownership.assign(case_id=taken.pk, owner_id=lead.user_id, by=lead, at=MONDAY)
    assert [giving.give(case_id=case.pk, at=NOW) for case in (snoozed, resolved, taken)] == [None] * 3
    assert [owner and owner.pk for owner in owners(snoozed, resolved, taken)] == [None, None, lead.user_id]
    assert giving.give(case_id=snoozed.pk, at=NOW + HOUR) is not None


def test_a_claim_is_refused_for_what_has_an_owner():
    mira, jonas = worker(), worker()
    case = opened()
    claim = partial(ownership.assign, case_id=case.pk, by=actor("lead"), at=NOW, from_nobody=True)
    claim(owner_id=mira.pk)
    before = Case.objects.get(pk=case.pk).version
    with pytest.raises(Refused) as refused:
        claim(owner_id=jonas.pk)
    assert (refused.value.code, owners(case), Case.objects.get(pk=case.pk).version) == ("taken", [mira], before)


def test_l3_is_reached_only_by_a_rule_that_names_it_and_only_for_its_cases():
    tech_lead, po = worker(level="L3"), worker(level="L2", role="po")
    frontline = rule(name="Frontline")
    case = opened()
    Case.objects.filter(pk=case.pk).update(level="L3")
    assert giving.give(case_id=case.pk, at=NOW) is None
    AssignmentRule.objects.filter(pk=frontline.pk).update(levels=["L2", "L3"])
    lower = opened()
    Case.objects.filter(pk=lower.pk).update(level="L2")
    assert giving.give(case_id=lower.pk, at=NOW) is None  # a PO is third level wherever they stand
    assert (giving.give(case_id=case.pk, at=NOW).person.id, owners(case, lower)) == (tech_lead.pk, [tech_lead, None])
    assert po.level == "L2"


def test_the_run_does_exactly_what_the_dry_run_named():
    [worker(capacity=capacity) for capacity in (1, 2, 3)]
    rule(name="By turns", way="round_robin", priorities=["P2"])
    rule(name="Urgent", way="least_loaded")
    cases = [opened(at=MONDAY + n * MINUTE) for n in range(7)]
    Case.objects.filter(pk__in=[cases[2].pk, cases[5].pk]).update(priority="P1")
    lead = actor("lead")
    planned = giving.dry_run(by=lead, at=NOW)
    assert [one.case.id for one in planned] == [case.pk for case in cases]
    assert owners(*cases) == [None] * 7
    named = [(one.case.id, one.rule.pk, one.choice.person.id) for one in planned if one.choice]
    done = giving.run(named=named, by=lead, at=NOW)
    assert [(one.case_id, one.choice.why, one.refusal) for one in done] == [
        (one.case.id, one.choice.why, "") for one in planned if one.choice
    ]
    expected = {one.case.id: one.choice and one.choice.person.id for one in planned}
    assert dict(Case.objects.values_list("pk", "owner")) == expected
    assert (giving.dry_run(by=lead, at=NOW) and giving.give_all(at=NOW)) == 0


def test_the_round_gives_as_the_dry_run_says():
    [worker(capacity=capacity) for capacity in (1, 4, 3)]
    rule()
    [opened(at=MONDAY + n * MINUTE) for n in range(6)]
    planned = {one.case.id: one.choice.person.id for one in giving.dry_run(by=actor("lead"), at=NOW)}
    assert (giving.give_all(at=NOW), dict(Case.objects.values_list("pk", "owner"))) == (6, planned)


def test_a_run_refuses_what_became_otherwise():
    mira, jonas = worker(), worker()
    made = rule()
    case, taken = opened(), opened()
    lead = actor("lead")
    Absence.objects.create(user=mira, starts_at=MONDAY)
    ownership.assign(case_id=taken.pk, owner_id=jonas.pk, by=lead, at=MONDAY)
    done = giving.run(named=[(one.pk, made.pk, mira.pk) for one in (case, taken)], by=lead, at=NOW)
    assert [(one.case_id, one.choice, one.refusal) for one in done] == [
        (case.pk, None, f"CASE-{case.pk}: it would go to {jonas} now."),
        (taken.pk, None, f"CASE-{taken.pk} needs no owner any more."),
    ]
    assert owners(case, taken) == [None, jonas]


def test_the_lead_decides_over_their_tenants_and_never_over_l3():
    acme, other = TenantFactory(), TenantFactory()
    worker(), worker(level="L3")
    made = rule(levels=["L1", "L3"])
    here, there, high = opened(tenant=acme), opened(tenant=other), opened(tenant=acme)
    Case.objects.filter(pk=high.pk).update(level="L3")
    lead = actor("lead", tenant=acme)
    assert [one.case.id for one in giving.dry_run(by=lead, at=NOW)] == [here.pk]
    l3 = worker(level="L3")
    assert giving.run(named=[(there.pk, made.pk, l3.pk), (high.pk, made.pk, l3.pk)], by=lead, at=NOW) == []
    assert owners(here, there, high) == [None] * 3


def test_a_dry_run_with_a_rule_that_is_off():
    mira = worker()
    case = opened()
    example = AssignmentRule.objects.get()
    lead = actor("lead")
    assert giving.dry_run(by=lead, at=NOW) == []
    [one] = giving.dry_run(by=lead, at=NOW, also=example)
    assert (one.case.id, one.choice.person.id, owners(case)) == (case.pk, mira.pk, [None])


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_both_give_a_case_nor_fill_anybody_beyond_their_capacity():
    team = [worker(capacity=2), worker(capacity=1)]
    rule(way="round_robin")
    cases = [opened(at=MONDAY - timedelta(minutes=n)) for n in range(6)]
    acts = [partial(giving.give_all, at=NOW) for _ in range(2)]
    acts += [partial(giving.give, case_id=case.pk, at=NOW) for case in cases[:2]]
    assert set(at_once(*acts)) == {"ok"}
    carried = {person.pk: Case.objects.filter(owner=person).count() for person in team}
    assert carried == {team[0].pk: 2, team[1].pk: 1}
    said = [case.interactions.filter(data__has_key="owner_id").count() for case in cases]
    assert said == [int(owner is not None) for owner in owners(*cases)]
    assert connection.in_atomic_block is False
