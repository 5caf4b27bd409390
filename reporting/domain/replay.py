"""What would attainment have been? Past promises judged again under another policy of the table.

The cases opened in a period, and of these the windows that have ended, as `metrics` counts them. What people did and
when stays as it was: each clock's own history of starts, pauses and stops is folded again, under the targets, the
calendar and the warnings that the other policy has now. What it cannot tell: an escalation that met a promise meets it
again, a promise for a given moment (an escalation's target) stays what it was, and one that the other policy makes but
nobody made then has no clock to judge.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet
from django.db.models.fields.json import KT, KeyTransform
from django.utils.translation import gettext as _

from cases.enums import NEVER_WORKED, ClockKind
from cases.models import Case, CaseClock
from config.errors import Absent
from config.processes import spread
from reporting.domain.metrics import KINDS
from reporting.domain.period import Period
from sla.domain import fold, policies
from sla.domain.attainment import Attainment
from sla.domain.conversation import Kind, Promises
from sla.domain.fold import ClockState
from sla.enums import EndedAs, Happened, Priority
from sla.models import ClockEvent, Policy
from tenants.domain.actors import Actor

CASES_AT_ONCE = 2000  # numbers of cases, so at most as many cases
STEPS = (Happened.STARTED, Happened.PAUSED, Happened.RESUMED, Happened.STOPPED, Happened.RETARGETED, Happened.UNDONE)

KEPT = (EndedAs.MET, EndedAs.ESCALATED)

Counts = Counter[tuple[str, str, str]]  # kind, priority, what: see `_compared`
Told = Callable[[int, int], None]  # how many cases are judged, of how many


class Step(NamedTuple):
    """A row of a clock's history. `priority` of a start or a new target, `undoes` of `undone`: ids of steps."""

    clock_id: int
    id: int
    event: str
    at: datetime
    ended_as: str | None
    priority: str | None
    undoes: list[int] | None


class Window(NamedTuple):
    """A promise that has ended, as it was kept then."""

    case_id: int
    case_priority: str
    clock_id: int
    kind: str
    window: int
    priority: str
    ended_as: str
    breached_at: datetime | None
    excused_at: datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """`met_to_breached`: kept then, late now; `not_promised`: the other policy makes no such promise."""

    then: Attainment = field(default_factory=Attainment)
    now: Attainment = field(default_factory=Attainment)
    met_to_breached: int = 0
    breached_to_met: int = 0
    not_promised: int = 0

    def __add__(self, other: Compared) -> Compared:
        return Compared(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"then": self.then.as_json(), "now": self.now.as_json()}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of promise for one priority (`all`: for every one)."""

    kind: str
    priority: str
    compared: Compared


@dataclass(frozen=True, slots=True)
class Replay:
    policy: str
    period: Period
    cases: int
    lines: list[Line]

    def as_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "period": {
                "from": self.period.first.isoformat(),
                "to": self.period.last.isoformat(),
                "zone": self.period.zone,
            },
            "cases": self.cases,
            "promises": [{"kind": one.kind, "priority": one.priority, **one.compared.as_json()} for one in self.lines],
        }


def replay(
    *,
    policy: str,
    period: Period,
    actor: Actor,
    at: datetime,
    processes: int = 1,
    told: Told = lambda done, total: None,
) -> Replay:
    """Over the cases that `actor` sees. Raises Absent for a policy that is none. Reads only, and says so to the
    database; in portions, so that memory does not grow with the cases.
    """
    promised = _promises(policy, at=at)
    cases = Case.objects.visible_to(actor).exclude(closed_as__in=NEVER_WORKED)
    cases = cases.filter(opened_at__gte=period.start, opened_at__lt=period.end)
    ends, total = cases.aggregate(first=Min("pk"), last=Max("pk")), cases.count()
    counts: Counts = Counter()
    done = 0
    if total:
        told(done, total)
        firsts = range(ends["first"], ends["last"] + 1, CASES_AT_ONCE)
        for judged, some in spread(lambda first: _portion(cases, first, promised), firsts, processes=processes):
            done += judged
            counts.update(some)
            told(done, total)
    return Replay(policy=policy, period=period, cases=total, lines=list(_lines(counts)))


def _promises(name: str, *, at: datetime) -> dict[str, Promises]:
    """Of the policy of this name that is in force, else of the newest; by priority."""
    named = policies.complete(Policy.objects.filter(name=name))
    found = policies.in_force(at=at).filter(name=name).order_by("pk").first() or named.order_by("-valid_from").first()
    if found is None:
        raise Absent(_("There is no policy named %(name)s.") % {"name": repr(name)})
    return {priority: policies.promises(found, priority) for priority in Priority.values}


def _portion(cases: QuerySet[Case], first: int, promised: Mapping[str, Promises]) -> tuple[int, Counts]:
    """Cases numbered from `first` on: how many, and how their windows compare."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        some = cases.filter(pk__gte=first, pk__lt=first + CASES_AT_ONCE)
        judged = some.count()
        windows = _windows(some)
        steps = _steps([window.clock_id for window in windows if window.kind != ClockKind.TARGET])
    counts: Counts = Counter()
    for window in windows:
        for what in _compared(window, steps.get(window.clock_id, []), promised):
            counts[window.kind, window.case_priority, what] += 1
    return judged, counts


def _windows(cases: QuerySet[Case]) -> list[Window]:
    links = CaseClock.objects.filter(case__in=cases, clock__stopped_at__isnull=False)
    rows = links.values_list(
        *("case_id", "case__priority", "clock_id", "kind", "window"),
        *("clock__priority", "clock__ended_as", "clock__breached_at", "clock__excused_at"),
    )
    return [Window(*row) for row in rows.order_by()]


def _steps(clock_ids: list[int]) -> dict[int, list[Step]]:
    """By clock, those that stand, in their order."""
    rows = ClockEvent.objects.filter(clock_id__in=clock_ids, event__in=STEPS).values_list(
        *("clock_id", "pk", "event", "at"), KT("data__ended_as"), KT("data__priority"), KeyTransform("events", "data")
    )
    found: dict[int, list[Step]] = defaultdict(list)
    undone: set[int] = set()
    for step in map(Step._make, rows.order_by("clock_id", "at", "pk")):
        if step.undoes is not None:
            undone.update(step.undoes)
        else:
            found[step.clock_id].append(step)
    if not undone:
        return found
    return {clock_id: [step for step in steps if step.id not in undone] for clock_id, steps in found.items()}


def _compared(window: Window, steps: Iterable[Step], promised: Mapping[str, Promises]) -> Iterator[str]:
    """What this window counts as, by the names of `Compared` and, with then or now, of `Attainment`."""
    late, excused = window.breached_at is not None, window.excused_at is not None
    yield from _counted("then", window.ended_as, late=late, excused=excused)
    ended_as, late_now = window.ended_as, late
    if window.kind != ClockKind.TARGET:
        state = _judged(window, steps, promised)
        if state is None:
            yield "not_promised"
            return
        ended_as, late_now = str(state.ended_as), state.breached_at is not None
    yield from _counted("now", ended_as, late=late_now, excused=excused)
    if late_now and not late and window.ended_as in KEPT:
        yield "met_to_breached"
    if late and not late_now and ended_as in KEPT:
        yield "breached_to_met"


def _counted(when: str, ended_as: str, *, late: bool, excused: bool) -> Iterator[str]:
    yield f"{when} windows"
    if late:
        yield f"{when} late"
        if excused:
            yield f"{when} excused"
    else:
        yield f"{when} {ended_as if ended_as in KEPT else 'stopped'}"


def _judged(window: Window, steps: Iterable[Step], promised: Mapping[str, Promises]) -> ClockState | None:
    """The clock's end under these promises. None where it would not have been promised at its start."""
    state: ClockState | None = None
    for step in steps:
        event = _event(window, step, promised)
        if event is not None and (state is not None or isinstance(event, fold.Start)):
            state = fold.step(state, event)
    return state


def _event(window: Window, step: Step, promised: Mapping[str, Promises]) -> fold.Event | None:
    match step.event:
        case Happened.PAUSED:
            return fold.Pause(at=step.at)
        case Happened.RESUMED:
            return fold.Resume(at=step.at)
        case Happened.STOPPED:
            ended_as = None if step.ended_as in (EndedAs.MET, EndedAs.LATE) else EndedAs(step.ended_as or "")
            return fold.Stop(at=step.at, ended_as=ended_as)
    promises = promised[step.priority or window.priority]
    target = promises.target_of(Kind(window.kind))
    hours, warn_steps = promises.hours, promises.warn_steps
    if step.event == Happened.RETARGETED:
        if target is None:  # as a change of priority ends a promise that no longer holds
            return fold.Stop(at=step.at, ended_as=EndedAs.STOPPED)
        return fold.Retarget(at=step.at, target=target, hours=hours, warn_steps=warn_steps)
    if target is None:
        return None
    return fold.Start(
        at=step.at, kind=window.kind, window=window.window, target=target, hours=hours, warn_steps=warn_steps
    )


def _lines(counts: Counts) -> Iterator[Line]:
    for kind in KINDS:
        priorities = sorted({priority for known, priority, _what in counts if known == kind})
        if priorities:
            of = {priority: _of(counts, kind, priority) for priority in priorities}
            yield Line(kind, "all", sum(of.values(), Compared()))
            yield from (Line(kind, priority, compared) for priority, compared in of.items())


def _of(counts: Counts, kind: str, priority: str) -> Compared:
    def figures(when: str) -> Attainment:
        return Attainment(**{one.name: counts[kind, priority, f"{when} {one.name}"] for one in fields(Attainment)})

    others = {name: counts[kind, priority, name] for name in ("met_to_breached", "breached_to_met", "not_promised")}
    return Compared(then=figures("then"), now=figures("now"), **others)
