"""Celery's doors to this room. Every one may run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from tenants.domain import blobs, forgetting


@shared_task(name="tenants.sweep_blobs", ignore_result=True)
def sweep_blobs(**_later: Any) -> None:
    blobs.sweep_orphans(at=timezone.now())


@shared_task(name="tenants.forget_snapshots", ignore_result=True)
def forget_snapshots(**_later: Any) -> None:
    forgetting.forget_snapshots(at=timezone.now())
