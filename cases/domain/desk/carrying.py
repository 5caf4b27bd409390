"""Who carries what and is there, and which moves would help. Suggestions alone: a person makes the move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from cases.domain.assignment.choosing import Person, stand_in
from cases.domain.assignment.giving import may_decide, wanting_of
from cases.domain.assignment.people import carried, person_of, there, told_of_people, working_time_of
from cases.domain.assignment.presence import There
from cases.domain.desk.queues import IS_URGENT
from cases.domain.looking_after import meet
from cases.enums import Presence
from cases.models import OPEN, Case
from config.kept_statements import Given, Kept
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import User

SUGGESTED = 6  # moves


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`carries` is a weight (`cases.enums.WEIGHT`), of the cases that the reader sees. `able`: as the assignment rules
    would see them; None without a working time.
    """

    person: User
    open: int
    urgent: int
    next_due_at: datetime | None
    carries: int
    there: There
    able: Person | None = None

    @property
    def capacity(self) -> int | None:
        return self.able.capacity if self.able else None

    @property
    def over(self) -> int:
        """The weight that they carry beyond their capacity."""
        return max(0, -self.able.room) if self.able else 0

    @property
    def missing(self) -> bool:
        """Known not to be there."""
        return self.there.presence in (Presence.OFF, Presence.AWAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    case: Case
    to: Person
    why: Any


def loads(actor: Actor, *, at: datetime, counted_to: int) -> list[Load]:
    """Everybody of us with open cases, or with a working time and work where the reader sees cases; the fullest first.
    One statement, of as many probes as there are of us.
    """
    people = PEOPLE.rows(actor.sight, counted_to, at=at)
    found = [_load(person, at=at) for person in people if person.open_cases or working_time_of(person)]
    places = actor.access.tenant_ids(Right.SEE_CASES)
    known = [load for load in found if load.open or (load.able and meet(load.able.tenant_ids, places))]
    return sorted(known, key=lambda load: (-load.open, load.person.pk))


def _people(given: Given, reader: Actor, counted_to: int) -> QuerySet[User]:
    seen = Case.objects.visible_to(reader).filter(OPEN)
    due = seen.filter(owner=OuterRef("pk"), next_due_at__isnull=False).order_by("next_due_at")
    people = User.objects.filter(requester=None).select_related("working_time").order_by()
    told = told_of_people(seen, at=given("at", DateTimeField()), counted_to=counted_to)
    return people.annotate(**told, next_due_at=Subquery(due.values("next_due_at")[:1]))


PEOPLE = Kept(_people)


def _load(person: Any, *, at: datetime) -> Load:
    able = person_of(person, at=at, beneath={}) if working_time_of(person) else None
    return Load(
        person=person,
        open=person.open_cases,
        urgent=person.p0_cases + person.p1_cases,
        next_due_at=person.next_due_at,
        carries=carried(person),
        there=able.there if able else there(person, at=at),
        able=able,
    )


def suggestions(loads: Sequence[Load], due: Iterable[Case], actor: Actor) -> list[Suggestion]:
    """Cases with a promise that is `due` and an owner who is not there, then what somebody holds beyond their capacity,
    the least pressing first. Each to who has most room, as the ones before left it. A statement where somebody is
    overfull, none otherwise.
    """
    of = {load.person.pk: load for load in loads}
    able = {load.person.pk: load.able for load in loads if load.able}
    over = {load.person.pk: load.over for load in loads if load.over}
    wanted: dict[int, tuple[Case, Any]] = {}
    for case in due:
        if case.owner_id in of and of[case.owner_id].missing:
            wanted[case.pk] = (case, _("a promise is due and its owner is not there"))
    for case in _least_pressing(over, actor):
        wanted.setdefault(case.pk, (case, _("its owner carries more than their capacity")))
    found: list[Suggestion] = []
    for case, why in wanted.values():
        wanting = wanting_of(case)
        if not actor.can(Right.HAND_OVER, case.tenant_id) or not may_decide(wanting, actor):
            continue
        to = stand_in(wanting, able.values(), instead_of=case.owner_id)
        if to is not None:
            able[to.id] = to.with_case(wanting)
            found.append(Suggestion(case=case, to=to, why=why))
    return found[:SUGGESTED]


def _least_pressing(over: Mapping[int, int], actor: Actor) -> list[Case]:
    """Of the most overfull, as many cases as they are over by at the most: neither P0 nor P1, the latest promise first.
    One statement, of a probe each.
    """
    if not over:
        return []
    most = sorted(over, key=lambda owner: (-over[owner], owner))[:SUGGESTED]
    owners = {f"owner {place}": owner for place, owner in enumerate(most)}
    left = dict(over)
    found = []
    for case in ORDINARY.rows(actor.sight, len(most), **owners):
        if left[case.owner_id] > 0:
            left[case.owner_id] -= 1
            found.append(case)
    return found


def _ordinary(given: Given, reader: Actor, owners: int) -> QuerySet[Case]:
    ordinary = Case.objects.visible_to(reader).filter(OPEN).exclude(IS_URGENT).order_by("-next_due_at", "-pk")
    of_each = [ordinary.filter(owner=given(f"owner {place}", BigIntegerField())) for place in range(owners)]
    first, *others = [cases.values("pk")[:SUGGESTED] for cases in of_each]
    cases = Case.objects.filter(pk__in=first.union(*others)).select_related("tenant", "owner")
    return cases.order_by("-next_due_at", "-pk")


ORDINARY = Kept(_ordinary)
