"""Whom a rule chooses: properties over many desks, and the two spellings of its conditions held to each other."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.domain.assignment.choosing import Person, Table, Wanting, choose, fits, plan
from cases.domain.assignment.giving import wanting_of
from cases.domain.assignment.people import beneath
from cases.domain.assignment.presence import There
from cases.enums import WEIGHT, Level, Presence, Priority
from cases.models import AssignmentRule, Case, Category
from tests.factories.cases import opened
from tests.factories.tenants import RequesterFactory, TenantFactory

ON, OFF, AWAY = There(Presence.ON, datetime(2026, 11, 16, 17, tzinfo=UTC)), There(Presence.OFF), There(Presence.AWAY)
LANGUAGES = ["en", "de", "pt"]
subset = st.frozensets(st.integers(1, 3))
levels = st.sampled_from(Level.values)


@st.composite
def people(draw, count=6):
    return [
        Person(
            id=number,
            name=f"P{number}",
            level=draw(levels),
            there=draw(st.sampled_from([ON, ON, ON, OFF, AWAY])),
            capacity=draw(st.integers(1, 6)),
            carries=draw(st.integers(0, 6)),
            tenant_ids=draw(st.none() | subset),
            third_level=draw(st.booleans()),
            category_ids=draw(subset),
            tags=draw(st.frozensets(st.sampled_from(["sso", "sql"]))),
            languages=draw(st.frozensets(st.sampled_from(LANGUAGES))),
        )
        for number in range(1, draw(st.integers(0, count)) + 1)
    ]


@st.composite
def rules(draw, count=3):
    return [
        AssignmentRule(
            pk=number,
            position=number,
            name=f"R{number}",
            tenant_id=draw(st.none() | st.integers(1, 3)),
            tiers=draw(st.lists(st.sampled_from(["standard", "premium"]), max_size=1)),
            category_id=draw(st.none() | st.integers(1, 3)),
            priorities=draw(st.lists(st.sampled_from(Priority.values), max_size=2)),
            levels=draw(st.lists(levels, min_size=1, max_size=3)),
            languages=draw(st.lists(st.sampled_from(["en", "de", "pt-BR"]), max_size=2)),
            way=draw(st.sampled_from(["round_robin", "least_loaded"])),
            by_category=draw(st.booleans()),
            by_language=draw(st.booleans()),
            needs_tags=draw(st.lists(st.sampled_from(["sso", "sql"]), max_size=1)),
        )
        for number in range(1, draw(st.integers(1, count)) + 1)
    ]


@st.composite
def wanting(draw, count=12):
    return [
        Wanting(
            id=number,
            tenant_id=draw(st.integers(1, 3)),
            tier=draw(st.sampled_from(["standard", "premium"])),
            category_id=draw(st.none() | st.integers(1, 3)),
            priority=draw(st.sampled_from(Priority.values)),
            level=draw(levels),
            language=draw(st.sampled_from(["en", "en-GB", "de", "pt-BR"])),
        )
        for number in range(draw(st.integers(0, count)))
    ]


@given(wanting(), people(), rules())
def test_nobody_off_shift_away_overfilled_unskilled_or_of_another_level_is_given_a_case(cases, team, table):
    carried = {person.id: person.carries for person in team}
    for one in plan(cases, team, Table(rules=table)):
        assert one.rule == Table(rules=table).rule_for(one.case)
        if one.choice is None:
            continue
        person = next(person for person in team if person.id == one.choice.person.id)
        carried[person.id] += WEIGHT[Priority(one.case.priority)]
        assert person.there == ON
        assert carried[person.id] <= person.capacity
        assert person.level == one.case.level
        assert person.tenant_ids is None or one.case.tenant_id in person.tenant_ids
        assert set(one.rule.needs_tags) <= person.tags
        assert not one.rule.by_category or one.case.category_id in person.category_ids
        assert not person.third_level or (one.case.level == "L3" and "L3" in one.rule.levels)


@given(wanting(), people(), rules())
def test_a_case_waits_only_while_nobody_fits(cases, team, table):
    """What the plan leaves waiting nobody could take when its turn had come, nor after all turns."""
    found = plan(cases, team, Table(rules=table))
    carried = {person.id: person for person in team}
    for one in found:
        if one.choice is not None:
            carried[one.choice.person.id] = carried[one.choice.person.id].with_case(one.case)
    left = [one for one in found if one.choice is None]
    assert not any(fits(one.case, person, one.rule) for one in left for person in carried.values())


@given(st.integers(1, 6), st.integers(1, 5))
def test_turns_are_even(size, rounds):
    team = [Person(id=n, name="P", level="L1", there=ON, capacity=500, carries=n) for n in range(1, size + 1)]
    cases = [case(id=n) for n in range(size * rounds)]
    given_to = [
        one.choice.person.id for one in plan(cases, team, Table(rules=[rule_of(way="round_robin", last_given_to_id=2)]))
    ]
    assert Counter(given_to) == dict.fromkeys(range(1, size + 1), rounds)
    assert all(len(set(given_to[n : n + size])) == size for n in range(0, len(given_to), size))


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=6))
def test_the_least_loaded_is_so_by_capacity(loads):
    team = [
        Person(id=n, name="P", level="L1", there=ON, capacity=capacity, carries=carries)
        for n, (capacity, carries) in enumerate(loads, 1)
    ]
    choice = choose(case(id=1), team, rule_of(way="least_loaded"), last=None)
    free = [person.carries / person.capacity for person in team if person.carries < person.capacity]
    assert (choice and choice.person.filled) == (min(free) if free else None)


def case(**fields):
    told = {"tenant_id": 1, "tier": "", "category_id": None, "priority": "P2", "level": "L1", "language": "en"}
    return Wanting(**told | fields)


def rule_of(**fields):
    return AssignmentRule(**{"pk": 1, "position": 1, "name": "R", "levels": ["L1"], **fields})


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(team=people(), table=rules())
def test_the_database_is_asked_for_what_the_rules_would_give(desk_of_cases, team, table):
    """`reached` finds the cases for which the plan, asked for each alone, finds somebody."""
    places, kinds = desk_of_cases
    team = [
        replace(
            person,
            tenant_ids=moved(person.tenant_ids, places),
            category_ids=moved(person.category_ids, kinds),
        )
        for person in team
    ]
    for one in table:
        one.tenant_id, one.category_id = places.get(one.tenant_id), kinds.get(one.category_id)
    known = Table(rules=table, beneath=beneath())
    every = [wanting_of(one, language=one.requester.language) for one in Case.objects.select_related("requester")]
    alone = {one.id for one in every for found in plan([one], team, known) if found.choice is not None}
    asked = known.reached(team)
    assert (set() if asked is None else set(Case.objects.filter(asked).values_list("pk", flat=True))) == alone
    held = {one.id for one in every if known.rule_for(one) is not None}
    assert set(Case.objects.filter(known.held()).values_list("pk", flat=True)) == held


def moved(numbers, rows):
    return None if numbers is None else frozenset(rows[number] for number in numbers)


@pytest.fixture
def desk_of_cases(db):
    """Twelve cases of three tenants and categories, one of them beneath another; both by their numbers from 1."""
    tenants = [TenantFactory() for _ in range(3)]
    kinds = [Category.objects.create(slug=f"kind-{n}", name=f"Kind {n}") for n in range(3)]
    kinds[1].parent = kinds[0]
    kinds[1].save()
    for number in range(12):
        requester = RequesterFactory(tenant=tenants[number % 3], language=["en", "en-GB", "de", "pt-BR"][number % 4])
        made = opened(requester=requester)
        Case.objects.filter(pk=made.pk).update(
            category=[None, *kinds][number * 5 % 4],
            level=Level.values[number // 2 % 3],
            priority=Priority.values[number * 3 % 4],
            tier=["standard", "premium"][number // 3 % 2],
        )
    return {n: one.pk for n, one in enumerate(tenants, 1)}, {n: one.pk for n, one in enumerate(kinds, 1)}
