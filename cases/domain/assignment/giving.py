"""Cases without an owner go to people by the rules: as they come, as somebody has room again, or as the lead says.

One case a transaction, through the door that people assign by. Locks, in this order: the case, the working times of
those who might get it (so that nobody is filled twice at once), the rule (whose turn it is).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.domain import ownership
from cases.domain.assignment.choosing import Choice, Table, Wanting, choose, plan
from cases.domain.assignment.people import beneath, people
from cases.domain.locking import locked
from cases.models import OPEN, AssignmentRule, Case, WorkingTime
from config.db import unit_of_work
from config.errors import Refused
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Level, Right

logger = logging.getLogger(__name__)

SHOWN = 200  # cases of a dry run
AT_ONCE = 200  # cases given in a round


def table(*, also: AssignmentRule | None = None) -> Table:
    """The active rules; `also`: as if this one were active, too, as it stands."""
    rules = [rule for rule in AssignmentRule.objects.filter(active=True) if also is None or rule.pk != also.pk]
    rules = sorted([*rules, also] if also is not None else rules, key=lambda rule: rule.position)
    return Table(rules=rules, beneath=beneath() if rules else {})


def give(
    *, case_id: int, at: datetime, without: Collection[int] = (), named: tuple[int, int] | None = None
) -> Choice | None:
    """Find an owner for the case; None where it needs none, no rule holds or nobody whom the rule may reach fits now.

    `without`: who shall not get it. `named`: (rule, person) as a dry run named them; another choice is Refused
    (`otherwise`) and changes nothing.
    """
    rules = table()
    if not rules.rules:
        return None
    with unit_of_work(SYSTEM.label):
        case = _waiting(locked(SYSTEM), at=at).filter(pk=case_id).first()
        wanting = None if case is None else _wanting(case)
        rule = None if wanting is None else rules.rule_for(wanting)
        if wanting is None or rule is None:
            return None
        _hold(level=wanting.level)
        turn = AssignmentRule.objects.select_for_update(no_key=True).filter(pk=rule.pk, active=True).first()
        if turn is None:
            return None  # switched off just now
        fitting = [person for person in people(at=at, beneath=rules.beneath) if person.id not in without]
        choice = choose(wanting, fitting, rule, last=turn.last_given_to_id)
        if named is not None and (choice is None or (choice.rule.pk, choice.person.id) != named):
            raise Refused(_otherwise(case_id, choice), code="otherwise")
        if choice is None:
            return None
        ownership.assign(
            case_id=case_id, owner_id=choice.person.id, reason=choice.why, by=SYSTEM, at=at, from_nobody=True
        )
        AssignmentRule.objects.filter(pk=rule.pk).update(last_given_to=choice.person.id, last_given_at=at)
    return choice


def give_longest_waiting(*, at: datetime) -> Choice | None:
    """Somebody has room: they get the case that has waited longest of those that they may have."""
    case_id = _longest_waiting(at=at, without=())
    return None if case_id is None else give(case_id=case_id, at=at)


def after_a_change_of_owner(*, case_id: int, at: datetime) -> Choice | None:
    """A case that lost its owner finds one; where it went to somebody else, who had it has room."""
    if _waiting(Case.objects.filter(pk=case_id), at=at).exists():
        return give(case_id=case_id, at=at)
    return give_longest_waiting(at=at)


def give_all(*, at: datetime, limit: int = AT_ONCE) -> int:
    """A round: give while somebody has room and a case waits for them; returns how many were given.

    A case that fails, or that somebody else took meanwhile, is left to the next round.
    """
    given, tried = 0, set[int]()
    while len(tried) < limit and (case_id := _longest_waiting(at=at, without=tried)) is not None:
        tried.add(case_id)
        try:
            given += give(case_id=case_id, at=at) is not None
        except Refused:
            continue  # it has an owner by now
        except Exception:
            logger.exception("Case %s could not be assigned", case_id)
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """`choice` None: nobody whom the rule may choose is there with room."""

    case: Case
    rule: AssignmentRule
    choice: Choice | None


def dry_run(*, by: Actor, at: datetime, also: AssignmentRule | None = None) -> list[Named]:
    """What the rules would do with the cases that wait, the longest waiting first, as far as `by` may decide it."""
    rules = table(also=also)
    if not rules.rules:
        return []
    cases = _waiting(Case.objects.visible_to(by, Right.HAND_OVER), at=at).filter(rules.held())
    first = {case.pk: case for case in cases.select_related("requester", "tenant").order_by("opened_at", "pk")[:SHOWN]}
    wanting = [one for one in map(_wanting, first.values()) if may_decide(one, by)]
    planned = plan(wanting, people(at=at, beneath=rules.beneath), rules)
    return [Named(case=first[one.case.id], rule=one.rule, choice=one.choice) for one in planned]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    case_id: int
    choice: Choice | None
    refusal: str = ""


def run(*, named: Sequence[tuple[int, int, int]], by: Actor, at: datetime) -> list[Outcome]:
    """Do what a dry run named: (case, rule, person) each, in its order. What became otherwise meanwhile is refused."""
    by.require_any(Right.HAND_OVER)
    allowed = {
        case.pk: wanting_of(case)
        for case in Case.objects.visible_to(by, Right.HAND_OVER).filter(
            pk__in=[case_id for case_id, _rule, _person in named]
        )
    }
    done = []
    for case_id, rule_id, person_id in named:
        wanting = allowed.get(case_id)
        if wanting is None or not may_decide(wanting, by):
            continue
        done.append(_one(case_id, (rule_id, person_id), at=at))
    return done


def _one(case_id: int, named: tuple[int, int], *, at: datetime) -> Outcome:
    try:
        choice = give(case_id=case_id, at=at, named=named)
    except Refused as refusal:
        return Outcome(case_id=case_id, choice=None, refusal=refusal.message)
    needless = _("CASE-%(case)s needs no owner any more.") % {"case": case_id}
    return Outcome(case_id=case_id, choice=choice, refusal="" if choice else needless)


def _otherwise(case_id: int, choice: Choice | None) -> str:
    if choice is None:
        return _("CASE-%(case)s: nobody fits now.") % {"case": case_id}
    return _("CASE-%(case)s: it would go to %(name)s now.") % {"case": case_id, "name": choice.person.name}


def may_decide(case: Wanting, by: Actor) -> bool:
    """Nobody sends to L3 by a rule what they may not send there themselves."""
    return case.level != Level.L3 or by.can(Right.ASSIGN_L3, case.tenant_id)


def wanting_of(case: Case, *, language: str = "") -> Wanting:
    """`language`: the requester's, for who asks rules."""
    return Wanting(
        id=case.pk,
        tenant_id=case.tenant_id,
        tier=case.tier,
        category_id=case.category_id,
        priority=case.priority,
        level=case.level,
        language=language,
    )


def _wanting(case: Case) -> Wanting:
    """`case`: with its requester."""
    return wanting_of(case, language=case.requester.language)


def _waiting(cases: QuerySet[Case], *, at: datetime) -> QuerySet[Case]:
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=at)
    return cases.filter(OPEN, awake, owner=None)


def _longest_waiting(*, at: datetime, without: Iterable[int]) -> int | None:
    rules = table()
    if not rules.rules:
        return None
    reached = rules.reached(people(at=at, beneath=rules.beneath))
    if reached is None:
        return None
    cases = _waiting(Case.objects.all(), at=at).filter(reached).exclude(pk__in=list(without))
    return cases.order_by("opened_at", "pk").values_list("pk", flat=True).first()


def _hold(*, level: str) -> None:
    """Whose load is about to be read, until the transaction ends."""
    times = WorkingTime.objects.filter(user__level=level).order_by("pk")
    list(times.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
