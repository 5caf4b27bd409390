from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from config.errors import Forbidden, Invalid, Refused
from outbox.models import Event
from sla.domain import calendars, fold, histories, policies, policy_editing
from sla.domain.business_time import Target
from sla.domain.conversation import Happening
from sla.domain.policy_editing import PolicyTerms
from sla.domain.rows import state_of
from sla.models import Calendar, Clock, Policy, PolicyTarget
from tenants.domain.actors import SYSTEM, actor_of_user
from tests.factories.sla import HOUR, MONDAY, CalendarFactory, Conversing, PolicyFactory, minutes
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db

FRIDAY_15 = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # 15:00 in Berlin
MINUTE = 60


def table(**replaced):
    targets = {
        (p, kind): Target(HOUR, "wall_seconds")
        for p in ("P0", "P1", "P2", "P3")
        for kind in ("first_response", "resolution")
    }
    return targets | {tuple(key.split("__")): target for key, target in replaced.items()}


def terms(**changes):
    values = {"name": "Theirs", "calendar_id": Calendar.objects.get(name="Berlin office hours").pk}
    return PolicyTerms(**(values | {"valid_from": MONDAY, "targets": table()} | changes))


def test_the_default_table_is_the_written_one():
    written = {
        (target.policy.name, target.priority, target.kind): (target.amount, target.unit)
        for target in PolicyTarget.objects.select_related("policy")
    }
    answers = {
        "P0": (15 * MINUTE, "wall_seconds"),
        "P1": (HOUR, "wall_seconds"),
        "P2": (4 * HOUR, "wall_seconds"),
        "P3": (1, "business_days"),
    }
    standard = {
        "P0": (4 * HOUR, "wall_seconds"),
        "P1": (8 * HOUR, "wall_seconds"),
        "P2": (2, "business_days"),
        "P3": (5, "business_days"),
    }
    raised = {
        "P0": (2 * HOUR, "wall_seconds"),
        "P1": (6 * HOUR, "wall_seconds"),
        "P2": (1, "business_days"),
        "P3": (3, "business_days"),
    }
    expected = {}
    for name, resolution in (("Standard", standard), ("Premium", raised), ("Enterprise", raised)):
        for priority in answers:
            expected[name, priority, "first_response"] = answers[priority]
            expected[name, priority, "next_reply"] = answers[priority]
            expected[name, priority, "resolution"] = resolution[priority]
    assert written == expected


def test_two_business_days_from_friday_15_are_due_on_tuesday_15():
    talk = Conversing(tenant=TenantFactory(support_tier="standard"), at=FRIDAY_15)
    accepted = talk.say(Happening.ACCEPTED, at=FRIDAY_15)
    assert accepted.created[0].due_at == FRIDAY_15 + timedelta(days=4)


@pytest.mark.parametrize("tier", ["standard", "premium"])
def test_precedence_and_why(tier):
    tenant = TenantFactory(name="Acme", support_tier=tier, segment="mid-market")

    def matched():
        found = policies.policy_for(tenant=tenant, at=MONDAY)
        return found.policy.name, found.why

    by_tier = {
        "standard": ("Standard", "Standard: nothing more specific is in force (since 01 Jan 2020)."),
        "premium": ("Premium", "Premium: the support tier is premium (since 01 Jan 2020)."),
    }
    assert matched() == by_tier[tier]
    PolicyFactory(name="Mid", tenant=None, segment="mid-market")
    by_segment = ("Mid", "Mid: Acme is in the segment mid-market (since 01 Jan 2026).")
    assert matched() == (by_segment if tier == "standard" else by_tier[tier])
    PolicyFactory(name="Theirs", tenant=tenant)
    assert matched() == ("Theirs", "Theirs: Acme has a policy of its own (since 01 Jan 2026).")
    assert (
        policies.policy_for(tenant=TenantFactory(support_tier="enterprise"), at=MONDAY, tier="premium").policy.name
        == "Premium"
    )


def test_a_policy_holds_from_its_first_moment_until_just_before_its_last():
    tenant = TenantFactory()
    ours = PolicyFactory(tenant=tenant, valid_from=MONDAY, valid_to=MONDAY + timedelta(days=7))
    found = [
        policies.policy_for(tenant=tenant, at=MONDAY + after).policy == ours
        for after in (timedelta(seconds=-1), timedelta(), timedelta(days=6), timedelta(days=7))
    ]
    assert found == [False, True, True, False]


def test_nothing_in_force_is_refused():
    with pytest.raises(Refused, match="No policy is in force"):
        policies.policy_for(tenant=TenantFactory(), at=datetime(2019, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("subject", [{"tenant": True}, {"tier": "premium"}, {"segment": "mid-market"}, {}])
def test_the_database_refuses_overlap(subject):
    subject = {"tenant": TenantFactory()} if subject.get("tenant") else {"tenant": None, **subject}
    long_ago = datetime(2010, 1, 1, tzinfo=UTC)
    first = PolicyFactory(**subject, valid_from=long_ago, valid_to=long_ago + timedelta(days=10))
    PolicyFactory(**subject, valid_from=first.valid_to, valid_to=long_ago + timedelta(days=20))
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyFactory(**subject, valid_from=long_ago + timedelta(days=9), valid_to=long_ago + timedelta(days=11))


def test_the_door_refuses_overlap_and_two_subjects_and_gaps():
    tenant = TenantFactory()
    policy_editing.create(terms=terms(tenant_id=tenant.pk), by=SYSTEM, at=MONDAY)
    before = list(Policy.objects.values_list("pk", flat=True))
    gap = table()
    del gap["P2", "resolution"]
    for refused, said in [
        (terms(tenant_id=tenant.pk, name="Again"), "in force in this time"),
        (terms(tenant_id=tenant.pk, tier="premium"), "choose one"),
        (terms(tier="gold", valid_to=MONDAY), "ends after it begins"),
        (terms(tier="gold", targets=gap), "P2 resolution?"),
        (terms(tier="gold", escalation_meets=["P9"]), "P9"),
        (terms(tier="gold", warn_steps=[Decimal("1.5")]), "less than or equal"),
    ]:
        with pytest.raises(Invalid) as refusal:
            policy_editing.create(terms=refused, by=SYSTEM, at=MONDAY)
        assert said in str(refusal.value.extra["errors"])
    assert list(Policy.objects.values_list("pk", flat=True)) == before


def test_only_who_may_edit_promises_does():
    lead = actor_of_user(UserFactory(role="lead"), at=MONDAY)
    with pytest.raises(Forbidden):
        policy_editing.create(terms=terms(tier="gold"), by=lead, at=MONDAY)
    with pytest.raises(Forbidden):
        calendars.create(name="Theirs", spec={}, by=lead, at=MONDAY)
    assert not Policy.objects.filter(tier="gold").exists()


@pytest.mark.parametrize("recompute", [False, True])
def test_editing_reaches_open_clocks_only_when_asked(recompute):
    policy = PolicyFactory()
    talk = Conversing(policy=policy)
    clock = Clock.objects.get(pk=talk.clock_ids[0])
    changed = terms(
        tenant_id=policy.tenant_id,
        calendar_id=policy.calendar_id,
        valid_from=policy.valid_from,
        targets=table(P2__first_response=Target(3 * HOUR, "wall_seconds")),
    )
    policy_editing.edit(policy_id=policy.pk, terms=changed, recompute=recompute, by=SYSTEM, at=MONDAY + minutes(30))
    clock.refresh_from_db()
    assert clock.due_at == MONDAY + minutes(180 if recompute else 60)
    assert list(Event.objects.values_list("name", flat=True)) == ["sla.clock-retargeted"] * recompute
    assert [row.event for row in clock.events.all()] == ["started", "retargeted"][: 1 + recompute]


def test_a_change_while_the_machines_clock_goes_wrong_comes_after_the_one_before():
    policy = PolicyFactory()
    talk = Conversing(policy=policy)
    for at, hours in ((minutes(30), 3), (minutes(20), 2)):
        policy.targets.filter(kind="first_response").update(amount=hours * HOUR)
        policies.recompute_open(policy_id=policy.pk, by=SYSTEM, at=MONDAY + at)
    clock = Clock.objects.get(pk=talk.clock_ids[0])
    assert clock.due_at == MONDAY + minutes(120)
    assert fold.fold(histories.fold_events(clock, clock.events.all())) == state_of(clock)


def test_less_than_was_used_is_a_breach_at_the_change():
    policy = PolicyFactory()
    talk = Conversing(policy=policy)
    policy.targets.filter(kind="first_response").update(amount=10 * MINUTE)
    at = MONDAY + minutes(30)
    assert policies.recompute_open(policy_id=policy.pk, by=SYSTEM, at=at) == 1
    assert policies.recompute_open(policy_id=policy.pk, by=SYSTEM, at=at + minutes(1)) == 0
    clock = Clock.objects.get(pk=talk.clock_ids[0])
    assert (clock.breached_at, clock.noticed_at) == (at, at)
    assert list(Event.objects.order_by("pk").values_list("name", flat=True)) == [
        "sla.clock-breached",
        "sla.clock-retargeted",
    ]


def test_a_calendar_that_never_opens_is_refused_and_an_edit_is_a_version():
    with pytest.raises(Invalid, match="never opens"):
        calendars.create(name="Shut", spec={"timezone": "Europe/Berlin", "weekly_hours": {}}, by=SYSTEM, at=MONDAY)
    calendar = CalendarFactory()
    old = calendars.hours_of(calendar.versions.get().pk)
    spec = {"timezone": "Europe/Berlin", "weekly_hours": {"mon": [["08:00", "12:00"]]}}
    calendars.edit(calendar_id=calendar.pk, spec=spec, by=SYSTEM, at=MONDAY)
    calendars.edit(calendar_id=calendar.pk, spec=spec, by=SYSTEM, at=MONDAY)
    assert list(calendar.versions.values_list("version", "spec")) == [(2, spec), (1, calendar.spec)]
    assert calendars.hours_of(calendar.versions.get(version=1).pk) is old
    assert not Calendar.objects.filter(name="Shut").exists()


def test_new_hours_reach_open_clocks_only_when_asked():
    policy = PolicyFactory(
        target_table=dict.fromkeys(("first_response", "next_reply", "resolution"), (HOUR, "seconds"))
    )
    talk = Conversing(policy=policy)
    spec = policy.calendar.spec | {"weekly_hours": {"tue": [["09:00", "17:00"]]}}
    dues = []
    for recompute in (False, True):
        policy_editing.edit_calendar(
            calendar_id=policy.calendar_id, spec=spec, recompute=recompute, by=SYSTEM, at=MONDAY + minutes(30)
        )
        dues.append(Clock.objects.get(pk=talk.clock_ids[0]).due_at)
    assert dues == [MONDAY + minutes(60), datetime(2026, 11, 17, 8, 30, tzinfo=UTC)]
