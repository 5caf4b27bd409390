"""Celery's doors into this room; each is safe to run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from cases.domain import timers


@shared_task(name="cases.timers", ignore_result=True)
def run_timers(**_later: Any) -> None:
    timers.run_due(at=timezone.now())
