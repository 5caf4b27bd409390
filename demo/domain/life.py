"""The desk lives through the time between two moments by its own doors, as if it had been there.

Acts are played in order; before each, everything that falls due by itself (clocks, timers, pages, weekly drafts) is
done at the moment it falls due, so that history is dated as it would have been. One transaction a day.

What filling a desk costs is statements, by the hundred thousand: what is seldom due is seldom asked for, and what an
act makes known is heard together with that of the acts after it where nobody could see the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from django.db import connection

from cadence.domain import weekly
from cadence.models import WeeklyUpdate
from cases.domain import timers
from cases.domain.automation import scanning
from config.db import unit_of_work
from demo.domain import leading
from demo.domain.acting import perform
from demo.domain.players import Players
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
from sla.models import Alert, CauseCode
from tenants.domain.actors import SYSTEM, Actor
from tenants.models import Requester

Look = Callable[[datetime, Players], None]

NOTICED_AFTER = timedelta(seconds=1)
ANSWERS_PAGE_AFTER = timedelta(minutes=3)
ANSWERS_ALERT_AFTER = timedelta(hours=5)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LASTS = timedelta(minutes=50)

# What rules, the rota or a page must hear of before anything else happens. All else reaches its people within the hour.
HEARD_AT_ONCE = frozenset({"open", "escalate", "reject", "reopen", "declare", "word", "identify", "end"})

FIRST_DUE = """
    SELECT least(
        (SELECT min(next_at) FROM sla_clock),
        (SELECT min(next_timer_at) FROM cases_case),
        (SELECT min(sent_at) FROM incidents_page WHERE status = 'sent') + %s)
"""


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
        with unit_of_work(SYSTEM.label):
            with connection.cursor() as cursor:
                cursor.execute("set local synchronous_commit = off")
            for beginning in (one for one in beginnings if day <= one < until):
                begin(at=beginning, requesters=requesters, chance=chance)
            time.play_until(until)
            sequence()
        told(until)
        day = until


class _Time:
    """Passes from act to act. What is looked after by the hour is, at the end of each in which somebody acted."""

    def __init__(self) -> None:
        self.players = Players()
        self.hour_ends: datetime | None = None
        self.looked_at: dict[Look, datetime] = {}

    def play_until(self, end: datetime) -> None:
        due = Act.objects.filter(done_at__isnull=True, at__lt=end).order_by("at", "pk")
        acts = list(due.prefetch_related("story"))  # one story for all its acts: what the first writes, the next read
        for act in acts:
            self.pass_to(act.at)
            perform(act, at=act.at, players=self.players)
            if act.name in HEARD_AT_ONCE:
                relay(at=act.at)
        Act.objects.bulk_update(acts, ["done_at", "refusal"])
        self.pass_to(end)
        self.look_round(end)

    def pass_to(self, moment: datetime) -> None:
        """Everything that happens by itself up to `moment`, each at its own."""
        if self.hour_ends is not None and self.hour_ends <= moment:
            self._tick_until(self.hour_ends)
            self.look_round(self.hour_ends)
        self._tick_until(moment)
        self.hour_ends = moment.replace(minute=0, second=0, microsecond=0) + HOUR

    def look_round(self, at: datetime) -> None:
        for look, every in LOOKED_AFTER:
            if look not in self.looked_at or at >= self.looked_at[look] + every:
                self.looked_at[look] = at
                look(at, self.players)
        tell(at=at)
        relay(at=at)
        deliver(at=at)

    def _tick_until(self, moment: datetime) -> None:
        while (due := _first_due()) is not None and due + NOTICED_AFTER <= moment:
            _tick(due + NOTICED_AFTER, self.players)


def _first_due() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(FIRST_DUE, [ANSWERS_PAGE_AFTER])
        due: datetime | None = cursor.fetchone()[0]
    return due


def _tick(at: datetime, players: Players) -> None:
    sweep(at=at, budget_ms=None)
    timers.run_due(at=at)
    for page in Page.objects.filter(status="sent", sent_at__lte=at - ANSWERS_PAGE_AFTER).select_related("user"):
        paging.acknowledge(page_id=page.pk, by=players.ours(page.user.username, at=at), at=at)
    for link in IncidentTenant.objects.filter(word_clock__breached_at__isnull=True, word_clock__warned_steps__gt=0):
        _say_more(link.incident_id, by=players.ours("po", at=at), at=at)
    relay(at=at)


def _answer_alerts(at: datetime, players: Players) -> None:
    """The PO clears what is a few hours old, each breach with a cause; the newest are left for the visitor."""
    old = Alert.objects.exclude(status=AlertStatus.RESOLVED).filter(raised_at__lte=at - ANSWERS_ALERT_AFTER)
    if not (waiting := list(old.order_by("pk"))):
        return
    causes = list(CauseCode.objects.order_by("code").values_list("code", flat=True))
    by = players.ours("po", at=at)
    for alert in waiting:
        cause = causes[alert.pk % len(causes)] if alert.kind == AlertKind.BREACH else None
        alerts.resolve(alert_id=alert.pk, reason="Looked into it with the owner", cause_code=cause, by=by, at=at)


def _say_more(incident_id: int, *, by: Actor, at: datetime) -> None:
    """A word before the one that was promised is late; one word serves every tenant of the incident."""
    due = IncidentTenant.objects.filter(incident_id=incident_id, word_clock__warned_steps__gt=0)
    if due.exists():
        communicate.publish_update(
            incident_id=incident_id,
            seeing="the same as before, and nothing else is touched",
            doing="all we can to find the cause",
            next_word_text="where we are then",
            by=by,
            at=at,
        )


def _end_incidents(at: datetime, players: Players) -> None:
    """What the desk itself declared is over after a while; what is on stage for the visitor is left alone."""
    stories = Story.objects.filter(incident__isnull=False).values("incident")
    for incident in Incident.objects.open().filter(declared_at__lte=at - LASTS).exclude(pk__in=stories):
        incident_lifecycle.resolve(
            incident_id=incident.pk,
            root_cause="A limit that was too low for the load",
            closing_word="It is over; everything works again.",
            by=players.ours("po", at=at),
            at=at,
        )


def _write_weeklies(at: datetime, players: Players) -> None:
    """Drafts at the hour they are due; the PO sends each four hours before its deadline, save one now and then."""
    if at.weekday() not in (3, 4):
        return
    weekly.draft_due(at=at)
    for update in WeeklyUpdate.objects.filter(status="draft").select_related("clock"):
        due_at = update.clock.due_at
        if due_at is not None and at >= due_at - timedelta(hours=4) and update.pk % 17:
            weekly.send(update_id=update.pk, by=players.ours("po", at=at), at=at)


def _lead(at: datetime, players: Players) -> None:
    leading.lead(players, at=at)


def _scan(at: datetime, _players: Players) -> None:
    scanning.scan(at=at)


LOOKED_AFTER: tuple[tuple[Look, timedelta], ...] = (  # how often at the most
    (_end_incidents, HOUR),
    (_answer_alerts, HOUR),
    (_write_weeklies, 2 * HOUR),
    (_lead, 6 * HOUR),
    (_scan, 6 * HOUR),
)
