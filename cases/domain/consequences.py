"""What follows by itself: a breach raises the level and calls people, a new P0 pages at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.domain import incident_links
from cases.domain.changing import Change, changing, changing_all
from cases.domain.escalation import raise_level
from cases.enums import URGENT, InteractionKind, Level, Priority, SpokenBy
from cases.models import CaseClock, Interaction
from incidents.domain import paging
from tenants.domain.actors import SYSTEM

Answer = Callable[[Change, CaseClock, str | None], None]


@dataclass(frozen=True, slots=True)
class Reached:
    """A clock and which due time of it, as the event says it: ISO, None while paused."""

    clock_id: int
    due_at: str | None


def on_breaches(*, reached: Sequence[Reached], at: datetime) -> None:
    """Promises of cases were broken: on the timeline, the level raised, and people called where it cannot wait.

    P0 and P1 page; a P0 without an open incident gets one. A clock that is no case's is somebody else's matter.
    Hearing it twice changes nothing more.
    """
    _each_once("breach", reached, _break, at=at)


def on_warnings(*, reached: Sequence[Reached], at: datetime) -> None:
    _each_once("warning", reached, _warn, at=at)


def on_retargeted(*, reached: Sequence[Reached], at: datetime) -> None:
    """A changed policy moved promises: a case's next deadline follows, and the timeline says why."""
    _each_once("retargeted", reached, _follow, at=at)


def _each_once(what: str, reached: Sequence[Reached], answer: Answer, *, at: datetime) -> None:
    links = {link.clock_id: link for link in CaseClock.objects.filter(clock_id__in=[one.clock_id for one in reached])}
    if not links:
        return
    case_ids = {link.case_id for link in links.values()}
    with changing_all(case_ids=case_ids, by=SYSTEM, at=at) as changes:
        known = _known(case_ids, what)
        for one in reached:
            link = links.get(one.clock_id)
            if link is None or one in known:
                continue
            known.add(one)
            answer(changes[link.case_id], link, one.due_at)


def _known(case_ids: Collection[int], what: str) -> set[Reached]:
    """What stands on the timelines already."""
    notes = Interaction.objects.filter(case_id__in=case_ids, kind=InteractionKind.SLA, data__what=what)
    return {Reached(data["clock_id"], data["due_at"]) for data in notes.values_list("data", flat=True)}


def _break(change: Change, link: CaseClock, due_at: str | None) -> None:
    _note(change, link, "breach", due_at, f"{link.get_kind_display()}: the promise was broken.")
    case = change.case
    case.breached = True
    change.wake(f"the promise of {link.get_kind_display().lower()} was broken")
    change.look_at_deadlines()
    if case.is_open:
        _raise(change, link)
        if case.priority == Priority.P0 and not incident_links.open_incidents(case):
            incident_links.declare_from(change)
        if case.priority in URGENT:
            _page(change, f"{case.reference} ({case.priority}, {case.tenant.name}): {link.get_kind_display()} breached")
    change.tell("cases.case-breached", clock_id=link.clock_id, kind=link.kind, window=link.window)


def _warn(change: Change, link: CaseClock, due_at: str | None) -> None:
    _note(change, link, "warning", due_at, f"{link.get_kind_display()}: early warning.")
    change.wake(f"{link.get_kind_display().lower()} is near its end")
    change.tell("cases.case-warned", clock_id=link.clock_id, kind=link.kind, window=link.window)


def _follow(change: Change, link: CaseClock, due_at: str | None) -> None:
    change.look_at_deadlines()
    stays = ", and stays paused" if due_at is None else ""
    _note(change, link, "retargeted", due_at, f"{link.get_kind_display()}: the policy changed{stays}.")


def on_p0(*, case_id: int, at: datetime) -> None:
    """A case that comes in as P0, or becomes one, calls somebody at once; one that is none (any more) does not."""
    with changing(case_id=case_id, by=SYSTEM, at=at) as change:
        case = change.case
        if case.priority == Priority.P0 and case.is_open:
            _page(change, f"{case.reference} ({case.tenant.name}): P0. {case.subject}")


def _note(change: Change, link: CaseClock, what: str, due_at: str | None, words: str) -> None:
    """The deadline is told by who draws the timeline, in the zone of who reads it."""
    change.say(
        InteractionKind.SLA,
        words,
        by_kind=SpokenBy.SYSTEM,
        data={"what": what, "clock_id": link.clock_id, "kind": link.kind, "window": link.window, "due_at": due_at},
    )


def _raise(change: Change, link: CaseClock) -> None:
    """L1 to L2 for any breach; to L3 only what is urgent."""
    case = change.case
    reason = f"{link.get_kind_display()} breached"
    if case.level == Level.L1:
        raise_level(change, Level.L2, reason=reason)
    elif case.level == Level.L2 and case.priority in URGENT:
        raise_level(change, Level.L3, reason=reason)


def _page(change: Change, reason: str) -> None:
    case = change.case
    paging.page(
        tenant_id=case.tenant_id,
        reason=reason,
        key=f"case:{case.pk}",
        url=f"/admin/desk/cases/{case.pk}/",
        by=SYSTEM,
        at=change.at,
    )
