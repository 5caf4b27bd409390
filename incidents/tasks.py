"""Celery's door to the room: each task is one domain call that may run twice."""

from celery import shared_task
from django.utils import timezone

from incidents.domain import paging


@shared_task(name="incidents.escalate_pages", ignore_result=True)
def escalate_pages(**_later: object) -> None:
    paging.escalate_unanswered(at=timezone.now())
