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
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cases.domain import change_notes, sending, snapshots, timer_schedule
from cases.domain.locking import locked, locked_root, not_here, require_version
from cases.domain.speakers import SPEAKERS
from cases.enums import InteractionKind, Move, SpokenBy, Status
from cases.models import Attachment, Case, CaseClock, Escalation, Interaction, Transition
from config.bulk import write_back
from config.db import unit_of_work
from config.inserting import insert
from outbox.domain.publish import NewEvent, publish_many
from outbox.models import Delivery
from sla.domain import conversations, policies
from sla.domain.conversation import Event, Happening, Stage
from sla.domain.rows import next_due
from sla.models import Clock, Policy
from tenants.domain.actors import Actor
from tenants.enums import Right

STAGES = {
    Status.NEW.value: Stage.NEW,
    Status.TRIAGE.value: Stage.WORKING,
    Status.IN_PROGRESS.value: Stage.WORKING,
    Status.WAITING.value: Stage.WAITING,
    Status.RESOLVED.value: Stage.RESOLVED,
    Status.CLOSED.value: Stage.CLOSED,
}


@contextmanager
def changing(*, case_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> Iterator[Change]:
    """Absent for a case that `by` cannot see, Stale when it is not at `expected_version` any more."""
    with unit_of_work(by.label):
        case = locked(by).filter(pk=case_id).first()
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
        self._opening = opening
        self.by = by
        self.at = at
        self._before = snapshots.columns_of(case)
        self.said: list[_Said] = []
        self.transitions: list[Transition] = []
        self.escalations: list[Escalation] = []
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._sla: list[dict[str, Any]] = []
        self.restore_point: dict[str, Any] | None = None
        self.press: sending.Press | None = None
        self._touched = False
        self._timer_is_old = False

    def require(self, right: Right) -> None:
        self.by.require(right, tenant_id=self.case.tenant_id)

    @cached_property
    def policy(self) -> Policy:
        return policies.complete(Policy.objects.filter(pk=self.case.policy_id)).get()

    @cached_property
    def clocks(self) -> list[Clock]:
        """The case's clocks, locked."""
        return conversations.lock_clocks(
            CaseClock.objects.filter(case_id=self.case.pk).values_list("clock_id", flat=True)
        )

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
        self.said.append(_Said(interaction, list(attachments)))
        return interaction

    def tell(self, event: str, **payload: Any) -> None:
        self._events.append((event, payload))

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
        self._timer_is_old = True
        self._touched = True

    def touch(self) -> None:
        """Something that hangs on the case changed, though no column of its own did."""
        self._touched = True

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

    def settle(self) -> bool:
        """The case has its next timer and version; whether there is anything to write."""
        changed = self.changed_columns
        if not (changed or self.said or self.transitions or self.escalations or self._events or self._touched):
            return False
        if self.by.is_person and "woken_at" not in changed:
            self.case.woken_at = None  # one of us has dealt with it
        self._set_timer(changed)
        if not self._opening:
            self.case.version += 1
        return True

    @property
    def changed_columns(self) -> list[str]:
        return snapshots.changed_columns(self.case, self._before)

    def log_moves(self) -> None:
        """Complete what was moved, once the timeline has its ids."""
        point = self.restore_point
        if point is not None:
            point["interactions"] = [said.interaction.pk for said in self.said if said.interaction.public]
            point["deliveries"] = [mail for said in self.said for mail in said.mails]
        for transition in self.transitions:
            transition.case_version = self.case.version
            transition.restore_point = point

    def events(self) -> Iterator[NewEvent]:
        """What the change tells, once the timeline has its ids."""
        told = [*self._events, *self._said_events()]
        if not self.transitions:
            fields = sorted(set(self.changed_columns) - snapshots.BOOKKEEPING)
            if fields:
                told.append(("cases.case-changed", {"fields": fields, "by": self.by.label}))
        for name, payload in told:
            yield NewEvent(
                name=name,
                tenant_id=self.case.tenant_id,
                payload={"case_id": self.case.pk, **payload},
                at=self.at,
                key=f"case:{self.case.pk}",
            )

    def _set_timer(self, changed: Sequence[str]) -> None:
        if timer_schedule.DEPENDS_ON.isdisjoint(changed) and not self._timer_is_old:
            return
        case = self.case
        case.next_timer_at, case.next_timer = timer_schedule.next_timer(case, case.tenant, hours=self._hours)
        case.timer_retry_after = None

    def _hours(self) -> Any:
        return policies.promises(self.policy, self.case.priority).hours

    def _said_events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for said in self.said:
            one = said.interaction
            yield (
                "cases.interaction-added",
                {"interaction_id": one.pk, "kind": str(one.kind), "public": one.public, "by_kind": str(one.by_kind)},
            )


def write(changes: Sequence[Change]) -> None:
    """What the changes brought: a statement a table, however many they are."""
    changes = [change for change in changes if change.settle()]
    if not changes:
        return
    _save_cases(changes)
    said = [one for change in changes for one in change.said]
    insert(one.interaction for one in said)
    for one in said:
        if one.attachments:
            Attachment.objects.filter(pk__in=[attachment.pk for attachment in one.attachments]).update(
                interaction=one.interaction, public=one.interaction.public
            )
    insert(one for change in changes for one in change.escalations)
    for change in changes:
        change.log_moves()
    insert(one for change in changes for one in change.transitions)
    sending.record(changes)
    change_notes.note_on_commit([change.case for change in changes])
    publish_many(events=[event for change in changes for event in change.events()])


def _save_cases(changes: Sequence[Change]) -> None:
    alike: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for change in changes:
        alike[tuple(change.changed_columns)].append(change.case)
    for columns, cases in alike.items():
        if len(cases) == 1:
            cases[0].save(update_fields=columns)
        elif columns:
            write_back(cases, columns)


@dataclass(frozen=True, slots=True)
class _Said:
    interaction: Interaction
    attachments: list[Attachment]

    @property
    def mails(self) -> list[int]:
        """What carried it: to the requester, and copies."""
        copies = self.interaction.data.get("copies", [])
        return [pk for pk in (self.interaction.delivery_id, *copies) if pk is not None]
