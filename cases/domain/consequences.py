"""What follows by itself: a breach raises the level and calls people, a new P0 pages at once."""

from __future__ import annotations

from datetime import datetime

from cases.domain import incident_links
from cases.domain.changing import Change, changing
from cases.domain.escalation import raise_level
from cases.enums import URGENT, InteractionKind, Level, Priority, SpokenBy
from cases.models import CaseClock
from incidents.domain import paging
from tenants.domain.actors import SYSTEM


def on_breach(*, clock_id: int, due_at: str, at: datetime) -> None:
    """A promise of a case was broken: on the timeline, the level raised, and people called where it cannot wait.

    P0 and P1 page; a P0 without an open incident gets one. A clock that is no case's is somebody else's matter.
    Hearing it twice changes nothing more.
    """
    link = CaseClock.objects.filter(clock_id=clock_id).first()
    if link is None:
        return
    with changing(case_id=link.case_id, by=SYSTEM, at=at) as change:
        case = change.case
        if _known(change, clock_id, "breach", due_at):
            return
        _note(change, link, "breach", due_at, f"{link.get_kind_display()}: the promise was broken.")
        case.breached = True
        change.look_at_deadlines()
        if case.is_open:
            _raise(change, link)
            if case.priority == Priority.P0 and not incident_links.open_incidents(case):
                incident_links.declare_from(change)
            if case.priority in URGENT:
                _page(
                    change,
                    f"{case.reference} ({case.priority}, {case.tenant.name}): {link.get_kind_display()} breached",
                )
        change.tell("cases.case-breached", clock_id=clock_id, kind=link.kind, window=link.window)


def on_warning(*, clock_id: int, due_at: str, at: datetime) -> None:
    link = CaseClock.objects.filter(clock_id=clock_id).first()
    if link is None:
        return
    with changing(case_id=link.case_id, by=SYSTEM, at=at) as change:
        if not _known(change, clock_id, "warning", due_at):
            _note(change, link, "warning", due_at, f"{link.get_kind_display()}: early warning.")


def on_retargeted(*, clock_id: int, due_at: str | None, at: datetime) -> None:
    """A changed policy moved a promise: the case's next deadline follows, and the timeline says why."""
    link = CaseClock.objects.filter(clock_id=clock_id).first()
    if link is None:
        return
    with changing(case_id=link.case_id, by=SYSTEM, at=at) as change:
        change.look_at_deadlines()
        if not _known(change, clock_id, "retargeted", due_at):
            stays = ", and stays paused" if due_at is None else ""
            _note(change, link, "retargeted", due_at, f"{link.get_kind_display()}: the policy changed{stays}.")


def on_p0(*, case_id: int, at: datetime) -> None:
    """A case that comes in as P0, or becomes one, calls somebody at once; one that is none (any more) does not."""
    with changing(case_id=case_id, by=SYSTEM, at=at) as change:
        case = change.case
        if case.priority == Priority.P0 and case.is_open:
            _page(change, f"{case.reference} ({case.tenant.name}): P0. {case.subject}")


def _known(change: Change, clock_id: int, what: str, due_at: str | None) -> bool:
    return change.case.interactions.filter(
        kind=InteractionKind.SLA, data__clock_id=clock_id, data__what=what, data__due_at=due_at
    ).exists()


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
