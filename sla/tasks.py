"""Celery's doors to the promises. Every one may run twice, late or beside itself."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from sla.domain import sweep, telling


@shared_task(name="sla.sweep", ignore_result=True)
def sweep_clocks(**_later: Any) -> None:
    sweep.sweep(at=timezone.now())


@shared_task(name="sla.tell", ignore_result=True)
def tell_people(**_later: Any) -> None:
    telling.tell(at=timezone.now())
