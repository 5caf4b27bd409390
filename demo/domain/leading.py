"""What leads the levels in the demo: L2 publishes its week, L3 reads it, patterns are looked into, SLAs gone through.

The newest of each is left for the visitor.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cadence.domain import chain_reviews, sla_reviews, summaries
from cadence.models import ChainReview, LevelSummary, SlaReview, SummaryReader
from demo.domain.players import Players
from incidents.enums import ChainLevel
from tenants.domain.actors import actor_of_user

PUBLISHES_AFTER = timedelta(hours=2)
READS_AFTER = timedelta(days=3)
PLANS_AFTER = timedelta(days=1)
CLOSES_AFTER = timedelta(days=6)
APART, ROUND = 11, 77  # days between the reviews of two clients, and of a round: they do not all fall due at once

OUTCOMES = (
    (
        ChainLevel.CODE,
        "The quota is read once a day and is stale after a resize.",
        "Looks at the age of the quota before escalating.",
        "Refreshes it by hand, with the runbook.",
        "Reads the quota at each request; the test is in the suite.",
    ),
    (
        ChainLevel.CONTENT,
        "The help text names a button that moved two releases ago.",
        "Sends the new page, and says where the button is.",
        "Nothing.",
        "Pages of help are part of a change's definition of done.",
    ),
    (
        ChainLevel.DEPLOY,
        "A rollout restarts all workers of a region at once.",
        "Asks for the time of the last rollout first.",
        "Watches the queue through a rollout, and holds it.",
        "Restarts one worker after the other.",
    ),
)


def lead(players: Players, *, at: datetime) -> None:
    """Every few hours. Each step is one that a person or the desk takes by the doors."""
    summaries.draft_due(at=at)
    for summary in LevelSummary.objects.filter(status="draft", drafted_at__lte=at - PUBLISHES_AFTER):
        summaries.publish(summary_id=summary.pk, by=players.ours("l2", at=at), at=at)
    for told in SummaryReader.objects.filter(read_at=None, told_at__lte=at - READS_AFTER).select_related("user"):
        summaries.read(summary_id=told.summary_id, by=actor_of_user(told.user, at=at), at=at)
    _look_into_patterns(players, at)
    _go_through_slas(players, at)


def _look_into_patterns(players: Players, at: datetime) -> None:
    waiting = ChainReview.objects.open().order_by("pk")
    for review in waiting.filter(owner=None, opened_at__lte=at - PLANS_AFTER):
        by = players.ours("l2" if review.pk % 2 else "l3", at=at)
        due_on = max(review.due_on, at.date() + timedelta(days=1))
        chain_reviews.plan(review_id=review.pk, owner_id=by.user_id or 0, due_on=due_on, by=by, at=at)
    for review in waiting.filter(owner__isnull=False, opened_at__lte=at - CLOSES_AFTER):
        level, *said = OUTCOMES[review.pk % len(OUTCOMES)]
        words = dict(zip(chain_reviews.WORDS, said, strict=True))
        chain_reviews.close(review_id=review.pk, chain_level=level, words=words, by=players.ours("l3", at=at), at=at)


def _go_through_slas(players: Players, at: datetime) -> None:
    sla_reviews.plan_due(at=at)
    for review in SlaReview.objects.filter(held_at=None, due_on__lte=at.date()).order_by("pk"):
        if at.date().toordinal() % ROUND == APART * review.tenant_id % ROUND:
            sla_reviews.hold(
                review_id=review.pk,
                outcome="Gone through with their operations lead: all promises stay as they are.",
                by=players.ours("lead", at=at),
                at=at,
            )
