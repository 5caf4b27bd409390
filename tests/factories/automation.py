"""Automation rules, kept by a lead of every client unless said otherwise, and the rounds in which they act."""

from datetime import timedelta

from cases.domain.automation import keeping, scanning
from cases.models import AutomationRule, AutomationRun
from outbox.domain.relay import relay
from tests.factories.cases import MONDAY
from tests.factories.tenants import actor

SECOND = timedelta(seconds=1)


def rule(trigger="opened", *, by=None, at=MONDAY, **fields) -> AutomationRule:
    values = {"name": f"Rule {AutomationRule.objects.count() + 1}", "active": True, **fields}
    return keeping.keep(AutomationRule(trigger=trigger, **values), by=by or actor("lead", at=at), at=at)


def heard(at, *, rounds=20) -> None:
    """All that there is to hear is heard, and what that leads to."""
    for _round in range(rounds):
        if not relay(at=at + SECOND).consumed:
            return
    raise AssertionError("It does not come to an end")


def passed(at) -> None:
    """A round looks for who has come to their time, and the rules hear of it."""
    scanning.scan(at=at)
    heard(at)


def runs(**of) -> list[tuple]:
    """(rule, case, outcome, what was done or why not), the oldest first."""
    found = AutomationRun.objects.filter(**of).order_by("pk").select_related("rule")
    return [(run.rule.name, run.case_id, run.outcome, run.words or _steps(run.did)) for run in found]


def _steps(did) -> list[str]:
    return [f"{step['what']}: {step['before']} → {step['after']}" for step in did]
