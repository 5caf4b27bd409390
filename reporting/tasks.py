"""Celery's door into this room; safe to run twice or beside itself."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from reporting.domain import keeping


@shared_task(name="reporting.keep_days", ignore_result=True)
def keep_days(**_later: Any) -> None:
    keeping.keep_days(at=timezone.now())
