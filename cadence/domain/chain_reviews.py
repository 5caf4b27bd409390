"""Chain-level reviews: a pattern opens one, L2 or L3 leads it, what each level does differently closes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from cadence.domain import patterns
from cadence.domain.patterns import Pattern
from cadence.domain.reading import desk_day
from cadence.enums import PatternKind
from cadence.models import ChainReview, ChainReviewCase, ReviewPolicy
from cases.domain.people.colleagues import with_access
from cases.models import Case, KnownIssue
from config.db import unit_of_work
from config.errors import Absent, Forbidden, Invalid, Refused, Stale, Unknown
from incidents.enums import ChainLevel
from incidents.models import Action, Incident
from outbox.domain.publish import publish
from tenants.domain.access import Access
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Level, Right, Role
from tenants.models import User

WORDS = ("root_cause", "l1_does", "l2_does", "l3_does")
LONGEST = 5000  # characters of each
LONGEST_NAME = 300  # of a pattern: a category and a resource may have longer ones together
LINKED = 500  # cases with which a review begins; of more, the newest
SMALLEST, LARGEST = timedelta(days=0), timedelta(days=366)


def look(*, case_id: int, at: datetime) -> list[ChainReview]:
    """A case went up: open a review for each pattern that it completes, or add it to the one that is open.

    Twice changes nothing. Two cases at once lead to one review: whoever comes second finds the first one's row.
    """
    case = Case.objects.select_related("category").filter(pk=case_id).first()
    if case is None:
        return []
    policy = patterns.policy()
    # In one order for all: two cases that complete the same patterns would wait for each other's rows.
    completed = sorted(patterns.patterns_of(case), key=lambda pattern: (pattern.kind != PatternKind.ERROR, pattern.key))
    with unit_of_work(SYSTEM.label):
        found = [_review_of(pattern, case=case, policy=policy, at=at) for pattern in completed]
    return [review for review in found if review is not None]


def _review_of(pattern: Pattern, *, case: Case, policy: ReviewPolicy, at: datetime) -> ChainReview | None:
    went_up = patterns.escalated(pattern, policy=policy, at=at)
    review = ChainReview.objects.open().filter(kind=pattern.kind, key=pattern.key).first()
    if review is not None:
        cases = list(went_up.filter(pk=case.pk))  # those before it were linked when they went up
    else:
        cases = list(went_up.order_by("-pk")[: max(LINKED, policy.cases)])
        if len(cases) < policy.cases or _looked_into(cases):
            return None
        review = _opened(pattern, policy=policy, at=at)
    links = [ChainReviewCase(review=review, case=case, tenant_id=case.tenant_id, linked_at=at) for case in cases]
    ChainReviewCase.objects.bulk_create(links, ignore_conflicts=True)
    return review


def _looked_into(cases: list[Case]) -> bool:
    """Whether an open review has them all: the same cases by their error code and by their category are one matter."""
    known = Count("review_cases", filter=Q(review_cases__case__in=cases))
    return ChainReview.objects.open().annotate(known=known).filter(known=len(cases)).exists()


def _opened(pattern: Pattern, *, policy: ReviewPolicy, at: datetime) -> ChainReview:
    review, new = ChainReview.objects.get_or_create(
        kind=pattern.kind,
        key=pattern.key,
        closed_at=None,
        defaults={
            "pattern": pattern.name[:LONGEST_NAME],
            "opened_at": at,
            "due_on": desk_day(at) + timedelta(days=policy.due_days),
        },
    )
    if new:
        publish(
            name="cadence.review-opened",
            tenant_id=None,
            payload={"review_id": review.pk, "pattern": pattern.name},
            at=at,
        )
    return review


def plan(
    *,
    review_id: int,
    owner_id: int,
    due_on: date,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> ChainReview:
    """Who leads it, by when. Forbidden for L1 and the CS Lead, as is every way to L3; Invalid for an owner who is
    neither L2 nor L3, or does not see each client of it.
    """
    with unit_of_work(by.label):
        review = _locked(review_id, by=by, expected_version=expected_version)
        if not SMALLEST <= due_on - desk_day(at) <= LARGEST:
            raise Invalid(_("A day from today on, within a year."), field="due_on")
        owner = next((person for person in leaders(review, at=at) if person.pk == owner_id), None)
        if owner is None:
            raise Unknown(_("colleague of L2 or L3 who sees each client of it"), field="owner")
        review.owner, review.due_on = owner, due_on
        _save(review, "owner", "due_on")
        _tell("cadence.review-planned", review, by=by, at=at, owner_id=owner.pk, due_on=due_on.isoformat())
    return review


def close(
    *,
    review_id: int,
    chain_level: str,
    words: Mapping[str, str],
    known_issue_id: int | None = None,
    action_id: int | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> ChainReview:
    """The outcome: where in the chain, and WORDS, all of them ("nothing" is an answer). Refused without an owner."""
    told = {name: words.get(name, "").strip() for name in WORDS}
    for name, text in told.items():
        if not text or len(text) > LONGEST:
            words_wanted = _("Say it in 1 to %(most)s characters; “nothing” is an answer.") % {"most": LONGEST}
            raise Invalid(words_wanted, field=name)
    if chain_level not in ChainLevel.values:
        levels = ", ".join(ChainLevel.values)
        raise Invalid(_("A level of the chain is one of %(levels)s.") % {"levels": levels}, field="chain_level")
    with unit_of_work(by.label):
        review = _locked(review_id, by=by, expected_version=expected_version)
        if review.owner_id is None:
            raise Refused(_("Somebody of L2 or L3 leads it first: choose who."), code="no-owner")
        review.known_issue = _known_issue(known_issue_id)
        review.action = _action(action_id, by=by)
        review.chain_level, review.closed_at, review.closed_by_id = chain_level, at, by.user_id
        for name, text in told.items():
            setattr(review, name, text)
        _save(review, *WORDS, "chain_level", "known_issue", "action", "closed_at", "closed_by")
        _tell("cadence.review-closed", review, by=by, at=at, chain_level=chain_level)
    return review


def may_lead(review: ChainReview, by: Actor) -> bool:
    """Whether they may plan and close it: a person of L2 or L3 in each of its clients."""
    place = by.access.tenant_ids(Right.ASSIGN_L3)
    if not by.is_person or by.user_id is None:
        return False
    return place is None or (bool(place) and set(_tenant_ids(review)) <= place)


def leaders(review: ChainReview, *, at: datetime) -> list[User]:
    """Those of L2 and L3 who see each client of it, by name; with how they want to be told."""
    tenant_ids = _tenant_ids(review)
    people = with_access(User.objects.filter(is_staff=True).select_related("notice_choice"), at=at)
    found = [person for person, access in people if _is_of_l2_or_l3(person, access) and _works(access, tenant_ids)]
    return sorted(found, key=lambda person: str(person).lower())


def _is_of_l2_or_l3(person: User, access: Access) -> bool:
    return person.level in (Level.L2, Level.L3) or bool(access.roles & {Role.L2, Role.L3})


def _works(access: Access, tenant_ids: list[int]) -> bool:
    return all(access.can(Right.ASSIGN_L3, tenant_id) for tenant_id in tenant_ids)


def _tenant_ids(review: ChainReview) -> list[int]:
    return list(review.review_cases.order_by("tenant_id").values_list("tenant_id", flat=True).distinct())


def _locked(review_id: int, *, by: Actor, expected_version: int | None) -> ChainReview:
    review: ChainReview | None = ChainReview.objects.visible_to(by).locked().filter(pk=review_id).first()
    if review is None:
        raise Absent(_("There is no such review."))
    if not may_lead(review, by):
        raise Forbidden(_("A chain review is led by L2 and L3: escalate to L2 first."), code="no-way-to-l3")
    if review.closed_at is not None:
        raise Refused(_("This review is closed: what it says stands."), code="closed")
    if expected_version not in (None, review.version):
        raise Stale(_("Somebody changed this review meanwhile. Look again before you go on."))
    return review


def _known_issue(known_issue_id: int | None) -> KnownIssue | None:
    if known_issue_id is None:
        return None
    issue = KnownIssue.objects.filter(pk=known_issue_id).first()
    if issue is None:
        raise Unknown(_("known issue"), field="known_issue")
    return issue


def _action(action_id: int | None, *, by: Actor) -> Action | None:
    if action_id is None:
        return None
    seen = Incident.objects.visible_to(by).values("pk")
    action = Action.objects.filter(pk=action_id, incident__in=seen).first()
    if action is None:
        raise Unknown(_("corrective action"), field="action")
    return action


def _tell(name: str, review: ChainReview, *, by: Actor, at: datetime, **facts: Any) -> None:
    publish(name=name, tenant_id=None, payload={"review_id": review.pk, "by": by.label, **facts}, at=at)


def _save(review: ChainReview, *fields: str) -> None:
    review.version += 1
    review.save(update_fields=[*fields, "version"])
