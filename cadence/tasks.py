"""Celery's door to the room: each task is one domain call that may run twice."""

from celery import shared_task
from django.utils import timezone

from cadence.domain import weekly


@shared_task(name="cadence.draft_weekly_updates", ignore_result=True)
def draft_weekly_updates(**_later: object) -> None:
    weekly.draft_due(at=timezone.now())
