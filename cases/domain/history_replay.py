"""A past in, unsaved rows out: the columns of a case, its log of moves, its timeline and its clocks.

What a move does to the columns is what the doors of `lifecycle` and `talking` do; the clocks go through the same fold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cases.domain import moves, timer_schedule
from cases.domain.changing import STAGES
from cases.domain.history_events import Accepted, Answered, Moved, PastCase, PastEvent, Prioritised, Said
from cases.enums import NEVER_WORKED, ClosedAs, Move, OpenedBy, SpokenBy, Status
from cases.models import Case, Interaction, Transition
from config.bulk import bare
from sla.domain import policies
from sla.domain.conversation import Event, Happening, Promises, Stage
from sla.domain.past import PastClocks
from sla.models import Policy
from tenants.models import Tenant

#: What leads the clocks from one stage to another. Closed → Resolved has no promise of its own: see `_Replay._lead`.
WAY: dict[tuple[Stage, Stage], tuple[Happening, ...]] = {
    (Stage.NEW, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.WORKING, Stage.WAITING): (Happening.WAIT,),
    (Stage.WORKING, Stage.RESOLVED): (Happening.RESOLVE,),
    (Stage.WORKING, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.WAITING, Stage.WORKING): (Happening.RESUME,),
    (Stage.WAITING, Stage.RESOLVED): (Happening.RESOLVE,),
    (Stage.WAITING, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.RESOLVED, Stage.WORKING): (Happening.REJECT,),
    (Stage.RESOLVED, Stage.WAITING): (Happening.REJECT, Happening.WAIT),
    (Stage.RESOLVED, Stage.CLOSED): (Happening.CLOSE,),
    (Stage.CLOSED, Stage.WORKING): (Happening.REOPEN,),
    (Stage.CLOSED, Stage.WAITING): (Happening.REOPEN, Happening.WAIT),
}
ARRIVALS = {
    Status.NEW: Move.OPEN,
    Status.TRIAGE: Move.ACCEPT,
    Status.IN_PROGRESS: Move.START,
    Status.WAITING: Move.WAIT,
    Status.RESOLVED: Move.RESOLVE,
    Status.CLOSED: Move.CLOSE,
}
#: Columns that a past decides, and so may decide anew when more of it becomes known.
DECIDED = (
    "status",
    "closed_as",
    "resolved_as",
    "priority",
    "priority_reason",
    "priority_proposed",
    "category_id",
    "owner_id",
    "opened_at",
    "first_response_at",
    "accepted_at",
    "waiting_since",
    "resolved_at",
    "closed_at",
    "reopen_count",
    "window",
    "customer_waiting_since",
    "last_message_at",
    "last_message_by",
    "next_due_at",
    "next_due_kind",
    "breached",
    "next_timer_at",
    "next_timer",
)


@dataclass(slots=True)
class Replayed:
    """Unsaved. The case has its id, the clocks theirs."""

    past: PastCase
    case: Case
    transitions: list[Transition]
    interactions: list[Interaction]
    clocks: PastClocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a replay is written with. `timers`: the case goes on by itself (reminders, auto-close) where it stands."""

    by_label: str
    actor_name: str
    at: datetime
    timers: bool
    _promises: dict[tuple[Policy, str, bool], Promises] = field(default_factory=dict, repr=False)

    def promises(self, policy: Policy, priority: str, *, unheard: bool) -> Promises:
        """Read once a priority; `unheard` leaves out what hangs on words."""
        key = policy, priority, unheard
        if key not in self._promises:
            found = policies.promises(policy, priority)
            self._promises[key] = replace(found, first_response=None, next_reply=None) if unheard else found
        return self._promises[key]


def replay(
    past: PastCase,
    *,
    pk: int,
    clock_ids: Iterator[int],
    known_clocks: Mapping[tuple[str, int], int],
    tenant: Tenant,
    written: Written,
) -> Replayed:
    run = _Replay(past, pk=pk, clock_ids=clock_ids, known_clocks=known_clocks, written=written)
    run.open()
    for event in past.events:
        run.take(event)
    return run.finish(tenant)


class _Replay:
    def __init__(
        self,
        past: PastCase,
        *,
        pk: int,
        clock_ids: Iterator[int],
        known_clocks: Mapping[tuple[str, int], int],
        written: Written,
    ) -> None:
        self.past = past
        self.pk = pk
        self.written = written
        self.policy = past.policy.policy
        self.clocks = PastClocks(
            tenant_id=past.tenant_id,
            label=f"CASE-{pk}",
            policy=self.policy,
            ids=clock_ids,
            known=known_clocks,
            by_label=written.by_label,
            recorded_at=written.at,
        )
        self.transitions: list[Transition] = []
        self.interactions: list[Interaction] = []
        self.status = Status.NEW
        self.columns: dict[str, Any] = {
            "priority": past.priority,
            "priority_reason": past.priority_reason,
            "closed_as": "",
            "resolved_as": "",
            "first_response_at": None,
            "accepted_at": None,
            "waiting_since": None,
            "resolved_at": None,
            "closed_at": None,
            "reopen_count": 0,
            "window": 1,
            "customer_waiting_since": None,
            "last_message_at": None,
            "last_message_by": "",
            "timer_step": 0,
        }

    def open(self) -> None:
        past = self.past
        by_us = past.opened_by == OpenedBy.US
        impact = self._happen(Happening.CREATED, past.opened_at, by_us=by_us)
        self._log(Move.OPEN, "", Status.NEW, Moved(at=past.opened_at, to=Status.NEW), impact)
        if not by_us and not past.unheard:
            self.columns |= {
                "customer_waiting_since": past.opened_at,
                "last_message_at": past.opened_at,
                "last_message_by": SpokenBy.CUSTOMER.value,
            }

    def take(self, event: PastEvent) -> None:
        match event:
            case Moved():
                self._moved(event)
            case Said():
                self._said(event)
            case Answered():
                self._answered(event.at)
            case Accepted():
                self._accept(event.at)
                self._lead(STAGES[self.status], event.at)
            case Prioritised():
                self.columns["priority"], self.columns["priority_reason"] = event.priority, event.reason
                if self.status != Status.CLOSED:
                    self._happen(Happening.SET_POLICY, event.at)

    def _moved(self, event: Moved, ended_by: Happening | None = None) -> None:
        before, to, at = self.status, event.to, event.at
        impact = self._accept(at) if event.accepts else []
        impact += self._lead(STAGES[to], at, instead=ended_by or (Happening.CONFIRM if event.confirmed else None))
        self.status = to
        self._set_columns(before, event)
        move = Move.CONFIRM if event.confirmed else _move(before, to)
        self._log(move, before, to, event, impact)

    def _set_columns(self, before: Status, event: Moved) -> None:
        columns, to, at = self.columns, event.to, event.at
        columns["timer_step"] = 0
        if before == Status.WAITING:
            columns["waiting_since"] = None
        if before in (Status.RESOLVED, Status.CLOSED) and to not in (Status.RESOLVED, Status.CLOSED):
            columns |= {"resolved_at": None, "resolved_as": ""}
        if before == Status.CLOSED:
            columns |= {"closed_at": None, "closed_as": ""}
            if to != Status.RESOLVED:
                columns["reopen_count"] += 1
                columns["window"] += 1
                columns["accepted_at"] = columns["accepted_at"] or at
        match to:
            case Status.WAITING:
                columns["waiting_since"] = at
            case Status.RESOLVED:
                columns |= {"resolved_at": at, "resolved_as": event.resolved_as}
                if event.resolution is not None:
                    columns |= {
                        "resolution_summary": event.resolution.summary,
                        "resolution_validated": event.resolution.validated,
                        "resolution_evidence": event.resolution.evidence,
                        "resolution_preventive_actions": event.resolution.preventive_actions,
                    }
            case Status.CLOSED:
                closed_as = event.closed_as or columns["resolved_as"] or ClosedAs.SOLVED.value
                columns |= {"closed_at": at, "closed_as": closed_as, "customer_waiting_since": None}

    def _said(self, event: Said) -> None:
        impact: list[dict[str, Any]] = []
        if event.speaks_to_the_other and event.by_kind == SpokenBy.PERSON:
            impact = self._answered(event.at)
        elif event.speaks_to_the_other and event.by_kind == SpokenBy.CUSTOMER:
            impact = self._heard(event)
        entry = timeline_entry(event, case_id=self.pk, tenant_id=self.past.tenant_id, at=self.written.at)
        if impact:
            entry.data["sla"] = impact
        self.interactions.append(entry)

    def _answered(self, at: datetime) -> list[dict[str, Any]]:
        columns = self.columns
        impact = self._happen(Happening.PUBLIC_REPLY, at)
        if self.status != Status.CLOSED:
            columns["first_response_at"] = columns["first_response_at"] or at
        columns |= {
            "customer_waiting_since": None,
            "last_message_at": at,
            "last_message_by": SpokenBy.PERSON.value,
        }
        if self.status == Status.RESOLVED:
            columns["timer_step"] = 0
        return impact

    def _heard(self, event: Said) -> list[dict[str, Any]]:
        columns, impact = self.columns, []
        if self.status == Status.WAITING:
            resumed = Moved(
                at=event.at,
                to=Status.IN_PROGRESS,
                reason="The customer answered.",
                by_label=event.by_label,
                actor_name=event.actor_name,
            )
            self._moved(resumed, ended_by=Happening.CUSTOMER_REPLY)
        elif self.status != Status.CLOSED:
            impact = self._happen(Happening.CUSTOMER_REPLY, event.at)
        if self.status != Status.CLOSED:
            columns["customer_waiting_since"] = columns["customer_waiting_since"] or event.at
        columns |= {"last_message_at": event.at, "last_message_by": SpokenBy.CUSTOMER.value}
        return impact

    def _accept(self, at: datetime) -> list[dict[str, Any]]:
        self.columns["accepted_at"] = self.columns["accepted_at"] or at
        return self._happen(Happening.ACCEPTED, at)

    def _lead(self, to: Stage, at: datetime, *, instead: Happening | None = None) -> list[dict[str, Any]]:
        """Bring the clocks to the stage that the status means; `instead` is the one happening that does it."""
        now = self.clocks.stage
        if now == Stage.CLOSED and to == Stage.RESOLVED:
            self.clocks.regard(to)  # no promise knows this step back; a rejection after it goes on from here
            return []
        if now != Stage.NEW and to == Stage.NEW:  # back to New: a promise once given goes on
            to = Stage.WORKING
        way = (instead,) if instead is not None else WAY.get((now, to), ())
        return [one for what in way for one in self._happen(what, at)]

    def _happen(self, what: Happening, at: datetime, *, by_us: bool = False) -> list[dict[str, Any]]:
        priority = self.columns["priority"]
        promises = self.written.promises(self.policy, priority, unheard=self.past.unheard)
        return self.clocks.take(Event(at=at, what=what, by_us=by_us), priority=priority, promised=promises)

    def _log(self, move: Move, before: str, to: Status, event: Moved, impact: list[dict[str, Any]]) -> None:
        self.transitions.append(
            bare(
                Transition,
                case_id=self.pk,
                tenant_id=self.past.tenant_id,
                at=event.at,
                recorded_at=self.written.at,
                move=move,
                from_status=before,
                to_status=to,
                by_label=event.by_label or self.written.by_label,
                actor_name=(event.actor_name or self.written.actor_name)[:200],
                reason=event.reason,
                sla_impact=impact,
                imported=bool(before) and not _allowed(move, Status(before), event),
            )
        )

    def finish(self, tenant: Tenant) -> Replayed:
        past = self.past
        self.clocks.settle(self.written.at)
        next_due_at, next_due_kind = self.clocks.next_due
        moments = {event.at for event in past.events if event.at > past.opened_at}
        case = bare(
            Case,
            id=self.pk,
            tenant_id=past.tenant_id,
            requester_id=past.requester_id,
            subject=past.subject,
            description=past.description,
            channel=past.channel,
            opened_by=past.opened_by,
            status=self.status,
            tier=past.tier,
            severity=past.severity,
            impact=past.impact,
            policy_id=self.policy.pk,
            policy_reason=past.policy.why,
            category_id=past.category_id,
            tags=list(past.tags),
            level=past.level,
            owner_id=past.owner_id,
            opened_at=past.opened_at,
            created_at=self.written.at,
            priority_proposed=past.priority,
            next_due_at=next_due_at,
            next_due_kind=next_due_kind,
            breached=self.clocks.breached,
            version=1 + len(moments),
            imported=past.imported,
            **self.columns,
        )
        if self.written.timers:
            case.next_timer_at, case.next_timer = timer_schedule.next_timer(
                case, tenant, hours=lambda: self.written.promises(self.policy, case.priority, unheard=True).hours
            )
        return Replayed(past, case, self.transitions, self.interactions, self.clocks)


def _move(before: Status, to: Status) -> Move:
    """What leaving Resolved or Closed is called comes before where it leads to."""
    if before == Status.RESOLVED and to != Status.CLOSED:
        return Move.REJECT
    if before == Status.CLOSED and to != Status.RESOLVED:
        return Move.REOPEN
    if before == Status.WAITING and to == Status.IN_PROGRESS:
        return Move.RESUME
    return ARRIVALS[to]


def _allowed(move: Move, before: Status, event: Moved) -> bool:
    """Whether the lifecycle has this move from here to there."""
    rule = moves.TABLE.get(move)
    if rule is None or before not in rule.sources:
        return False
    if move in (Move.REJECT, Move.REOPEN, Move.START, Move.RESUME):
        return event.to == Status.IN_PROGRESS
    if move == Move.CLOSE:
        return before == Status.RESOLVED or event.closed_as in NEVER_WORKED
    return ARRIVALS[event.to] == move or move == Move.CONFIRM


def timeline_entry(event: Said, *, case_id: int, tenant_id: int, at: datetime) -> Interaction:
    """Unsaved; `at` is when it is written down."""
    return bare(
        Interaction,
        case_id=case_id,
        tenant_id=tenant_id,
        at=event.at,
        recorded_at=at,
        kind=event.kind,
        public=event.public,
        by_kind=event.by_kind,
        user_id=event.user_id,
        requester_id=event.requester_id,
        actor_name=event.actor_name[:200],
        body=event.body,
        data=dict(event.data),
        source_key=event.source_key,
    )
