"""Past promises under another policy; under the one they were made by, nothing changes."""

import json
import random
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.domain import history, lifecycle, priorities, taking_back
from cases.domain.bulk import cast
from cases.domain.bulk.lives import past
from cases.domain.bulk.plots import Stage
from cases.domain.bulk.quiet import Quiet
from cases.domain.bulk.vocabulary import Vocabulary
from config.errors import Absent
from reporting.domain.metrics import metrics
from reporting.domain.period import Period
from reporting.domain.replay import replay
from sla.domain import excuse
from sla.models import Policy, PolicyTarget
from tenants.domain.actors import SYSTEM
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, RESOLUTION, clocks_of, customer, opened, says, worked_to
from tests.factories.sla import PolicyFactory
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db

YEAR = Period(date(2025, 11, 1), date(2026, 12, 31), "UTC")
AT = MONDAY + 30 * DAY


def replayed(name, period=YEAR):
    return replay(policy=name, period=period, actor=SYSTEM, at=AT)


def compared(found, kind, priority="all"):
    return next(line.compared for line in found.lines if (line.kind, line.priority) == (kind, priority))


def policy(name, *, first_response=3600, resolution=4 * 3600, next_reply=3600, **fields):
    """Of a tenant of its own, so that it is in force beside the others; None: not promised."""
    table = {"first_response": first_response, "resolution": resolution, "next_reply": next_reply}
    return PolicyFactory(
        name=name,
        target_table={kind: (amount, "wall_seconds") for kind, amount in table.items() if amount is not None},
        **fields,
    )


@pytest.fixture
def many():
    """Made cases under the policy Standard, which a new desk has."""
    tenant = TenantFactory()
    RequesterFactory(tenant=tenant)
    UserFactory(role="l1")
    UserFactory(role="po")
    stage = Stage(cast.found_or_made(at=MONDAY), Vocabulary(), Quiet(at=MONDAY), MONDAY)
    dice = random.Random(1)
    pasts = [past(dice, stage, open_share=0.2, external=("bulk", f"1/{number}")) for number in range(150)]
    history.write(pasts, by=SYSTEM, at=MONDAY, timers=True)


def test_under_the_policy_in_force_nothing_changes(many):
    found = replayed("Standard")
    present = metrics(period=YEAR, actor=SYSTEM)
    assert [(one.kind, one.priority, one.compared.then) for one in found.lines] == [
        (one.kind, one.priority, one.figures) for one in present.promises
    ]
    assert [one.compared.now for one in found.lines] == [one.compared.then for one in found.lines]
    assert {(one.compared.met_to_breached, one.compared.breached_to_met) for one in found.lines} == {(0, 0)}
    assert sum(compared(found, kind).then.late for kind in ("first_response", "next_reply", "resolution")) > 0
    assert found.cases == present.opened


def test_a_shorter_and_a_longer_target():
    policy("Short", first_response=600, resolution=600)
    policy("Long", first_response=DAY.total_seconds(), resolution=10 * DAY.total_seconds())
    tenant = policy("Ours").tenant
    l2 = actor("l2", at=MONDAY)
    quick = opened(tenant=tenant, by=l2)
    says(quick, by=l2, at=MONDAY + 30 * MINUTE)
    slow = opened(tenant=tenant, by=l2)
    says(slow, by=l2, at=MONDAY + 2 * HOUR)
    short, long = compared(replayed("Short"), "first_response"), compared(replayed("Long"), "first_response")
    assert (short.then.met, short.then.late, short.now.met, short.now.late) == (1, 1, 0, 2)
    assert (short.met_to_breached, short.breached_to_met) == (1, 0)
    assert (long.now.met, long.now.late, long.met_to_breached, long.breached_to_met) == (2, 0, 0, 1)


def test_pauses_reopenings_changed_priorities_and_what_was_taken_back_are_kept():
    ours = policy("Ours")
    PolicyTarget.objects.filter(policy=ours, kind="resolution", priority="P1").update(amount=2 * 3600)
    l2 = actor("l2", at=MONDAY)
    waited = worked_to("waiting_on_customer", tenant=ours.tenant, by=l2, at=MONDAY + HOUR)
    says(waited, at=MONDAY + DAY)
    lifecycle.resolve(case_id=waited.pk, **RESOLUTION, by=l2, at=MONDAY + DAY + HOUR)
    again = worked_to("closed", tenant=ours.tenant, by=l2, at=MONDAY + HOUR)
    lifecycle.reopen(case_id=again.pk, reason="Again", by=customer(again), at=MONDAY + DAY)
    lifecycle.resolve(case_id=again.pk, **RESOLUTION, by=l2, at=MONDAY + 2 * DAY)
    urgent = worked_to("in_progress", tenant=ours.tenant, by=l2, at=MONDAY + HOUR)
    priorities.change_priority(case_id=urgent.pk, priority="P1", by=l2, at=MONDAY + 2 * HOUR)
    lifecycle.resolve(case_id=urgent.pk, **RESOLUTION, by=l2, at=MONDAY + 4 * HOUR)
    hasty = worked_to("resolved", tenant=ours.tenant, by=l2, at=MONDAY + HOUR)
    lifecycle.reject(case_id=hasty.pk, reason="No", by=l2, at=MONDAY + 2 * HOUR)
    taking_back.take_back(case_id=hasty.pk, by=l2, at=MONDAY + 2 * HOUR + MINUTE)
    late = clocks_of(again)["resolution", 2]
    excuse.excuse(clock_id=late.pk, agreed_with="Ana", reason="Their freeze", by=actor("po", at=MONDAY), at=AT)
    found = replayed("Ours")
    whole = compared(found, "resolution")
    assert (whole.then.windows, whole.then.met, whole.then.late, whole.then.excused) == (5, 3, 2, 1)
    assert [one.compared.now for one in found.lines] == [one.compared.then for one in found.lines]


def test_what_is_not_promised_is_said():
    policy("Silent", first_response=None)
    case = opened(tenant=policy("Ours").tenant)
    says(case, by=actor("l2", at=MONDAY), at=MONDAY + MINUTE)
    first = compared(replayed("Silent"), "first_response")
    assert (first.then.windows, first.now.windows, first.not_promised) == (1, 0, 1)


def test_only_the_cases_opened_then_that_had_work():
    ours = policy("Ours")
    l2 = actor("l2", at=MONDAY)
    for at in (MONDAY - DAY, MONDAY, MONDAY + DAY):
        says(opened(tenant=ours.tenant, at=at), by=l2, at=at + MINUTE)
    spam = opened(tenant=ours.tenant)
    lifecycle.close(case_id=spam.pk, as_="spam", reason="Advertising", by=l2, at=MONDAY + HOUR)
    opened(tenant=ours.tenant)
    found = replayed("Ours", Period(MONDAY.date(), MONDAY.date(), "UTC"))
    assert (found.cases, compared(found, "first_response").then.windows) == (2, 1)


def test_it_reads_and_has_the_database_see_to_that(many):
    with CaptureQueriesContext(connection) as captured:
        replayed("Standard")
    said = {query["sql"].strip('"').split()[0] for query in captured}
    assert said == {"SELECT", "SAVEPOINT", "RELEASE", "SET"}
    assert [one["sql"] for one in captured if one["sql"].startswith("SET")] == ["SET TRANSACTION READ ONLY"]


def test_the_newest_of_a_name_or_the_one_in_force():
    tenant = policy("Ours", first_response=600, valid_to=MONDAY).tenant
    policy("Ours", tenant=tenant, first_response=7200, valid_from=MONDAY)
    case = opened(tenant=tenant, at=MONDAY - DAY)
    says(case, by=actor("l2", at=MONDAY), at=MONDAY - DAY + HOUR)
    assert compared(replayed("Ours"), "first_response").breached_to_met == 1
    Policy.objects.filter(valid_to=None, name="Ours").delete()
    assert compared(replayed("Ours"), "first_response").breached_to_met == 0


def test_an_unknown_policy():
    with pytest.raises(Absent, match="no policy named 'Nobody'"):
        replayed("Nobody")


def test_the_command_says_the_same(many):
    said = StringIO()
    span = ("--from", "2025-11-01", "--to", "2026-12-31", "--processes", "1")
    call_command("sla_replay", "--policy", "Standard", *span, "--json", stdout=said)
    assert json.loads(said.getvalue()) == replayed("Standard").as_json()
    said = StringIO()
    call_command("sla_replay", "--policy", "Standard", *span, stdout=said)
    assert "under the policy Standard" in said.getvalue()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--policy", "Nobody", "--from", "2026-01-01", "--to", "2026-01-31"], "no policy named"),
        (["--policy", "Standard", "--from", "2026-02-01", "--to", "2026-01-31"], "ends before it begins"),
        (["--policy", "Standard", "--from", "yesterday", "--to", "2026-01-31"], "no date"),
        (["--policy", "Standard", "--from", "2026-01-01", "--to", "2026-01-31", "--processes", "0"], "processes"),
    ],
)
def test_the_command_refuses_with_one_line(arguments, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("sla_replay", *arguments, stdout=StringIO())
