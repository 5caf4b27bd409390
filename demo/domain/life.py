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
from cases.domain.automation import scanning
from cases.models import Case
from demo.domain import leading
from demo.domain.acting import play
from demo.domain.storytelling import arrivals, begin
from demo.models import Act, Story
from incidents.domain import communicate, paging
from incidents.domain import lifecycle as incident_lifecycle
from incidents.models import Incident, IncidentTenant, Page
from outbox.domain.relay import deliver, relay, sequence
from sla.domain import alerts
from sla.domain.sweep import sweep
from sla.domain.telling import tell
from sla.enums import AlertKind, AlertStatus
from sla.models import Alert, CauseCode, Clock
from tenants.domain.actors import Actor, actor_of_user
from tenants.models import Requester, User

NOTICED_AFTER = timedelta(seconds=1)
ANSWERS_PAGE_AFTER = timedelta(minutes=3)
ANSWERS_ALERT_AFTER = timedelta(hours=5)
DAY = timedelta(days=1)
LASTS = timedelta(minutes=50)


def live(*, start: datetime, end: datetime, cases: int, seed: int, told: Callable[[datetime], None]) -> None:
    """Let `cases` new stories begin between the two moments and play whatever falls into them.

    `told` hears of each day that is over.
    """
    chance = Random(seed)  # noqa: S311  a story, not a secret
    requesters = list(Requester.objects.order_by("pk"))
    beginnings = arrivals(start=start, end=end, count=cases, chance=chance)
    time = _Time()
    day = start
    while day < end:
        until = min(day + DAY, end)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local synchronous_commit = off")
            for beginning in (one for one in beginnings if day <= one < until):
                begin(at=beginning, requesters=requesters, chance=chance)
            time.play_until(until)
            sequence()
        told(until)
        day = until


class _Time:
    """Passes from act to act; what is done by the hour is done when an hour has begun."""

    def __init__(self) -> None:
        self.hour: datetime | None = None

    def play_until(self, end: datetime) -> None:
        while (act := Act.objects.filter(done_at__isnull=True, at__lt=end).order_by("at", "pk").first()) is not None:
            self.pass_to(act.at)
            play(act, at=act.at)
            relay(at=act.at)
        self.pass_to(end)
        deliver(at=end)

    def pass_to(self, moment: datetime) -> None:
        """Everything that happens by itself up to `moment`, each at its own."""
        while (due := _next_due()) is not None and due + NOTICED_AFTER <= moment:
            _tick(due + NOTICED_AFTER)
        hour = moment.replace(minute=0, second=0, microsecond=0)
        if hour != self.hour:
            self.hour = hour
            _end_incidents(moment)
            _answer_alerts(moment)
            _write_weeklies(moment)
            leading.lead(at=moment)
            tell(at=moment)
            scanning.scan(at=moment)
            relay(at=moment)
            deliver(at=moment)


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
    for link in IncidentTenant.objects.filter(word_clock__breached_at__isnull=True, word_clock__warned_steps__gt=0):
        _say_more(link.incident_id, at=at)
    relay(at=at)


def _answer_alerts(at: datetime) -> None:
    """The PO clears what is a few hours old, each breach with a cause; the newest are left for the visitor."""
    old = Alert.objects.exclude(status=AlertStatus.RESOLVED).filter(raised_at__lte=at - ANSWERS_ALERT_AFTER)
    causes = list(CauseCode.objects.order_by("code").values_list("code", flat=True))
    for alert in old.order_by("pk"):
        cause = causes[alert.pk % len(causes)] if alert.kind == AlertKind.BREACH else None
        alerts.resolve(alert_id=alert.pk, reason="Looked into it with the owner", cause_code=cause, by=_po(at), at=at)


def _say_more(incident_id: int, *, at: datetime) -> None:
    """A word before the one that was promised is late; one word serves every tenant of the incident."""
    due = IncidentTenant.objects.filter(incident_id=incident_id, word_clock__warned_steps__gt=0)
    if due.exists():
        communicate.publish_update(
            incident_id=incident_id,
            seeing="the same as before, and nothing else is touched",
            doing="all we can to find the cause",
            next_word_text="where we are then",
            by=_po(at),
            at=at,
        )


def _end_incidents(at: datetime) -> None:
    """What the desk itself declared is over after a while; what is on stage for the visitor is left alone."""
    stories = Story.objects.filter(incident__isnull=False).values("incident")
    for incident in Incident.objects.open().filter(declared_at__lte=at - LASTS).exclude(pk__in=stories):
        incident_lifecycle.resolve(
            incident_id=incident.pk,
            root_cause="A limit that was too low for the load",
            closing_word="It is over; everything works again.",
            by=_po(at),
            at=at,
        )


def _write_weeklies(at: datetime) -> None:
    """Drafts at the hour they are due; the PO sends each four hours before its deadline, save one now and then."""
    if at.weekday() not in (3, 4):
        return
    weekly.draft_due(at=at)
    for update in WeeklyUpdate.objects.filter(status="draft").select_related("clock"):
        due_at = update.clock.due_at
        if due_at is not None and at >= due_at - timedelta(hours=4) and update.pk % 17:
            weekly.send(update_id=update.pk, by=_po(at), at=at)


def _po(at: datetime) -> Actor:
    return actor_of_user(User.objects.select_related("requester").get(username="po"), at=at)
