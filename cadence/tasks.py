"""Celery's door to the room: each task is one domain call that may run twice."""

from celery import shared_task
from django.utils import timezone

from cadence.domain import sla_reviews, summaries, weekly


@shared_task(name="cadence.draft_weekly_updates", ignore_result=True)
def draft_weekly_updates(**_later: object) -> None:
    weekly.draft_due(at=timezone.now())


@shared_task(name="cadence.draft_weeks_of_l2", ignore_result=True)
def draft_weeks_of_l2(**_later: object) -> None:
    summaries.draft_due(at=timezone.now())


@shared_task(name="cadence.publish_weeks_of_l2", ignore_result=True)
def publish_weeks_of_l2(**_later: object) -> None:
    summaries.publish_due(at=timezone.now())


@shared_task(name="cadence.plan_sla_reviews", ignore_result=True)
def plan_sla_reviews(**_later: object) -> None:
    sla_reviews.plan_due(at=timezone.now())
