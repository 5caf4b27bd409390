"""Celery's doors to the outbox. Every one may run twice, late or beside itself."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from outbox.domain import relay, retention


@shared_task(name="outbox.relay", ignore_result=True)
def relay_events(**_later: Any) -> None:
    relay.relay_round(at=timezone.now())


@shared_task(name="outbox.deliver", ignore_result=True)
def deliver_messages(**_later: Any) -> None:
    relay.deliver(at=timezone.now())


@shared_task(name="outbox.forget_old", ignore_result=True)
def forget_old(**_later: Any) -> None:
    retention.forget_old(at=timezone.now())
