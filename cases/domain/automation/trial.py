"""A rule tried before it runs: it does to each case what it would do, through the same doors, and all is taken back.

One that waits is tried on the cases that the next round finds for it; one that hears of events on those to which such
an event came lately, as they stand now. Earlier rules for the event act first, as they would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from cases.domain.automation import acting, conditions, scanning
from cases.domain.automation.acting import Result
from cases.domain.automation.triggers import HEARD, heard_by
from cases.domain.locking import locked
from cases.enums import RuleTrigger, RunOutcome
from cases.models import AutomationRule, Case
from config.db import unit_of_work
from config.errors import Invalid
from outbox.domain.publish import event_value
from outbox.models import Event
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right

LAST = 100  # cases
LATELY = timedelta(days=7)
EVENTS = 500  # that are looked at for them


@dataclass(frozen=True, slots=True)
class Tried:
    """`before_it`: the earlier rule that stops this one here."""

    case: Case
    when: datetime
    result: Result
    before_it: AutomationRule | None = None


@dataclass(slots=True, kw_only=True)
class Trial:
    """`tried`: how many cases were looked at; those that it is not for are in none of the lists."""

    tried: int = 0
    changed: list[Tried] = field(default_factory=list)
    refused: list[Tried] = field(default_factory=list)
    stopped: list[Tried] = field(default_factory=list)
    unchanged: int = 0

    def add(self, one: Tried | None) -> None:
        self.tried += 1
        if one is None:
            return
        if one.before_it is not None:
            self.stopped.append(one)
        elif one.result.outcome == RunOutcome.DONE:
            self.changed.append(one)
        elif one.result.outcome == RunOutcome.REFUSED:
            self.refused.append(one)
        else:
            self.unchanged += 1

    @property
    def shown(self) -> list[Tried]:
        return [*self.changed, *self.refused, *self.stopped]


def try_rule(rule: AutomationRule, *, actor: Actor, at: datetime) -> Trial:
    """As if `actor` saved it, saved or not. Writes nothing. Raises Invalid for a line that can't be read."""
    by = acting.acting_for(rule, actor.access)
    trial = Trial()
    for case_id, when, earlier in _cases(rule, actor, by, at=at):
        trial.add(_try_on(case_id, when, [*earlier, rule], by=by, at=at))
    return trial


Found = tuple[int, datetime, list[AutomationRule]]  # a case's number, when the event came, rules that act before


def _cases(rule: AutomationRule, actor: Actor, by: Actor, *, at: datetime) -> Iterator[Found]:
    if rule.trigger != RuleTrigger.TIME:
        yield from _happened(rule, actor, at=at)
        return
    due = ((case, due_at) for case, due_at in scanning.reached(rule, by=by, at=at) if due_at <= at)
    for _place, (case, due_at) in zip(range(LAST), due, strict=False):
        yield case.pk, due_at, []


def _happened(rule: AutomationRule, actor: Actor, *, at: datetime) -> Iterator[Found]:
    """The newest event of each case first."""
    events = Event.objects.filter(HEARD[rule.trigger].among_events(), created_at__gt=at - LATELY)
    if rule.to_status:
        events = events.filter(payload__to=rule.to_status)
    reach = actor.access.tenant_ids(Right.HAND_OVER)
    if rule.tenant_id is not None:
        reach = frozenset({rule.tenant_id})
    if reach is not None:
        events = events.filter(tenant_id__in=reach)
    others = list(AutomationRule.objects.running().exclude(pk=rule.pk or 0).select_related("saved_by", "macro"))
    seen: set[int] = set()
    for event in map(event_value, events.order_by("-created_at", "-pk")[:EVENTS]):
        case_id = event.payload["case_id"]
        if len(seen) == LAST:
            return
        if case_id in seen:
            continue
        seen.add(case_id)
        before = [one for one in others if _comes_before(one, rule) and heard_by(one, event)]
        yield case_id, event.at, before


def _comes_before(one: AutomationRule, rule: AutomationRule) -> bool:
    """A new one comes last of those at its position."""
    return one.position < rule.position or (one.position == rule.position and (rule.pk is None or one.pk < rule.pk))


def _try_on(case_id: int, when: datetime, rules: Sequence[AutomationRule], *, by: Actor, at: datetime) -> Tried | None:
    """What the last of `rules` would do after the others have acted."""
    *earlier, rule = rules
    with unit_of_work(by.label):
        tried = _acted(case_id, when, earlier, rule, by=by, at=at)
        transaction.set_rollback(True)
    return tried


def _acted(
    case_id: int, when: datetime, earlier: Sequence[AutomationRule], rule: AutomationRule, *, by: Actor, at: datetime
) -> Tried | None:
    rows = locked(SYSTEM).filter(pk=case_id)
    case = as_it_is = rows.first()
    if case is None or as_it_is is None:
        return None
    for one in earlier:
        result = _of_another(one, case, at=at)
        if result is None:
            continue
        if one.stops and result.outcome in (RunOutcome.DONE, RunOutcome.NOTHING):
            fits = conditions.holds(rule, as_it_is, by=by, at=at)
            return Tried(as_it_is, when, result, before_it=one) if fits else None
        case = rows.get()
    found = _result(rule, case, by=by, at=at)
    return None if found is None else Tried(as_it_is, when, found)


def _of_another(rule: AutomationRule, case: Case, *, at: datetime) -> Result | None:
    """None as well for one whose line can't be read any more: it would pause itself."""
    with suppress(Invalid):
        return _result(rule, case, by=acting.actor_of(rule, at=at), at=at)
    return None


def _result(rule: AutomationRule, case: Case, *, by: Actor, at: datetime) -> Result | None:
    return acting.act(rule, case, by=by, at=at) if conditions.holds(rule, case, by=by, at=at) else None
