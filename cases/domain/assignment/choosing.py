"""Which rule decides about a case and whom it gives it to. Pure: the conditions stand here twice, as plain sums over a
known case and as what the database is asked to find cases by; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from django.db.models import Q

from cases.domain.assignment.presence import There
from cases.enums import WEIGHT, AssignmentWay, Level, Priority
from cases.models import AssignmentRule

Ids = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """A case that needs an owner, as the rules see it."""

    id: int
    tenant_id: int
    tier: str
    category_id: int | None
    priority: str
    level: str
    language: str

    @property
    def weight(self) -> int:
        return WEIGHT[Priority(self.priority)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of us at a moment. `tenant_ids`: where they may work cases; None: everywhere. `third_level`: whom only a rule
    that names L3 may reach. `category_ids`: what they know, with all beneath it. `carries` and `capacity` are weights.
    """

    id: int
    name: str
    level: str
    there: There
    capacity: int
    carries: int = 0
    tenant_ids: Ids | None = None
    third_level: bool = False
    category_ids: Ids = frozenset()
    tags: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    @property
    def room(self) -> int:
        return self.capacity - self.carries

    @property
    def filled(self) -> float:
        return self.carries / self.capacity

    def with_case(self, case: Wanting) -> Person:
        return replace(self, carries=self.carries + case.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    rule: AssignmentRule
    person: Person
    why: str


@dataclass(slots=True, kw_only=True)
class Table:
    """The active rules in their order, and what lies beneath each category (itself among it)."""

    rules: Sequence[AssignmentRule]
    beneath: Mapping[int, Ids] = field(default_factory=dict)

    def rule_for(self, case: Wanting) -> AssignmentRule | None:
        return next((rule for rule in self.rules if self._holds(rule, case)), None)

    def _holds(self, rule: AssignmentRule, case: Wanting) -> bool:
        return (
            rule.tenant_id in (None, case.tenant_id)
            and (not rule.tiers or case.tier in rule.tiers)
            and (rule.category_id is None or case.category_id in self._under(rule.category_id))
            and (not rule.priorities or case.priority in rule.priorities)
            and case.level in rule.levels
            and (not rule.languages or spoken(case.language) in {spoken(one) for one in rule.languages})
        )

    def reached(self, people: Iterable[Person]) -> Q | None:
        """Cases that some rule would give to one of these people now, by a case's columns; None: no case at all."""
        there = [person for person in people if person.there.now and person.room > 0]
        found: list[Q] = []
        earlier = Q(pk__in=[])
        for rule in self.rules:
            holds = self._as_query(rule)
            if wanted := [_fitting(rule, person) for person in there if _may_be_reached(rule, person)]:
                found.append(holds & ~earlier & reduce(or_, wanted))
            earlier |= holds
        return reduce(or_, found) if found else None

    def held(self) -> Q:
        """Cases that some rule decides about."""
        return reduce(or_, (self._as_query(rule) for rule in self.rules))

    def _as_query(self, rule: AssignmentRule) -> Q:
        asked = Q(level__in=rule.levels)
        if rule.tenant_id is not None:
            asked &= Q(tenant=rule.tenant_id)
        if rule.tiers:
            asked &= Q(tier__in=rule.tiers)
        if rule.category_id is not None:
            asked &= Q(category__in=self._under(rule.category_id))
        if rule.priorities:
            asked &= Q(priority__in=rule.priorities)
        if rule.languages:
            asked &= _in_languages(rule.languages)
        return asked

    def _under(self, category_id: int) -> Ids:
        return self.beneath.get(category_id, frozenset({category_id}))


def choose(case: Wanting, people: Iterable[Person], rule: AssignmentRule, *, last: int | None) -> Choice | None:
    """Whom `rule`, which gave to `last` before, gives the case to; None while nobody fits. Who is equal to others is
    taken by turns.
    """
    fitting = [person for person in people if fits(case, person, rule)]
    if not fitting:
        return None
    in_turn = sorted(fitting, key=lambda person: (person.id <= (last or 0), person.id))
    if rule.way == AssignmentWay.ROUND_ROBIN:
        chosen = in_turn[0]
        words = f"next in turn of {len(fitting)}"
    else:
        chosen = min(in_turn, key=lambda person: person.filled)
        words = f"carried {chosen.carries} of {chosen.capacity}, the least of {len(fitting)}"
    return Choice(rule=rule, person=chosen, why=f"by rule “{rule.name}”: on shift, {words}")


def fits(case: Wanting, person: Person, rule: AssignmentRule) -> bool:
    return (
        person.there.now
        and person.level == case.level
        and (person.tenant_ids is None or case.tenant_id in person.tenant_ids)
        and person.room >= case.weight
        and _may_be_reached(rule, person)
        and (not rule.by_category or case.category_id in person.category_ids)
        and (not rule.by_language or spoken(case.language) in {spoken(one) for one in person.languages})
    )


def _may_be_reached(rule: AssignmentRule, person: Person) -> bool:
    """Whatever the case: skills, and L3 only for cases of that level by a rule that names it."""
    if person.third_level and not (rule.reaches_third_level and person.level == Level.L3):
        return False
    return person.tags.issuperset(rule.needs_tags)


def _fitting(rule: AssignmentRule, person: Person) -> Q:
    asked = Q(level=person.level, priority__in=[one.value for one in Priority if WEIGHT[one] <= person.room])
    if person.tenant_ids is not None:
        asked &= Q(tenant__in=person.tenant_ids)
    if rule.by_category:
        asked &= Q(category__in=person.category_ids)
    if rule.by_language:
        asked &= _in_languages(person.languages)
    return asked


def _in_languages(languages: Iterable[str]) -> Q:
    asked = Q(pk__in=[])
    for one in sorted({spoken(language) for language in languages}):
        asked |= Q(requester__language__iexact=one) | Q(requester__language__istartswith=f"{one}-")
    return asked


def spoken(language: str) -> str:
    """The language of a tag, without the place: `pt-BR` is Portuguese."""
    return language.partition("-")[0].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would become of a case; without a choice nobody whom the rule may reach has room, or is there."""

    case: Wanting
    rule: AssignmentRule
    choice: Choice | None


def plan(cases: Iterable[Wanting], people: Iterable[Person], table: Table) -> list[Planned]:
    """One case after the other, each seeing what the ones before it left; cases of no rule are left out."""
    standing = {person.id: person for person in people}
    turns = {rule.pk: rule.last_given_to_id for rule in table.rules}
    found = []
    for case in cases:
        rule = table.rule_for(case)
        if rule is None:
            continue
        choice = choose(case, standing.values(), rule, last=turns[rule.pk])
        if choice is not None:
            standing[choice.person.id] = choice.person.with_case(case)
            turns[rule.pk] = choice.person.id
        found.append(Planned(case=case, rule=rule, choice=choice))
    return found


def stand_in(case: Wanting, people: Iterable[Person], *, instead_of: int | None) -> Person | None:
    """Who of these could take it over now: the least filled, whatever rules say."""
    free = [
        person
        for person in people
        if person.id != instead_of
        and person.there.now
        and person.level == case.level
        and person.room >= case.weight
        and (case.level == Level.L3 or not person.third_level)
        and (person.tenant_ids is None or case.tenant_id in person.tenant_ids)
    ]
    return min(free, key=lambda person: (person.filled, person.id), default=None)
