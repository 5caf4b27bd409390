"""Looks for cases that have been in a state for a rule's time, and tells: the rule acts when it hears of it.

Each round takes, rule by rule, the cases that came to their time since the last one. A case is found once for each time
it gets into the state; what the rule asks of it besides counts at that moment. In open time the moment lies later: the
timer keeps it, and the case is looked at then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from cases.domain.automation import acting, conditions, pausing
from cases.domain.automation.pausing import Pause
from cases.domain.automation.states import STATES, Deadlines, since, wait_of
from cases.domain.automation.triggers import TIME_REACHED
from cases.enums import RuleTrigger
from cases.models import AutomationRule, AutomationTimer, Case
from config.db import unit_of_work
from config.errors import Invalid
from config.inserting import insert
from outbox.domain.publish import NewEvent, publish_many
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right

STEP = 500  # cases that one transaction looks at
STEPS = 20  # of a rule in a round; the next goes on from there
LOOKS_BACK = timedelta(days=90)  # what got into the state before that, a new rule leaves alone


def scan(*, at: datetime) -> int:
    """How many cases came to their time. Any number may scan at once; doing it twice changes nothing."""
    waiting = AutomationRule.objects.running().filter(trigger=RuleTrigger.TIME)
    for rule_id in waiting.values_list("pk", flat=True):
        steps = 0
        while steps < STEPS and _step(rule_id, at=at):
            steps += 1
    told = 0
    while (count := _tell(at=at)) == STEP:
        told += count
    return told + count


def reached(rule: AutomationRule, *, by: Actor, at: datetime) -> Iterator[tuple[Case, datetime]]:
    """Each case that the rounds would find if the rule were saved now as it stands, and when it is due.

    Raises Invalid where the rule's line can't be read.
    """
    known = AutomationTimer.objects.filter(rule=rule.pk or 0, told_at__isnull=False)
    through: datetime | None = None
    for _step in range(STEPS):
        cases, through = _found(rule, known, begun=through, by=by, at=at)
        for case, _begun, due_at in _dated(rule, cases):
            yield case, due_at
        if through >= at - wait_of(rule):
            return


def _step(rule_id: int, *, at: datetime) -> bool:
    """Whether there is more to look at."""
    with unit_of_work(SYSTEM.label):
        rows = AutomationRule.objects.running().filter(pk=rule_id).select_related("saved_by")
        rule = rows.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        if rule is None:
            return False
        known, by = AutomationTimer.objects.filter(rule=rule), acting.actor_of(rule, at=at)
        try:
            cases, through = _found(rule, known, begun=rule.scanned_to, by=by, at=at)
        except Invalid as broken:
            pausing.pause([Pause(rule=rule, why=broken.message)], at=at)
            return False
        insert(
            AutomationTimer(rule=rule, case=case, tenant_id=case.tenant_id, since=begun, due_at=due_at)
            for case, begun, due_at in _dated(rule, cases)
        )
        rule.scanned_to = through
        rule.save(update_fields=["scanned_to"])
    return through < at - wait_of(rule)


def _found(
    rule: AutomationRule,
    known: QuerySet[AutomationTimer],
    *,
    begun: datetime | None,
    by: Actor,
    at: datetime,
) -> tuple[QuerySet[Case], datetime]:
    """The cases of the next step, less those with a timer that is `known`, and up to which moment that looked."""
    state, until = STATES[rule.state], at - wait_of(rule)
    after = begun or until - LOOKS_BACK
    among = {f"{state.since}__gt": after, f"{state.since}__lte": until}
    there = Case.objects.filter(state.condition, **among).order_by(state.since)
    beyond: datetime | None = there.values_list(state.since, flat=True)[STEP : STEP + 1].first()
    through = max(until, after) if beyond is None else beyond
    within = Case.objects.filter(state.condition, **among | {f"{state.since}__lte": through})
    fitting: QuerySet[Case]
    if rule.business_time:  # not due yet: what the case is then decides
        fitting = within.visible_to(by, Right.HAND_OVER)
    else:
        fitting = conditions.fitting(rule, within, by=by, at=at)
    timed = known.filter(case=OuterRef("pk"), since=OuterRef(state.since))
    return fitting.exclude(Exists(timed)).order_by(state.since, "pk"), through


def _dated(rule: AutomationRule, cases: QuerySet[Case]) -> Iterator[tuple[Case, datetime, datetime]]:
    deadlines = Deadlines(rule)
    for case in cases:
        begun = since(rule, case)
        if begun is not None:
            yield case, begun, deadlines.of(case, begun=begun)


def _tell(*, at: datetime) -> int:
    with unit_of_work(SYSTEM.label):
        due = AutomationTimer.objects.filter(
            told_at=None, due_at__lte=at, rule__active=True, rule__paused_at__isnull=True
        )
        timers = list(due.select_for_update(of=("self",), skip_locked=True, no_key=True)[:STEP])
        publish_many(
            events=[
                NewEvent(
                    name=TIME_REACHED,
                    tenant_id=timer.tenant_id,
                    payload={"case_id": timer.case_id, "rule_id": timer.rule_id, "since": timer.since.isoformat()},
                    at=at,
                    key=f"case:{timer.case_id}",
                )
                for timer in timers
            ]
        )
        AutomationTimer.objects.filter(pk__in=[timer.pk for timer in timers]).update(told_at=at)
    return len(timers)
