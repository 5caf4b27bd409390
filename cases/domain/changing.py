"""One change of a case, whatever door it comes through: locked, read again, and written at once with its history.

    with changing(case_id=…, by=by, at=at, expected_version=…) as change:
        change.require(Right.WORK_CASES)
        change.case.subject = …
        change.say(…)

`changing_all` takes several cases at once, for what follows by itself from a thousand promises broken in one minute.

When the block ends well, the columns that changed are saved with a higher version, the timeline, the log of moves and
the events are written, and the case's next deadline and next timer are right. A block that changed nothing writes
nothing. Locks: the case, then its clocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import BigIntegerField

from cases.domain import sending, snapshots
from cases.domain.change_writing import Said, write
from cases.domain.locking import locked, locked_one, locked_root, not_here, require_version
from cases.domain.speakers import SPEAKERS
from cases.domain.stages import STAGES
from cases.enums import InteractionKind, Move, SpokenBy
from cases.models import Attachment, Case, CaseClock, Escalation, Interaction, Sending, Transition
from config.db import unit_of_work
from config.inserting import insert
from config.kept_statements import Kept
from outbox.models import Delivery
from sla.domain import conversations, policies
from sla.domain.conversation import Event, Happening
from sla.domain.rows import next_due
from sla.models import Clock, Policy
from tenants.domain.actors import Actor
from tenants.enums import Right

ITS_CLOCKS = Kept(
    lambda given: CaseClock.objects.filter(case_id=given("case", BigIntegerField())).values_list("clock_id", flat=True)
)


@contextmanager
def changing(*, case_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> Iterator[Change]:
    """Absent for a case that `by` cannot see, Stale when it is not at `expected_version` any more."""
    with unit_of_work(by.label):
        case = locked_one(case_id, by=by)
        if case is None:
            raise not_here()
        require_version(case, expected_version)
        change = Change(case=case, by=by, at=at)
        yield change
        change.finish()


@contextmanager
def changing_root(*, case_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> Iterator[Change]:
    """As `changing`, but of the case that this one has become by merging, through chains: whoever may speak on a merged
    case speaks there, though they may not see that one. `expected_version` is of the case they name.
    """
    with unit_of_work(by.label):
        case = locked_root(case_id, by=by, expected_version=expected_version)
        change = Change(case=case, by=by, at=at, said_to=case_id if case_id != case.pk else None)
        yield change
        change.finish()


@contextmanager
def changing_all(*, case_ids: Collection[int], by: Actor, at: datetime) -> Iterator[dict[int, Change]]:
    """By case id, those that `by` can see, with their clocks; a statement a table reads, locks and writes them all."""
    with unit_of_work(by.label):
        changes = {case.pk: Change(case=case, by=by, at=at) for case in locked(by).filter(pk__in=case_ids)}
        case_of = dict(CaseClock.objects.filter(case_id__in=changes).values_list("clock_id", "case_id"))
        clocks: dict[int, list[Clock]] = defaultdict(list)
        for clock in conversations.lock_clocks(case_of):
            clocks[case_of[clock.pk]].append(clock)
        for case_id, change in changes.items():
            change.clocks = clocks[case_id]
        yield changes
        write(list(changes.values()))


class Change:
    def __init__(
        self, *, case: Case, by: Actor, at: datetime, opening: bool = False, said_to: int | None = None
    ) -> None:
        """`opening`: the case has just been written for the first time, with its first version. `said_to`: the merged
        case that the words were meant for.
        """
        self.case = case
        self.said_to = said_to
        self.opening = opening
        self.by = by
        self.at = at
        self._before = snapshots.columns_of(case)
        self.said: list[Said] = []
        self.transitions: list[Transition] = []
        self.escalations: list[Escalation] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self._sla: list[dict[str, Any]] = []
        self.restore_point: dict[str, Any] | None = None
        self.press: sending.Press | None = None
        self.sending: Sending | None = None
        self.touched = False
        self.timer_is_old = False

    def require(self, right: Right) -> None:
        self.by.require(right, tenant_id=self.case.tenant_id)

    @cached_property
    def policy(self) -> Policy:
        return policies.policy_of(self.case.policy_id)

    @cached_property
    def clocks(self) -> list[Clock]:
        """The case's clocks, locked."""
        return conversations.lock_clocks(ITS_CLOCKS.rows(case=self.case.pk))

    def happen(
        self, what: Happening, *, target_at: datetime | None = None, since: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Tell the clocks, before the case itself is changed. What it did to them, as JSON values for the history."""
        advanced = conversations.advance(
            tenant_id=self.case.tenant_id,
            label=self.case.reference,
            clocks=self.clocks,
            stage=STAGES[self.case.status],
            answered=self.case.first_response_at is not None,
            opened_by_us=self.case.opened_by == "us",
            policy=self.policy,
            priority=self.case.priority,
            event=Event(at=self.at, what=what, target_at=target_at, since=since),
            by=self.by,
            at=self.at,
        )
        self.adopt(advanced)
        impact = advanced.sla_impact()
        self._sla += impact
        return impact

    def adopt(self, advanced: conversations.Advanced) -> list[CaseClock]:
        """Take over clocks that an advance has moved or created; the new links to those created."""
        links = insert(
            CaseClock(case=self.case, tenant_id=self.case.tenant_id, clock=clock, kind=clock.kind, window=clock.window)
            for clock in advanced.created
        )
        self.clocks = advanced.clocks
        self.case.next_due_at, self.case.next_due_kind = advanced.next_due_at, advanced.next_due_kind
        if any(clock.breached_at is not None for clock in advanced.clocks):
            self.case.breached = True
        return links

    def look_at_deadlines(self) -> None:
        """After the sweep moved a clock: which deadline is next."""
        self.case.next_due_at, self.case.next_due_kind = next_due(self.clocks)

    def can_be_taken_back(self) -> None:
        """Keep, with the moves of this change, what the case and its clocks were before it."""
        self.restore_point = snapshots.restore_point(self.case, self.clocks)

    def move(
        self,
        move: Move,
        step: Callable[[], None],
        *,
        what: Happening | None = None,
        since: datetime | None = None,
        reason: str = "",
    ) -> None:
        """One transition with its log. The caller has asked `moves.require` before."""
        self.case.snoozed_until = None
        before = self.case.status
        impact = self.happen(what, since=since) if what is not None else []
        step()
        self.case.timer_step = 0
        self.case.possible_thanks_at = None
        self.log_move(move, before=before, reason=reason, impact=impact)

    def log_move(
        self,
        move: Move,
        *,
        before: str,
        after: str = "",
        reason: str,
        impact: Sequence[dict[str, Any]] = (),
        undoes: Transition | None = None,
    ) -> None:
        to_status = after or self.case.status
        self.transitions.append(
            Transition(
                case=self.case,
                tenant_id=self.case.tenant_id,
                at=self.at,
                recorded_at=self.at,
                move=move,
                from_status=before,
                to_status=to_status,
                by_label=self.by.label,
                actor_name=self.by.name[:200],
                reason=reason,
                sla_impact=list(impact),
                undoes=undoes,
            )
        )
        self.tell("cases.case-moved", move=move.value, **{"from": before, "to": to_status, "by": self.by.label})

    def say(
        self,
        kind: InteractionKind,
        body: str,
        *,
        public: bool = False,
        by_kind: SpokenBy | None = None,
        requester_id: int | None = None,
        actor_name: str = "",
        data: dict[str, Any] | None = None,
        delivery: Delivery | None = None,
        attachments: Sequence[Attachment] = (),
        retracts_id: int | None = None,
        macro_id: int | None = None,
    ) -> Interaction:
        """An entry of the timeline, spoken by the actor unless `by_kind` says otherwise."""
        speaker = by_kind or SPEAKERS[self.by.kind]
        interaction = Interaction(
            case=self.case,
            tenant_id=self.case.tenant_id,
            at=self.at,
            recorded_at=self.at,
            kind=kind,
            public=public,
            by_kind=speaker,
            user_id=self.by.user_id if speaker == SpokenBy.PERSON else None,
            requester_id=(requester_id or self.by.requester_id) if speaker == SpokenBy.CUSTOMER else None,
            actor_name=(actor_name or (self.by.told_as if public else self.by.name))[:200],
            body=body,
            written_to_id=self.said_to,
            data=data or {},
            delivery_id=delivery.pk if delivery is not None else None,
            retracts_id=retracts_id,
            macro_id=macro_id,
        )
        self.said.append(Said(interaction, list(attachments)))
        return interaction

    def tell(self, event: str, **payload: Any) -> None:
        self.told.append((event, payload))

    def wake(self, why: str) -> None:
        """A snoozed case is back before its people, marked, with the reason on its timeline; another one stays as it
        is.
        """
        if self.case.snoozed_until is None:
            return
        self.case.snoozed_until = None
        self.case.woken_at = self.at
        self.say(InteractionKind.SYSTEM, f"Back from snooze: {why}.", by_kind=SpokenBy.SYSTEM)
        self.tell("cases.case-woken", by=self.by.label)

    def reset_timer(self) -> None:
        """Look anew at what the case does by itself next, though nothing of it changed."""
        self.timer_is_old = True
        self.touched = True

    def touch(self) -> None:
        """Something that hangs on the case changed, though no column of its own did."""
        self.touched = True

    def reopen(self, *, reason: str) -> None:
        """Closed → In progress, whoever asks: a person, or the customer's next message."""
        self.move(Move.REOPEN, lambda: self.case._to_reopened(at=self.at), what=Happening.REOPEN, reason=reason)
        if self.case.accepted_at is None:
            self.case.accepted_at = self.at
        self.tell("cases.case-reopened", window=self.case.window, by=self.by.label)

    def use_policy(self, policy: Policy) -> None:
        """From now on the case is promised what `policy` (from `policies`) says."""
        self.policy = policy

    @property
    def sla_impact(self) -> list[dict[str, Any]]:
        """What this change has done to the clocks so far."""
        return list(self._sla)

    def finish(self) -> None:
        write([self])

    @property
    def changed_columns(self) -> list[str]:
        return snapshots.changed_columns(self.case, self._before)
