"""Rules hear what happened to cases and act, each in the order of its place; what came of it is kept.

A rule acts at most once for a case in a chain of events, and a chain goes through rules three times at the most: rules
that call each other come to an end. One that would change too many cases a minute pauses itself and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from cases.domain.automation import acting, conditions, pausing
from cases.domain.automation.acting import Result
from cases.domain.automation.pausing import Pause
from cases.domain.automation.states import since
from cases.domain.automation.triggers import heard_by, may_hear
from cases.domain.locking import locked
from cases.domain.sending import was_undone
from cases.enums import RuleTrigger, RunOutcome
from cases.models import AutomationRule, AutomationRun, Case
from config.errors import Invalid
from config.inserting import insert
from outbox.domain.chains import chain_of
from outbox.domain.consuming import EventValue
from outbox.domain.publish import caused_by
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right

HOPS = 3  # times that a chain of events may go through a rule
MINUTE = timedelta(minutes=1)


def hear(*, events: Iterable[EventValue], at: datetime) -> None:
    """Hearing an event again changes nothing. Cases are locked in the order of their numbers."""
    heard = sorted(events, key=lambda event: (event.payload["case_id"], event.id))
    # Most events set off nothing: whom a rule acts for and with what is read only where one does.
    rules = list(AutomationRule.objects.running().filter(may_hear(heard)))
    if not rules:
        return
    actors: dict[int, Actor] = {}
    paused: dict[int, Pause] = {}
    for event in heard:
        listening = [rule for rule in rules if heard_by(rule, event)]
        if listening:
            with caused_by(event.id):
                _react(event, listening, actors, paused, at=at)
    pausing.pause(paused.values(), at=at)


def _react(
    event: EventValue,
    rules: Sequence[AutomationRule],
    actors: dict[int, Actor],
    paused: dict[int, Pause],
    *,
    at: datetime,
) -> None:
    """The case is locked first: of two events of a chain, heard at once, the later sees what the first led to.
    `paused`: the rules that have gone wrong so far, and those that do here.
    """
    rows = locked(SYSTEM).filter(pk=event.payload["case_id"])
    case = rows.first()
    if case is None or was_undone(event.payload):
        return
    before = _Before(event)
    for rule in rules:
        if rule.pk in paused or before.has_settled(rule):
            continue
        by = _actor(rule, actors, at=at)
        try:
            result = _result(rule, case, event, before, by=by, at=at)
        except _GoneWrong as wrong:
            paused[rule.pk] = Pause(rule=rule, why=wrong.why, cause=event.id)
            result = Result(RunOutcome.LEFT, words=wrong.why)
        if result is None:
            continue
        _keep(rule, case, event, before, result, at=at)
        if rule.stops and result.outcome in (RunOutcome.DONE, RunOutcome.NOTHING):
            return
        if result.outcome == RunOutcome.DONE:
            case = rows.get()


class _GoneWrong(Exception):
    """The rule stops by itself."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _result(
    rule: AutomationRule, case: Case, event: EventValue, before: _Before, *, by: Actor, at: datetime
) -> Result | None:
    if not by.can(Right.HAND_OVER, case.tenant_id):
        why = f"{rule.saved_by} saved it last and may not keep rules for {case.tenant.name} any more."
        raise _GoneWrong(why)
    if rule.trigger == RuleTrigger.TIME and not _is_still_due(rule, case, event):
        return None
    try:
        if not conditions.holds(rule, case, by=by, at=at):
            return None
    except Invalid as broken:
        raise _GoneWrong(broken.message) from broken
    if why := before.why_not(rule, case):
        return Result(RunOutcome.LEFT, words=why)
    if _done_lately(rule, at=at) >= rule.most_a_minute:
        why = f"It would change more than {rule.most_a_minute} cases a minute."
        raise _GoneWrong(why)
    return acting.act(rule, case, by=by, at=at)


def _actor(rule: AutomationRule, actors: dict[int, Actor], *, at: datetime) -> Actor:
    if rule.pk not in actors:
        actors[rule.pk] = acting.actor_of(rule, at=at)
    return actors[rule.pk]


class _Before:
    """What rules did earlier at this event and in the chain that led to it."""

    def __init__(self, event: EventValue) -> None:
        self.event = event
        self.chain = chain_of(event)
        self.root = self.chain[-1]
        here = Q(case=event.payload["case_id"]) | Q(event_id__in=self.chain)
        columns = ("rule_id", "case_id", "event_id", "outcome")
        self.runs = list(AutomationRun.objects.filter(here, chain=self.root).values_list(*columns))

    def has_settled(self, rule: AutomationRule) -> bool:
        this = (rule.pk, self.event.payload["case_id"], self.event.id)
        return any((rule_id, case_id, event_id) == this for rule_id, case_id, event_id, _outcome in self.runs)

    def why_not(self, rule: AutomationRule, case: Case) -> str:
        done = [run for run in self.runs if run[3] == RunOutcome.DONE]
        if any((rule_id, case_id) == (rule.pk, case.pk) for rule_id, case_id, *_rest in done):
            return "This follows from what it did to the case itself."
        hops = {event_id for *_rest, event_id, _outcome in done if event_id in self.chain} - {self.event.id}
        return f"The chain has been through rules {HOPS} times." if len(hops) >= HOPS else ""


def _is_still_due(rule: AutomationRule, case: Case, event: EventValue) -> bool:
    begun = since(rule, case)
    return begun is not None and begun == datetime.fromisoformat(event.payload["since"])


def _done_lately(rule: AutomationRule, *, at: datetime) -> int:
    return AutomationRun.objects.filter(rule=rule, outcome=RunOutcome.DONE, at__gt=at - MINUTE).count()


def _keep(
    rule: AutomationRule, case: Case, event: EventValue, before: _Before, result: Result, *, at: datetime
) -> None:
    insert(
        [
            AutomationRun(
                rule=rule,
                case=case,
                tenant_id=case.tenant_id,
                at=at,
                event_id=event.id,
                event=event.name,
                chain=before.root,
                outcome=result.outcome,
                did=list(result.did),
                words=result.words,
            )
        ]
    )
