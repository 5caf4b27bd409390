"""Our people as the rules see them: read at a moment, in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from cases.domain.assignment.choosing import Ids, Person
from cases.domain.assignment.presence import AHEAD, UNKNOWN, Gone, There, presence
from cases.domain.ownership import is_third_level
from cases.enums import WEIGHT
from cases.models import OPEN, Absence, Case, Category, WorkingTime
from config.counting import CountTo
from sla.domain.business_time import Hours
from tenants.domain.access import access_of, grants_in_force
from tenants.enums import Right
from tenants.models import User

CARRIED_TO = 1000  # cases counted of a person


def told_of_people(held: QuerySet[Case], *, at: Any, counted_to: int = CARRIED_TO) -> dict[str, Any]:
    """Columns beside a User: what of `held` they carry, whether they are there, what they may do. `held` are open
    cases, `at` a moment or what stands for one.
    """
    theirs = held.filter(owner=OuterRef("pk")).order_by()
    gone = Absence.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), user=OuterRef("pk"), starts_at__lt=at + AHEAD)
    span = JSONObject(since="starts_at", until="ends_at")
    return {
        "open_cases": _counted(theirs, counted_to),
        **{
            f"{priority.lower()}_cases": _counted(theirs.filter(priority=priority), counted_to)
            for priority, weight in WEIGHT.items()
            if weight > 1
        },
        "gone": ArraySubquery(gone.order_by("starts_at").values_list(span, flat=True)),
        "granted": ArraySubquery(grants_in_force(at).filter(user=OuterRef("pk"))),
    }


def carried(user: Any) -> int:
    """The weight of the open cases of one read with `told_of_people`: each weighs 1, heavy ones more."""
    heavy = ((f"{priority.lower()}_cases", weight - 1) for priority, weight in WEIGHT.items() if weight > 1)
    return int(user.open_cases + sum(getattr(user, name) * more for name, more in heavy))


def people(*, at: datetime, beneath: Mapping[int, Ids] | None = None) -> list[Person]:
    """Everybody with a working time. Loads are of all tenants, whoever asks."""
    known = WorkingTime.categories.through.objects.filter(workingtime__user=OuterRef("pk")).order_by()
    told = told_of_people(Case.objects.filter(OPEN), at=at)
    found = User.objects.filter(requester=None, is_active=True, working_time__isnull=False)
    found = found.select_related("working_time").order_by("pk")
    return [
        person_of(user, at=at, beneath=beneath or {})
        for user in found.annotate(**told, knows=ArraySubquery(known.values("category_id")))
    ]


def person_of(user: Any, *, at: datetime, beneath: Mapping[int, Ids]) -> Person:
    """`user`: read with `told_of_people`, who has a working time."""
    access = access_of(user, at=at)
    working_time = user.working_time
    knows = getattr(user, "knows", ())
    return Person(
        id=user.pk,
        name=str(user),
        level=user.level,
        there=there(user, at=at),
        capacity=working_time.capacity,
        carries=carried(user),
        tenant_ids=access.tenant_ids(Right.WORK_CASES),
        third_level=is_third_level(user, access),
        category_ids=frozenset[int]().union(*(beneath.get(category, {category}) for category in knows)),
        tags=frozenset(working_time.tags),
        languages=frozenset(working_time.languages),
    )


def there(user: Any, *, at: datetime) -> There:
    """`user`: read with `told_of_people`; UNKNOWN for who has no working time and is not away."""
    gone = [(datetime.fromisoformat(one["since"]), _moment(one["until"])) for one in user.gone]
    working_time = working_time_of(user)
    hours = None if working_time is None else Hours.from_spec(working_time.calendar(user.time_zone))
    return presence(hours, gone, at=at) if gone or hours is not None else UNKNOWN


def working_time_of(user: User) -> WorkingTime | None:
    found: WorkingTime | None = getattr(user, "working_time", None)
    return found


def absences_of(user_id: int, *, at: datetime) -> list[Gone]:
    """Those that are not over."""
    coming = Absence.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), user=user_id).order_by("starts_at")
    return list(coming.values_list("starts_at", "ends_at"))


def beneath() -> dict[int, Ids]:
    """What lies beneath each category: itself, its children and theirs, and what was merged into one of them."""
    under = defaultdict(set)
    for pk, parent, merged_into in Category.objects.order_by().values_list("pk", "parent", "merged_into"):
        under[parent].add(pk)
        under[merged_into].add(pk)
    found = {}
    for root in list(under.keys() | {pk for children in under.values() for pk in children}):
        if root is None:
            continue
        seen, waiting = {root}, [root]
        while waiting:
            fresh = under.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        found[root] = frozenset(seen)
    return found


def _counted(cases: QuerySet[Case], most: int) -> CountTo:
    return CountTo(cases.values("pk")[: most + 1])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
