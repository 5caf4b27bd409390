"""A past in, unsaved rows out: the columns of a case, its log of moves, its timeline and its clocks.

What a move does to the columns is what the doors of `lifecycle` and `talking` do; the clocks go through the same fold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cases.domain import escalation, priorities, timer_schedule
from cases.domain.history_events import Accepted, Answered, Escalated, Moved, PastCase, PastEvent, Prioritised, Said
from cases.domain.history_moves import WAY, allowed, move_between
from cases.domain.stages import STAGES
from cases.enums import ClosedAs, InteractionKind, Move, OpenedBy, SpokenBy, Status
from cases.models import Case, Escalation, Interaction, Transition
from config.bulk import bare
from sla.domain import policies
from sla.domain.conversation import Event, Happening, Kind, Promises, Stage
from sla.domain.past import PastClocks
from sla.models import Policy
from tenants.models import Tenant


@dataclass(slots=True)
class Replayed:
    """Unsaved. The case has its id, the clocks theirs."""

    past: PastCase
    case: Case
    transitions: list[Transition]
    interactions: list[Interaction]
    escalations: list[Escalation]
    clocks: PastClocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a replay is written with. `timers`: the case goes on by itself (reminders, auto-close) where it stands."""

    by_label: str
    actor_name: str
    at: datetime
    timers: bool
    _promises: dict[tuple[int, str, bool], Promises] = field(default_factory=dict, repr=False)

    def promises(self, policy: Policy, priority: str, *, unheard: bool) -> Promises:
        """Read once a priority; `unheard` leaves out what hangs on words."""
        key = policy.pk, priority, unheard
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
        self.escalations: list[Escalation] = []
        self.status = Status.NEW
        self.level = past.level
        self.version, self.at = 1, past.opened_at  # each moment was one change
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
        came_in = Moved(at=past.opened_at, to=Status.NEW, by_label=past.by_label, actor_name=past.actor_name)
        self._log(Move.OPEN, "", Status.NEW, came_in, impact)
        if not by_us and not past.unheard:
            self.columns |= {
                "customer_waiting_since": past.opened_at,
                "last_message_at": past.opened_at,
                "last_message_by": SpokenBy.CUSTOMER.value,
            }

    def take(self, event: PastEvent) -> None:
        if event.at > self.at:
            self.version, self.at = self.version + 1, event.at
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
                self._prioritised(event)
            case Escalated():
                self._escalated(event)

    def _moved(self, event: Moved, ended_by: Happening | None = None) -> None:
        before, to, at = self.status, event.to, event.at
        impact = self._accept(at) if event.accepts else []
        impact += self._lead(STAGES[to], at, instead=ended_by or (Happening.CONFIRM if event.confirmed else None))
        self.status = to
        self._set_columns(before, event)
        move = Move.CONFIRM if event.confirmed else move_between(before, to)
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

    def _prioritised(self, event: Prioritised) -> None:
        before, self.columns["priority"] = self.columns["priority"], event.priority
        ours = bool(event.by_label)
        self.columns["priority_reason"] = priorities.reason_of(event.actor_name, event.reason) if ours else event.reason
        impact = self._happen(Happening.SET_POLICY, event.at) if self.status != Status.CLOSED else []
        if ours:
            words = priorities.in_words(before, event.priority, event.reason)
            self._note(event, words, {"priority": [before, event.priority], "sla": impact})

    def _escalated(self, event: Escalated) -> None:
        promise = None if event.target_at is None else (event.target_at, event.target_told_to)
        impact = [] if promise is None else self._promised(event, *promise)
        before, self.level = self.level, event.to
        self.escalations.append(
            bare(
                Escalation,
                case_id=self.pk,
                tenant_id=self.past.tenant_id,
                at=event.at,
                from_level=before,
                to_level=event.to,
                known_issues_searched=event.known_issues_searched,
                target_at=event.target_at,
                target_told_to=event.target_told_to,
                reason=event.reason.strip(),
                by=event.by_label or self.written.by_label,
            )
        )
        words = escalation.in_words(
            before, event.to, searched=event.known_issues_searched, promise=promise, reason=event.reason
        )
        self._note(event, words, {"level": [before, event.to], "sla": impact})

    def _promised(self, event: Escalated, target_at: datetime, who: str) -> list[dict[str, Any]]:
        moved = any(clock.kind == Kind.TARGET and clock.stopped_at is None for clock in self.clocks.clocks)
        impact = self._happen(Happening.ESCALATE, event.at, target_at=target_at)
        words = escalation.told_to_client(who, target_at, zone=event.zone, moved=moved, reason=event.reason)
        told = Said(
            at=event.at,
            kind=InteractionKind.AUTOMATION,
            by_kind=SpokenBy.AUTOMATION,
            body=words,
            actor_name=event.actor_name,
        )
        self._enter(told)
        return impact

    def _note(self, event: Prioritised | Escalated, words: str, data: dict[str, Any]) -> None:
        noted = Said(
            at=event.at,
            kind=InteractionKind.SYSTEM,
            public=False,
            by_kind=SpokenBy.PERSON if event.user_id is not None else SpokenBy.SYSTEM,
            user_id=event.user_id,
            body=words,
            actor_name=event.actor_name,
            data=data,
        )
        self._enter(noted)

    def _said(self, event: Said) -> None:
        impact: list[dict[str, Any]] = []
        if event.speaks_to_the_other and event.by_kind == SpokenBy.PERSON:
            impact = self._answered(event.at)
        elif event.speaks_to_the_other and event.by_kind == SpokenBy.CUSTOMER:
            impact = [] if event.with_move else self._heard(event)
            self.columns |= {"last_message_at": event.at, "last_message_by": SpokenBy.CUSTOMER.value}
        self._enter(event, impact)

    def _enter(self, event: Said, impact: list[dict[str, Any]] | None = None) -> None:
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

    def _happen(
        self, what: Happening, at: datetime, *, by_us: bool = False, target_at: datetime | None = None
    ) -> list[dict[str, Any]]:
        priority = self.columns["priority"]
        promises = self.written.promises(self.policy, priority, unheard=self.past.unheard)
        event = Event(at=at, what=what, by_us=by_us, target_at=target_at)
        return self.clocks.take(event, priority=priority, promised=promises)

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
                imported=bool(before) and not allowed(move, Status(before), event),
                case_version=self.version,
            )
        )

    def finish(self, tenant: Tenant) -> Replayed:
        past = self.past
        self.clocks.settle(self.written.at)
        next_due_at, next_due_kind = self.clocks.next_due
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
            error_ids=list(past.error_ids),
            level=self.level,
            owner_id=past.owner_id,
            opened_at=past.opened_at,
            created_at=self.written.at,
            priority_proposed=past.priority_proposed or past.priority,
            next_due_at=next_due_at,
            next_due_kind=next_due_kind,
            breached=self.clocks.breached,
            version=self.version,
            imported=past.imported,
            **self.columns,
        )
        if self.written.timers:
            case.next_timer_at, case.next_timer = timer_schedule.next_timer(
                case, tenant, hours=lambda: self.written.promises(self.policy, case.priority, unheard=True).hours
            )
        return Replayed(past, case, self.transitions, self.interactions, self.escalations, self.clocks)


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
