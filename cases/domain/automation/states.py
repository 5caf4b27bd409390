"""The states that a case can have been in for a time, and the column that says since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from cases.enums import Status, TimedState
from cases.models import OPEN, AutomationRule, Case
from sla.domain import business_time, policies
from sla.domain.business_time import Hours, Target
from sla.models import Policy


@dataclass(frozen=True, slots=True)
class State:
    since: str
    condition: Q


STATES: Mapping[str, State] = {
    TimedState.NEW.value: State("opened_at", Q(status=Status.NEW)),
    TimedState.UNANSWERED.value: State("opened_at", OPEN & Q(first_response_at=None)),
    TimedState.CUSTOMER_WAITS.value: State("customer_waiting_since", Q(customer_waiting_since__isnull=False)),
    TimedState.WAITING.value: State("waiting_since", Q(status=Status.WAITING, waiting_since__isnull=False)),
    TimedState.OPEN.value: State("opened_at", OPEN),
    TimedState.RESOLVED.value: State("resolved_at", Q(status=Status.RESOLVED, resolved_at__isnull=False)),
}


def since(rule: AutomationRule, case: Case) -> datetime | None:
    """None: it is not in that state, for all that the column says."""
    moment: datetime | None = getattr(case, STATES[rule.state].since)
    return moment


def wait_of(rule: AutomationRule) -> timedelta:
    return timedelta(minutes=rule.minutes or 0)


class Deadlines:
    """When cases have been in a rule's state long enough; the calendar of each policy is asked for once."""

    def __init__(self, rule: AutomationRule) -> None:
        self.rule = rule
        self._hours: dict[int, Hours | None] = {}

    def of(self, case: Case, *, begun: datetime) -> datetime:
        wait = wait_of(self.rule)
        if not self.rule.business_time:
            return begun + wait
        due = business_time.due(self._hours_of(case), begun, Target(int(wait.total_seconds())))
        return due if due is not None else begun + wait

    def _hours_of(self, case: Case) -> Hours | None:
        if case.policy_id not in self._hours:
            policy = policies.complete(Policy.objects.filter(pk=case.policy_id)).get()
            self._hours[case.policy_id] = policies.promises(policy, case.priority).hours
        return self._hours[case.policy_id]
