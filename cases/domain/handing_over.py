"""One's open cases go to somebody else, or to the rules: each through its door, refusals told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases.domain import ownership
from cases.domain.assignment import giving
from cases.domain.looking_after import colleague
from cases.domain.ownership import NO_WAY_TO_L3
from cases.models import OPEN, Case
from config.db import unit_of_work
from config.errors import Absent, DomainError, Forbidden, Invalid, Refused
from tenants.domain.actors import Actor
from tenants.enums import Level, Right

MOST = 200  # cases at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """`to`: a name; empty without a refusal: it waits for the rules, with nobody."""

    case: Case
    to: str = ""
    why: str = ""
    refusal: str = ""


def open_cases_of(user_id: int, *, by: Actor, at: datetime) -> QuerySet[Case]:
    """What can be handed over, the next promise first. Refused as `colleague` says."""
    own = colleague(user_id, by=by, at=at).pk == by.user_id
    cases = Case.objects.visible_to(by, Right.WORK_CASES if own else Right.HAND_OVER)
    return cases.filter(OPEN, owner=user_id).select_related("tenant").order_by("next_due_at", "pk")


def held_by(user_id: int, *, by: Actor, at: datetime) -> int:
    """How many open cases `by` may hand over for them; none of somebody whom they do not look after."""
    try:
        return open_cases_of(user_id, by=by, at=at).count()
    except (Absent, Forbidden):
        return 0


def hand_over(
    *, from_id: int, case_ids: Collection[int], to_id: int | None, note: str, by: Actor, at: datetime
) -> list[Handed]:
    """To a person, or to the rules (None), which give each at once where somebody fits, and never back to who had it.

    Cases that this person does not own (any more), or that are not there for `by`, are left out. Raises Invalid for no
    case, too many, no note or oneself.
    """
    if not note.strip():
        raise Invalid(_("Say what the next one should know."), field="note", code="required")
    if not case_ids:
        raise Invalid(_("Select a case first."), field="cases", code="nothing-selected")
    if len(case_ids) > MOST:
        raise Invalid(_("At most %(most)s cases at once.") % {"most": MOST}, field="cases", code="too-many")
    if to_id == from_id:
        raise Invalid(_("They have these cases already."), field="to")
    cases = open_cases_of(from_id, by=by, at=at).filter(pk__in=case_ids).order_by("pk")
    return [_one(case, from_id=from_id, to_id=to_id, note=note.strip(), by=by, at=at) for case in cases]


def _one(case: Case, *, from_id: int, to_id: int | None, note: str, by: Actor, at: datetime) -> Handed:
    told: dict[str, Any] = {"case_id": case.pk, "reason": note, "by": by, "at": at}
    try:
        with unit_of_work(by.label):
            held = Case.objects.locked().filter(pk=case.pk, owner=from_id).first()
            if held is None:
                raise Refused(_("%(case)s is somebody else's by now.") % {"case": case.reference}, code="taken")
            if to_id is not None:
                return Handed(case=case, to=str(ownership.assign(owner_id=to_id, **told).owner))
            if case.level == Level.L3 and not by.can(Right.ASSIGN_L3, case.tenant_id):
                raise Forbidden(_(NO_WAY_TO_L3), code="no-way-to-l3")
            ownership.assign(owner_id=None, **told)
            choice = giving.give(case_id=case.pk, at=at, without={from_id})
    except DomainError as refusal:
        return Handed(case=case, refusal=refusal.message)
    if choice is None:
        return Handed(case=case)
    return Handed(case=case, to=choice.person.name, why=choice.why)
