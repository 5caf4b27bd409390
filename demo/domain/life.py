"""The desk lives through the time between two moments by its own doors, as if it had been there.

Acts are played in order; before each, everything that falls due by itself (clocks, timers, pages, weekly drafts) is
done at the moment it falls due, so that history is dated as it would have been. One transaction a day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction
from django.db.models import Min

from cadence.domain import weekly
from cadence.models import WeeklyUpdate
from cases.domain import timers
from cases.models import Case
from demo.domain.acting import play
from demo.domain.storytelling import arrivals, tell
from demo.models import Act
from incidents.domain import paging
from incidents.models import Page
from outbox.domain.relay import deliver, relay_round
from sla.domain.sweep import sweep
from sla.models import Clock
from tenants.domain.actors import actor_of_user
from tenants.models import Requester, User

NOTICED_AFTER = timedelta(seconds=1)
ANSWERS_PAGE_AFTER = timedelta(minutes=3)
DAY = timedelta(days=1)


def live(*, start: datetime, end: datetime, cases: int, seed: int, told: Callable[[datetime], None]) -> None:
    """Let `cases` new stories begin between the two moments and play whatever falls into them.

    `told` hears of each day that is over.
    """
    chance = Random(seed)  # noqa: S311  a story, not a secret
    requesters = list(Requester.objects.order_by("pk"))
    beginnings = arrivals(start=start, end=end, count=cases, chance=chance)
    day = start
    while day < end:
        until = min(day + DAY, end)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local synchronous_commit = off")
            for beginning in (one for one in beginnings if day <= one < until):
                tell(at=beginning, requesters=requesters, chance=chance)
            _play_until(until)
        told(until)
        day = until


def _play_until(end: datetime) -> None:
    while (act := Act.objects.filter(done_at__isnull=True, at__lt=end).order_by("at", "pk").first()) is not None:
        _pass_time(to=act.at)
        play(act, at=act.at)
        _settle(act.at)
    _pass_time(to=end)


def _pass_time(*, to: datetime) -> None:
    """Everything that happens by itself up to `to`, each at its own moment."""
    while (due := _next_due()) is not None and due + NOTICED_AFTER <= to:
        _tick(due + NOTICED_AFTER)
    _write_weeklies(to)


def _next_due() -> datetime | None:
    moments = [
        Clock.objects.aggregate(at=Min("next_at"))["at"],
        Case.objects.aggregate(at=Min("next_timer_at"))["at"],
        Page.objects.filter(status="sent").aggregate(at=Min("sent_at"))["at"],
    ]
    if moments[2] is not None:
        moments[2] += ANSWERS_PAGE_AFTER
    return min((moment for moment in moments if moment is not None), default=None)


def _tick(at: datetime) -> None:
    sweep(at=at, budget_ms=None)
    timers.run_due(at=at)
    for page in Page.objects.filter(status="sent", sent_at__lte=at - ANSWERS_PAGE_AFTER).select_related("user"):
        paging.acknowledge(page_id=page.pk, by=actor_of_user(page.user, at=at), at=at)
    _settle(at)


def _settle(at: datetime) -> None:
    relay_round(at=at)
    deliver(at=at)


def _write_weeklies(at: datetime) -> None:
    """Drafts at the hour they are due; the PO sends each four hours before its deadline, save one now and then."""
    if at.weekday() not in (3, 4):
        return
    weekly.draft_due(at=at)
    po = actor_of_user(User.objects.get(username="po"), at=at)
    for update in WeeklyUpdate.objects.filter(status="draft").select_related("clock"):
        due_at = update.clock.due_at
        if due_at is not None and at >= due_at - timedelta(hours=4) and update.pk % 17:
            weekly.send(update_id=update.pk, by=po, at=at)
    _settle(at)
