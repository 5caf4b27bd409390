"""The clocks that follow one conversation: rows in, `conversation.step`, rows out.

The caller owns the conversation: it holds its lock, knows its status, and links created clocks to it. Locks go from
its row to its clocks. Statements of one advance: insert, update and history of clocks, one each; one lock more with
`lock_clocks`; alert rows and events only where a breach comes to light.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField

from config.any_of import AnyOf
from config.kept_statements import Kept
from sla.domain import conversation, histories
from sla.domain.business_time import Hours, Target
from sla.domain.conversation import Conversation, Effect, Event, Happening, Impact, Stage
from sla.domain.fold import ClockState
from sla.domain.policies import promises
from sla.domain.recording import Change, remember, save
from sla.domain.rows import next_due, state_of
from sla.enums import Happened
from sla.models import Clock, ClockEvent, Policy
from tenants.domain.actors import Actor

TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """`clocks`: those given and those created. `next_due_at`, `next_due_kind`: the earliest deadline still owed.

    `stage` and `answered`: the conversation's, after the event.
    """

    clocks: list[Clock]
    created: list[Clock]
    impacts: list[Impact]
    next_due_at: datetime | None
    next_due_kind: str
    stage: Stage
    answered: bool

    def sla_impact(self) -> list[dict[str, Any]]:
        return impact_json(self.impacts)


def impact_json(impacts: Iterable[Impact]) -> list[dict[str, Any]]:
    """For a transition log: JSON values."""
    return [
        {
            "kind": impact.kind,
            "window": impact.window,
            "what": impact.what.value,
            "due_at": impact.due_at.isoformat() if impact.due_at else None,
            "left_seconds": impact.left_seconds,
        }
        for impact in impacts
    ]


def lock_clocks(ids: Iterable[int]) -> list[Clock]:
    """In the order in which they started. Inside the caller's transaction, after the lock on what owns them."""
    wanted = list(ids)
    return LOCKED.rows(ids=wanted) if wanted else []


LOCKED = Kept(lambda given: Clock.objects.locked().filter(AnyOf("pk", given("ids", ArrayField(BigIntegerField())))))


def first_due(*, opened_by_us: bool, policy: Policy, priority: str, at: datetime) -> tuple[datetime | None, str]:
    """The deadline and kind that `open_clocks` will find for the same; nothing is written."""
    unopened = Conversation(stage=Stage.UNOPENED, clocks=(), answered=False, opened_by_us=opened_by_us)
    created = Event(at=at, what=Happening.CREATED, by_us=opened_by_us)
    return next_due(conversation.step(unopened, created, promises(policy, priority)).conversation.clocks)


def open_clocks(
    *,
    tenant_id: int,
    label: str,
    opened_by_us: bool,
    policy: Policy,
    priority: str,
    by: Actor,
    at: datetime,
) -> Advanced:
    return advance(
        tenant_id=tenant_id,
        label=label,
        clocks=[],
        stage=Stage.UNOPENED,
        answered=False,
        opened_by_us=opened_by_us,
        policy=policy,
        priority=priority,
        event=Event(at=at, what=Happening.CREATED, by_us=opened_by_us),
        by=by,
        at=at,
    )


def advance(
    *,
    tenant_id: int,
    label: str,
    clocks: Sequence[Clock],
    stage: Stage,
    answered: bool,
    opened_by_us: bool,
    policy: Policy,
    priority: str,
    event: Event,
    by: Actor,
    at: datetime,
) -> Advanced:
    """One event of a conversation. Call it inside the caller's transaction, with `clocks` from `lock_clocks`.

    `stage`, `answered` and `opened_by_us` are those before the event; `policy` (from `policies`) and `priority` those
    after it. `clocks` may leave out ended windows before the last one of each kind.
    """
    promised = promises(policy, priority)
    rows = {(clock.kind, clock.window): clock for clock in clocks}
    before = {key: state_of(clock) for key, clock in rows.items()}
    ordered = sorted(before.values(), key=lambda state: state.started_at)
    after = conversation.step(
        Conversation(stage=stage, clocks=tuple(ordered), answered=answered, opened_by_us=opened_by_us),
        event,
        promised,
    )
    changes: list[Change] = []
    for state in after.conversation.clocks:
        key = state.kind, state.window
        known = before.get(key)
        if state == known:
            continue
        clock = rows.setdefault(key, Clock(tenant_id=tenant_id, kind=state.kind, label=label, window=state.window))
        if known is None or promise_of(known) != promise_of(state):
            clock.policy, clock.priority = policy, priority
        version_id = version_of(state, clock, promised.hours, policy.calendar_version_id)
        changes.append(Change(clock, known, state, version_id))
    found = save(changes, at=at)
    effects = [(rows[impact.kind, impact.window], impact.what) for impact in after.impacts]
    effects += [(change.clock, Effect.RETARGETED) for change in changes if quietly_retargeted(change, effects)]
    history = [history_of(clock, effect, event=event, at=at, by_label=by.label) for clock, effect in effects]
    remember(history, found, at=at)
    next_due_at, next_due_kind = next_due(rows.values())
    return Advanced(
        clocks=list(rows.values()),
        created=[change.clock for change in changes if change.before is None],
        impacts=list(after.impacts),
        next_due_at=next_due_at,
        next_due_kind=next_due_kind,
        stage=after.conversation.stage,
        answered=after.conversation.answered,
    )


def quietly_retargeted(change: Change, effects: Sequence[tuple[Clock, Effect]]) -> bool:
    """A new promise that moved no deadline (while paused, say) is no impact, but the clock's history has it."""
    before, after = change.before, change.after
    if before is None or promise_of(before) == promise_of(after):
        return False
    return not any(
        clock is change.clock and effect in (Effect.RETARGETED, Effect.POSTPONED) for clock, effect in effects
    )


def promise_of(state: ClockState) -> tuple[Target, Hours | None, tuple[Decimal, ...]]:
    return state.target, state.hours, state.warn_steps


def version_of(state: ClockState, clock: Clock, hours: Hours | None, version_id: int) -> int | None:
    """The calendar version whose hours the state now carries: the policy's, or the one the clock had."""
    if state.hours is None:
        return None
    return version_id if state.hours is hours else clock.calendar_version_id


def history_of(clock: Clock, effect: Effect, *, event: Event, at: datetime, by_label: str) -> ClockEvent:
    match effect:
        case Effect.STARTED:
            moment = event.target_at if clock.kind == TARGET else None
            return histories.started(clock, recorded_at=at, by_label=by_label, moment=moment)
        case Effect.RETARGETED:
            return histories.retargeted(clock, at=clock.counted_to, recorded_at=at, by_label=by_label)
        case Effect.POSTPONED:
            moved = {"due_at": event.target_at.isoformat()} if event.target_at else {}
            return histories.entry(
                clock, Happened.POSTPONED, at=clock.counted_to, recorded_at=at, by_label=by_label, **moved
            )
        case Effect.PAUSED | Effect.RESUMED:
            return histories.entry(
                clock, Happened(effect.value), at=clock.counted_to, recorded_at=at, by_label=by_label
            )
    return histories.entry(
        clock, Happened.STOPPED, at=clock.counted_to, recorded_at=at, by_label=by_label, ended_as=clock.ended_as
    )
