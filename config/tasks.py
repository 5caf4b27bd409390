"""Work of the ground that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from config.api.idempotency import sweep_kept_answers


@shared_task(name="config.sweep_kept_answers", ignore_result=True)
def sweep_old_answers(**_later: object) -> None:
    sweep_kept_answers(at=timezone.now())
