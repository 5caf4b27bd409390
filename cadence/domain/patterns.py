"""What comes up the levels again and again: the same error code, or the same category on the same resource."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet

from cadence.enums import PatternKind
from cadence.models import ChainReview, ReviewPolicy
from cases.enums import NEVER_WORKED, Level
from cases.models import Case, CaseResource, Escalation

AT_MOST = 20  # error codes, and resources, of a case that are looked at
UP = Q(from_level=Level.L1, to_level__in=[Level.L2, Level.L3]) | Q(
    from_level=Level.L2, to_level=Level.L3
)  # handed down is no pattern


@dataclass(frozen=True, slots=True)
class Pattern:
    """`key` is the database's name for it; `name` what people read."""

    kind: PatternKind
    key: str
    name: str
    fits: Q


def policy() -> ReviewPolicy:
    return ReviewPolicy.objects.get(pk=1)


def patterns_of(case: Case) -> list[Pattern]:
    """What the case might be one more of. One statement."""
    found = [
        Pattern(PatternKind.ERROR, code, code, Q(error_ids__contains=[code]))
        for code in list(dict.fromkeys(case.error_ids))[:AT_MOST]
    ]
    if case.category is None:
        return found
    touched = CaseResource.objects.filter(case=case).select_related("resource").order_by("resource_id")[:AT_MOST]
    return found + [
        Pattern(
            PatternKind.ABOUT,
            f"{case.category_id}:{link.resource_id}",
            f"{case.category.name} · {link.resource.name}",
            Q(category=case.category_id, case_resources__resource=link.resource_id),
        )
        for link in touched
    ]


def escalated(pattern: Pattern, *, policy: ReviewPolicy, at: datetime) -> QuerySet[Case]:
    """Cases of the pattern that went up within the window, and since it was looked at for the last time."""
    since = at - timedelta(days=policy.days)
    looked_at = ChainReview.objects.filter(kind=pattern.kind, key=pattern.key).aggregate(at=Max("closed_at"))["at"]
    went_up = Escalation.objects.filter(UP, at__gt=max(since, looked_at or since), at__lte=at).values("case_id")
    return Case.objects.filter(pattern.fits, pk__in=went_up).exclude(closed_as__in=NEVER_WORKED).order_by("pk")
