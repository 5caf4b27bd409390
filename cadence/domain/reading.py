"""What the faces show of the cadence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from cadence.domain.calendar import UpdateWeek, week_at
from cadence.enums import SummarySection, UpdateStatus
from cadence.models import (
    ChainReview,
    ChainReviewCase,
    LevelSummary,
    SlaReview,
    SummaryLine,
    SummaryReader,
    WeeklyUpdate,
)
from cases.models import KnownIssue
from config.counting import counted_to
from config.errors import Absent
from incidents.models import Action, Incident
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Tenant

COUNTED_TO = 1000  # one more says that there are more
CHOICES = 200  # of known issues and of actions; of more, the newest
CASES_SHOWN = 200  # of a review; of more, the newest
LAPSES_SOON = timedelta(days=14)


def updates(*, actor: Actor) -> QuerySet[WeeklyUpdate]:
    return WeeklyUpdate.objects.visible_to(actor).select_related("tenant", "clock", "sent_by", "edited_by")


def last_ten(*, update: WeeklyUpdate, actor: Actor) -> list[WeeklyUpdate]:
    """The ten latest sent ones before this, to be read side by side."""
    return list(
        updates(actor=actor)
        .filter(tenant_id=update.tenant_id, status="sent", week__lt=update.week)
        .order_by("-week")[:10]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is promised to clients beside cases, counted: of the updates of one Friday, and of what is late or lapses.

    `late`: updates of Fridays before that were never sent. `lapsing`: SLA reviews that are due by `lapsing_by`.
    """

    friday: date
    lapsing_by: date
    drafted: int
    sent: int
    late: int
    lapsing: int
    reviews: int
    reviews_late: int


def beside(*, actor: Actor, at: datetime) -> Beside:
    """Of the Friday that the zone of `at` is going towards. One statement."""
    friday = week_at(at=at, zone=at.tzinfo or UTC).friday
    updates = WeeklyUpdate.objects.visible_to(actor).order_by()
    reviews = ChainReview.objects.visible_to(actor).open().order_by()
    lapsing_by = at.date() + LAPSES_SOON
    counted = counted_to(
        COUNTED_TO + 1,
        {
            "drafted": updates.filter(week=friday, status=UpdateStatus.DRAFT),
            "sent": updates.filter(week=friday, status=UpdateStatus.SENT),
            "late": updates.filter(week__lt=friday, status=UpdateStatus.DRAFT),
            "lapsing": SlaReview.objects.visible_to(actor).filter(held_at=None, due_on__lte=lapsing_by).order_by(),
            "reviews": reviews,
            "reviews_late": reviews.filter(due_on__lt=at.date()),
        },
    )
    return Beside(friday=friday, lapsing_by=lapsing_by, **counted)


@dataclass(frozen=True, slots=True)
class Missing:
    tenant: Tenant
    week: UpdateWeek


def missing_updates(*, actor: Actor, at: datetime) -> list[Missing]:
    """Clients whose update should have been drafted by now, each in their own zone, and was not. One statement."""
    since = at.date() - timedelta(days=1)  # the Friday of no zone lies before
    drafted = WeeklyUpdate.objects.filter(tenant=OuterRef("pk"), week__gte=since).order_by().values("week")
    found = []
    for tenant in Tenant.objects.visible_to(actor).open().annotate(weeks=ArraySubquery(drafted)).order_by("name", "pk"):
        week = week_at(at=at, zone=ZoneInfo(tenant.time_zone))
        if at >= week.draft_at and week.friday not in tenant.weeks:
            found.append(Missing(tenant, week))
    return found


def lines_of(summary: LevelSummary, *, actor: Actor) -> list[tuple[SummarySection, list[SummaryLine]]]:
    """What the reader may see of it, with the cases as they stand now. One statement."""
    held: dict[str, list[SummaryLine]] = {section: [] for section in SummarySection}
    seen = SummaryLine.objects.visible_to(actor).filter(summary=summary)
    for line in seen.select_related("case__owner", "tenant").order_by("pk"):
        held[line.section].append(line)
    return [(section, held[section]) for section in SummarySection]


def unread_weeks(actor: Actor) -> QuerySet[SummaryReader]:
    """Published weeks of L2 that this reader was told of and has not read."""
    if actor.user_id is None:
        return SummaryReader.objects.none()
    return SummaryReader.objects.filter(user_id=actor.user_id, read_at=None).order_by("-pk")


def reviews(*, actor: Actor) -> QuerySet[ChainReview]:
    cases = Count("review_cases", distinct=True)
    return ChainReview.objects.visible_to(actor).select_related("owner", "closed_by").annotate(cases=cases)


def cases_of(review: ChainReview, *, actor: Actor) -> list[ChainReviewCase]:
    seen = ChainReviewCase.objects.visible_to(actor).filter(review=review)
    return list(seen.select_related("case__owner", "tenant").order_by("-case_id")[:CASES_SHOWN])


def reviews_that_wait(actor: Actor) -> QuerySet[ChainReview]:
    """Open ones that this reader leads, or that nobody does although they might."""
    if actor.user_id is None or actor.is_customer:
        return ChainReview.objects.none()
    waits = Q(owner_id=actor.user_id)
    if actor.access.any(Right.ASSIGN_L3):
        waits |= Q(owner=None)
    return ChainReview.objects.visible_to(actor).open().filter(waits).order_by("due_on", "pk")


def week_of_l2(pk: int, *, actor: Actor) -> LevelSummary:
    """For who sees cases anywhere; what they read in it are the lines and figures of their clients. Raises Absent."""
    actor.require_any(Right.SEE_CASES)
    summary = LevelSummary.objects.select_related("published_by").filter(pk=pk).first()
    if summary is None:
        raise Absent(_("There is no such week."))
    return summary


def review(pk: int, *, actor: Actor) -> ChainReview:
    """With how many cases led to it. Raises Absent."""
    found = reviews(actor=actor).select_related("known_issue", "action__incident").filter(pk=pk).first()
    if found is None:
        raise Absent(_("There is no such review."))
    return found


@dataclass(frozen=True, slots=True)
class Remedies:
    """(number, words) of what an outcome may point at."""

    known_issues: list[tuple[int, str]]
    actions: list[tuple[int, str]]


def remedies(*, actor: Actor) -> Remedies:
    """Active known issues, and corrective actions of incidents that the reader sees; the newest first."""
    issues = KnownIssue.objects.filter(active=True).order_by("-pk")[:CHOICES]
    seen = Incident.objects.visible_to(actor).values("pk")
    actions = Action.objects.filter(incident__in=seen).select_related("incident").order_by("-pk")[:CHOICES]
    return Remedies(
        [(issue.pk, str(issue)) for issue in issues],
        [(action.pk, f"{action.incident.reference} {action}") for action in actions],
    )


def desk_day(at: datetime) -> date:
    """The desk's own calendar day."""
    return at.astimezone(ZoneInfo(settings.DESK_TIME_ZONE)).date()


def reviews_with_cases(*, actor: Actor) -> QuerySet[ChainReview]:
    return ChainReview.objects.visible_to(actor).select_related("owner", "known_issue").prefetch_related("review_cases")
