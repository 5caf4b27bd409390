"""The clocks that follow one conversation: rows in, `conversation.step`, rows out.

The caller owns the conversation: it holds its lock, knows its status, and links created clocks to it. Locks go from
its row to its clocks. Statements of one advance: insert, update and history of clocks, one each; one lock more with
`lock_clocks`; alert rows and events only where a breach comes to light.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sla.domain import alerting, conversation, histories
from sla.domain.conversation import Conversation, Effect, Event, Happening, Impact, Stage
from sla.domain.policies import promises
from sla.domain.rows import next_due, save_states, state_of, write_state
from sla.models import Clock, Policy
from tenants.domain.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """`clocks`: those given and those created. `next_due_at`, `next_due_kind`: the earliest deadline still ahead."""

    clocks: list[Clock]
    created: list[Clock]
    impacts: list[Impact]
    next_due_at: datetime | None
    next_due_kind: str

    def sla_impact(self) -> list[dict[str, Any]]:
        """For a transition log: JSON values."""
        return [
            {
                "kind": impact.kind,
                "window": impact.window,
                "what": impact.what.value,
                "due_at": impact.due_at.isoformat() if impact.due_at else None,
                "left_seconds": impact.left_seconds,
            }
            for impact in self.impacts
        ]


def lock_clocks(ids: Iterable[int]) -> list[Clock]:
    """In the order in which they started. Inside the caller's transaction, after the lock on what owns them."""
    return list(Clock.objects.locked().filter(pk__in=list(ids)))


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
    ...
