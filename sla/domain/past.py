"""The clocks of one conversation that is over or was kept elsewhere: the same steps as `conversations`, in memory.

Rows and their history come out unsaved, to be written in bulk. Nobody is warned or told: what was broken in the past
is dated and remembered, but raises no alert and no event.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from config.bulk import bare
from sla.domain import conversation, histories
from sla.domain.conversation import Conversation, Effect, Event, Promises, Stage
from sla.domain.conversations import history_of, impact_json, promise_of, quietly_retargeted, version_of
from sla.domain.raising import warnings_due
from sla.domain.recording import Change
from sla.domain.rows import next_due, next_moment, write_columns
from sla.enums import Happened
from sla.models import Clock, ClockEvent, Policy

Key = tuple[str, int]  # kind, window


class PastClocks:
    """`ids` gives the ids of clocks not in `known`; `policy` (from `policies`) is the one in force all along."""

    def __init__(
        self,
        *,
        tenant_id: int,
        label: str,
        policy: Policy,
        ids: Iterator[int],
        known: Mapping[Key, int],
        by_label: str,
        recorded_at: datetime,
    ) -> None:
        self._tenant_id = tenant_id
        self._label = label
        self._policy = policy
        self._ids = ids
        self._known = known
        self._by_label = by_label
        self._recorded_at = recorded_at
        self._rows: dict[Key, Clock] = {}
        self._now = Conversation()
        self.history: list[ClockEvent] = []

    @property
    def clocks(self) -> list[Clock]:
        return list(self._rows.values())

    @property
    def stage(self) -> Stage:
        return self._now.stage

    @property
    def next_due(self) -> tuple[datetime | None, str]:
        return next_due(self._rows.values())

    @property
    def breached(self) -> bool:
        return any(clock.breached_at is not None for clock in self._rows.values())

    def take(self, event: Event, *, priority: str, promised: Promises) -> list[dict[str, Any]]:
        """One event, under what is promised from now on. What it did to the clocks, as JSON values."""
        before = self._now
        after = conversation.step(before, event, promised)
        self._now = after.conversation
        changes = [
            self._write(before.clocks[place] if place < len(before.clocks) else None, state, priority, promised)
            for place, state in enumerate(after.conversation.clocks)
            if place >= len(before.clocks) or (state is not before.clocks[place] and state != before.clocks[place])
        ]
        effects = [(self._rows[impact.kind, impact.window], impact.what) for impact in after.impacts]
        effects += [(c.clock, Effect.RETARGETED) for c in changes if quietly_retargeted(c, effects)]
        self.history += [
            history_of(clock, effect, event=event, at=self._recorded_at, by_label=self._by_label)
            for clock, effect in effects
        ]
        for change in changes:
            self._remember_breach(change)
        return impact_json(after.impacts)

    def regard(self, stage: Stage) -> None:
        """Take this stage for a fact though no event of the conversation led there; no clock moves."""
        self._now = self._now._replace(stage=stage)

    def settle(self, at: datetime) -> None:
        """What came due until `at`, as the sweep would have found it; what is ahead is left to the sweep."""
        for state in self._now.clocks:
            clock = self._rows[state.kind, state.window]
            clock.next_at = next_moment(state, warned_steps=clock.warned_steps)
            if clock.next_at is None or clock.next_at > at:
                continue
            if state.due_at is not None and state.due_at < at:
                self._breach(clock, state.due_at)
                clock.next_at = None
            else:
                clock.warned_steps = max(step for step, _at in warnings_due(state, warned_steps=0, at=at))
                clock.next_at = next_moment(state, warned_steps=clock.warned_steps)

    def _write(self, before: Any, state: Any, priority: str, promised: Promises) -> Change:
        key = state.kind, state.window
        clock = self._rows.get(key)
        if clock is None:
            pk = self._known.get(key) or next(self._ids)
            clock = bare(
                Clock, id=pk, tenant_id=self._tenant_id, kind=state.kind, label=self._label, window=state.window
            )
            self._rows[key] = clock
        if before is None or promise_of(before) != promise_of(state):
            clock.policy_id, clock.priority = self._policy.pk, priority
        version_id = version_of(state, clock, promised.hours, self._policy.calendar_version_id)
        write_columns(clock, state, calendar_version_id=version_id)
        return Change(clock, before, state, version_id)

    def _remember_breach(self, change: Change) -> None:
        if change.after.breached_at is not None and (change.before is None or change.before.breached_at is None):
            self._breach(change.clock, change.after.breached_at)

    def _breach(self, clock: Clock, breached_at: datetime) -> None:
        clock.breached_at, clock.noticed_at = breached_at, self._recorded_at
        clock.warned_steps = len(clock.warn_steps)
        self.history.append(
            histories.entry(
                clock, Happened.BREACHED, at=breached_at, recorded_at=self._recorded_at, by_label=self._by_label, step=0
            )
        )
