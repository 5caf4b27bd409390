"""More of a known past came to light: the case and its clocks are what they would have been, history is added to.

Transitions, timeline entries and a clock's own history are append-only: what is missing is added; a move or step that
turns out never to have been is taken back by a later row, not removed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cases.domain.history import Historian, link
from cases.domain.history_events import PastCase
from cases.domain.history_replay import Replayed, replay
from cases.enums import Move
from cases.models import Case, CaseClock, Interaction, Transition
from config.bulk import copy_in, fresh_plans
from config.db import unit_of_work
from sla.domain import fold, histories
from sla.domain.rows import SAVED, save_states, write_state
from sla.enums import EndedAs, Happened
from sla.models import Clock, ClockEvent

STEPS = frozenset(
    {
        Happened.STARTED,
        Happened.PAUSED,
        Happened.RESUMED,
        Happened.STOPPED,
        Happened.RETARGETED,
        Happened.POSTPONED,
    }
)
COLUMNS = [one.attname for one in Clock._meta.concrete_fields if one.name in SAVED]  # ids: no row is fetched for them
MERGED_HERE = frozenset({"status", "closed_as", "closed_at", "waiting_since", "customer_waiting_since"})
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
REASON = "Taken back: earlier events came to light."


@dataclass(slots=True)
class Rewritten:
    """`added`: moves that the case's log did not have."""

    case: Case
    added: list[Transition]


@dataclass(slots=True)
class _Known:
    """What stands in the database of the cases to be rewritten, by case."""

    cases: dict[int, Case]
    clocks: dict[int, dict[tuple[str, int], Clock]]
    steps: dict[int, list[ClockEvent]]  # by clock
    moves: dict[int, list[Transition]]
    keys: dict[int, set[str]]


@dataclass(slots=True)
class _Rows:
    """What is to be written."""

    clocks_changed: list[Clock] = field(default_factory=list)
    clocks_new: list[Clock] = field(default_factory=list)
    links: list[CaseClock] = field(default_factory=list)
    events: list[ClockEvent] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)


def rewrite(historian: Historian, pasts: Mapping[int, PastCase], *, dry_run: bool = False) -> list[Rewritten]:
    """`pasts` by the case's id, each the whole of what is known by now. Locks the cases, then their clocks.

    With `dry_run` nothing is written: the answer is what would be.
    """
    written, rows = historian.written, _Rows()
    with unit_of_work(historian.by.label):
        fresh_plans()
        known = _known(list(pasts))
        done = []
        for pk, case in known.cases.items():
            told = replay(
                pasts[pk],
                pk=pk,
                clock_ids=historian.clock_ids,
                known_clocks={key: clock.pk for key, clock in known.clocks[pk].items()},
                tenant=historian.tenant(case.tenant_id),
                written=written,
            )
            added = _log(rows, told, known.moves[pk])
            rows.interactions += [one for one in told.interactions if one.source_key not in known.keys[pk]]
            _clocks(rows, told, known)
            _decide(case, told.case)
            done.append(Rewritten(case, added))
        if dry_run:
            return done
        Case.objects.bulk_update(known.cases.values(), [*(name.removesuffix("_id") for name in DECIDED), "version"])
        save_states(rows.clocks_changed)
        copy_in(rows.clocks_new)
        copy_in(rows.links)
        copy_in(rows.events)
        copy_in(rows.transitions)
        copy_in(rows.interactions)
    return done


def _known(pks: list[int]) -> _Known:
    cases = {case.pk: case for case in Case.objects.locked().filter(pk__in=pks)}
    links = list(CaseClock.objects.filter(case__in=cases))
    locked = {clock.pk: clock for clock in Clock.objects.locked().filter(pk__in=[one.clock_id for one in links])}
    clocks: dict[int, dict[tuple[str, int], Clock]] = {pk: {} for pk in cases}
    for one in links:
        clocks[one.case_id][one.kind, one.window] = locked[one.clock_id]
    steps, moves, keys = defaultdict(list), defaultdict(list), defaultdict(set)
    for event in histories.standing(ClockEvent.objects.filter(clock__in=locked).order_by("at", "pk")):
        steps[event.clock_id].append(event)
    standing = Transition.objects.filter(case__in=cases, undone_by__isnull=True).exclude(move=Move.TAKE_BACK)
    for transition in standing.order_by("at", "pk"):
        moves[transition.case_id].append(transition)
    named = Interaction.objects.filter(case__in=cases, source_key__isnull=False)
    for case_id, key in named.values_list("case_id", "source_key"):
        keys[case_id].add(key)
    return _Known(cases, clocks, steps, moves, keys)


def _log(rows: _Rows, told: Replayed, standing: Sequence[Transition]) -> list[Transition]:
    missing = Counter(map(_move_of, told.transitions)) - Counter(map(_move_of, standing))
    never_were = Counter(map(_move_of, standing)) - Counter(map(_move_of, told.transitions))
    added = list(_take(missing, told.transitions))
    rows.transitions += added
    written = told.case
    for wrong in _take(never_were, standing):
        rows.transitions.append(
            Transition(
                case_id=wrong.case_id,
                tenant_id=wrong.tenant_id,
                at=written.created_at,
                recorded_at=written.created_at,
                move=Move.TAKE_BACK,
                from_status=wrong.to_status,
                to_status=wrong.from_status or wrong.to_status,
                by_label=wrong.by_label,
                actor_name=wrong.actor_name,
                reason=REASON,
                undoes=wrong,
            )
        )
    return added


def _move_of(transition: Transition) -> tuple[Any, ...]:
    return transition.at, str(transition.move), str(transition.from_status), str(transition.to_status)


def _take(wanted: Counter[tuple[Any, ...]], transitions: Iterable[Transition]) -> Iterable[Transition]:
    for transition in transitions:
        if wanted[_move_of(transition)] > 0:
            wanted[_move_of(transition)] -= 1
            yield transition


def _clocks(rows: _Rows, told: Replayed, known: _Known) -> None:
    at, before = told.case.created_at, known.clocks[told.case.pk]
    fresh: dict[int, list[ClockEvent]] = defaultdict(list)
    for event in told.clocks.history:
        fresh[event.clock_id].append(event)
    after = {(clock.kind, clock.window): clock for clock in told.clocks.clocks}
    for key, clock in after.items():
        if (row := before.get(key)) is None:
            rows.clocks_new.append(clock)
            rows.links.append(link(told, clock))
            rows.events += fresh[clock.pk]
            continue
        noticed_at = row.noticed_at if row.breached_at == clock.breached_at else clock.noticed_at
        for name in COLUMNS:
            setattr(row, name, getattr(clock, name))
        row.noticed_at = noticed_at
        rows.clocks_changed.append(row)
        rows.events += _difference(row, known.steps[row.pk], fresh[row.pk], at=at)
    for key, row in before.items():
        if key not in after:
            rows.clocks_changed.append(row)
            rows.events += _never_was(row, known.steps[row.pk], at=at)


def _difference(
    row: Clock, standing: Sequence[ClockEvent], fresh: Sequence[ClockEvent], *, at: Any
) -> list[ClockEvent]:
    """Steps that stand as far as both agree; those after that are undone, and the true ones follow."""
    old, new = _steps(standing), _steps(fresh)
    same = next(
        (place for place, pair in enumerate(zip(old, new, strict=False)) if _step_of(pair[0]) != _step_of(pair[1])),
        min(len(old), len(new)),
    )
    told = {(event.event, event.at) for event in standing}
    remarks = [one for one in fresh if one.event not in STEPS and (one.event, one.at) not in told]
    return [*_undone(row, old[same:], at=at), *new[same:], *remarks]


def _never_was(row: Clock, standing: Sequence[ClockEvent], *, at: Any) -> list[ClockEvent]:
    """A clock cannot vanish from history: it ends where it began, as one that counts for nothing."""
    started, *others = _steps(standing)
    begun = histories.fold_event(row, started)
    if begun is None:
        raise ValueError(f"Clock {row.pk} does not begin with a start")
    moved = fold.Stop(at=row.started_at, ended_as=EndedAs.MOVED)
    write_state(row, fold.step(fold.step(None, begun), moved), calendar_version_id=row.calendar_version_id)
    row.noticed_at = None
    stopped = histories.entry(
        row,
        Happened.STOPPED,
        at=row.started_at,
        recorded_at=at,
        by_label=started.by_label,
        ended_as=EndedAs.MOVED.value,
    )
    return [*_undone(row, others, at=at), stopped]


def _undone(row: Clock, steps: Sequence[ClockEvent], *, at: Any) -> list[ClockEvent]:
    if not steps:
        return []
    pks = [step.pk for step in steps]
    return [histories.entry(row, Happened.UNDONE, at=at, recorded_at=at, by_label=steps[0].by_label, events=pks)]


def _steps(events: Iterable[ClockEvent]) -> list[ClockEvent]:
    return [event for event in events if event.event in STEPS]


def _step_of(event: ClockEvent) -> tuple[Any, ...]:
    return str(event.event), event.at, event.data


def _decide(case: Case, told: Case) -> None:
    """What was merged here stays so, whatever the other system says of it."""
    kept = MERGED_HERE if case.merged_into_id is not None else frozenset()
    for name in DECIDED:
        if name in kept:
            continue
        case.__dict__[name] = told.__dict__[name]  # around the guard of the protected status: this is no move
    case.version += 1
