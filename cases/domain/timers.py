"""What a case does by itself after a time: reminders, 'no answer', auto-close. Not promises, so no clocks.

`run_due` takes one case a transaction (SKIP LOCKED, so any number of workers may run it); one that fails is set aside
for an hour and never holds up the others.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from cases.domain import lifecycle, timer_schedule
from cases.domain.changing import Change
from cases.domain.client.mail import mail_requester
from cases.enums import InteractionKind, SpokenBy, Timer
from cases.models import Case
from config.db import unit_of_work
from tenants.domain.actors import SYSTEM

logger = logging.getLogger(__name__)

SET_ASIDE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TimersRun:
    done: int
    failed: int


def run_due(*, at: datetime, limit: int = 200) -> TimersRun:
    """Do what is due on up to `limit` cases."""
    done = failed = 0
    while done + failed < limit:
        case_id = None
        try:
            with unit_of_work(SYSTEM.label):
                due = _due(at).select_for_update(of=("self",), skip_locked=True, no_key=True)
                case_id = due.values_list("pk", flat=True).first()
                if case_id is None:
                    break
                _run(case_id, at=at)
            done += 1
        except Exception:
            if case_id is None:
                raise
            logger.exception("The timer of case %s failed", case_id)
            with unit_of_work(SYSTEM.label):
                Case.objects.filter(pk=case_id).update(timer_retry_after=at + SET_ASIDE)
            failed += 1
    return TimersRun(done=done, failed=failed)


def _due(at: datetime) -> QuerySet[Case]:
    not_set_aside = Q(timer_retry_after__isnull=True) | Q(timer_retry_after__lte=at)
    return Case.objects.filter(not_set_aside, next_timer_at__lte=at).order_by("next_timer_at", "pk")


def _run(case_id: int, *, at: datetime) -> None:
    case = Case.objects.select_related("tenant", "requester", "owner", "category").get(pk=case_id)
    change = Change(case=case, by=SYSTEM, at=at)
    ACTS[Timer(case.next_timer)](change)
    change.finish()


def _remind_waiting(change: Change) -> None:
    asked = (
        change.case.interactions.filter(public=True, by_kind=SpokenBy.PERSON)
        .order_by("-at", "-pk")
        .values_list("body", flat=True)
        .first()
    )
    delivery = mail_requester(
        change.case, template="waiting_reminder", automated=True, at=change.at, context={"asked": asked or ""}
    )
    change.say(
        InteractionKind.AUTOMATION,
        "Reminder: we wait for your answer.",
        public=True,
        by_kind=SpokenBy.AUTOMATION,
        delivery=delivery,
    )
    change.case.timer_step += 1


def _give_up_waiting(change: Change) -> None:
    days = change.case.tenant.no_answer_days
    if days is None:  # switched off since the timer was set
        change.reset_timer()
        return
    lifecycle.resolve_unanswered(change, days=days)


def _remind_closing(change: Change) -> None:
    tenant = change.case.tenant
    closes_at = timer_schedule.days_after(change.at, tenant.auto_close_reminder_days, tenant.time_zone)
    delivery = mail_requester(
        change.case, template="close_reminder", automated=True, at=change.at, context={"closes_at": closes_at}
    )
    change.say(
        InteractionKind.AUTOMATION,
        f"Reminder: the case closes by itself on {closes_at:%Y-%m-%d}.",
        public=True,
        by_kind=SpokenBy.AUTOMATION,
        delivery=delivery,
    )
    change.case.timer_step += 1


def _wake(change: Change) -> None:
    change.wake("its time has come")
    change.reset_timer()


def _close(change: Change) -> None:
    lifecycle.close_unanswered(change, days=change.case.tenant.auto_close_days)


ACTS = {
    Timer.WAITING_REMINDER: _remind_waiting,
    Timer.NO_ANSWER: _give_up_waiting,
    Timer.CLOSE_REMINDER: _remind_closing,
    Timer.AUTO_CLOSE: _close,
    Timer.WAKE: _wake,
}
