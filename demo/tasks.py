"""Celery's door to the demo: clients who act while one watches. Scheduled only where DEMO is on."""

from celery import shared_task
from django.utils import timezone

from demo.domain.seeding import perform_due


@shared_task(name="demo.perform", ignore_result=True)
def perform(**_later: object) -> None:
    perform_due(at=timezone.now())
