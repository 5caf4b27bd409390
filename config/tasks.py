"""Work of the ground that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from config.api.idempotency import sweep_kept_answers
from config.heartbeat import beat


@shared_task(name="config.sweep_kept_answers", ignore_result=True)
def sweep_old_answers(**_later: object) -> None:
    sweep_kept_answers(at=timezone.now())


@shared_task(name="config.worker_beat", ignore_result=True)
def worker_beat(**_later: object) -> None:
    """A sign of life: tasks travel from beat through the broker to a worker, and the worker reaches the database."""
    beat(name="worker", at=timezone.now())
