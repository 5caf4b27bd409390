"""Celery's doors into this room; each is safe to run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from cases.domain import timers
from cases.domain.assignment import giving
from cases.domain.automation import forgetting, scanning
from cases.domain.desk import morning_mail
from cases.domain.people import notice_mail


@shared_task(name="cases.timers", ignore_result=True)
def run_timers(**_later: Any) -> None:
    timers.run_due(at=timezone.now())


@shared_task(name="cases.scan_for_rules", ignore_result=True)
def scan_for_rules(**_later: Any) -> None:
    scanning.scan(at=timezone.now())


@shared_task(name="cases.forget_automation", ignore_result=True)
def forget_automation(**_later: Any) -> None:
    forgetting.forget_old(at=timezone.now())


@shared_task(name="cases.assign", ignore_result=True)
def assign_waiting(**_later: Any) -> None:
    giving.give_all(at=timezone.now())


@shared_task(name="cases.mail_notices", ignore_result=True)
def mail_notices(**_later: Any) -> None:
    notice_mail.send_due(at=timezone.now())


@shared_task(name="cases.forget_notices", ignore_result=True)
def forget_notices(**_later: Any) -> None:
    notice_mail.forget(at=timezone.now())


@shared_task(name="cases.mail_mornings", ignore_result=True)
def mail_mornings(**_later: Any) -> None:
    morning_mail.send_due(at=timezone.now())
