"""Promises end while the real worker and beat run: how long until the alert is there for everybody to see.

The end is the commit of the row, by the database's own clock.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from cases.models import Escalation
from sla.models import Alert, AlertRecipient
from tests.bench import promises
from tests.bench.desk import desk
from tests.bench.figures import Figure, quantile, report

A_SECOND, SECONDS = 10, 60  # deadlines in daily running
AT_ONCE = 10_000
NOTICE = timedelta(seconds=15)  # to write them down before they end
PATIENCE = 240.0  # seconds until we say what is there
SINCE_THE_DEADLINE = """
    SELECT extract(epoch FROM pg_xact_commit_timestamp(alert.xmin) - alert.raised_at)::float8
    FROM sla_alert AS alert WHERE kind = 'breach' AND raised_at >= %s
"""
LAST_ESCALATION = "SELECT max(pg_xact_commit_timestamp(xmin)) FROM cases_escalation"
LAST_TOLD = "SELECT max(pg_xact_commit_timestamp(xmin)) FROM sla_alertrecipient WHERE told_at IS NOT NULL"


def main() -> None:
    with desk():
        daily()
        at_once()


def daily() -> None:
    first = timezone.now() + NOTICE
    count = A_SECOND * SECONDS
    promises.owed(due_at=[first + timedelta(seconds=place / A_SECOND) for place in range(count)])
    wait_for(lambda: Alert.objects.filter(kind="breach").count() >= count)
    wait_for(lambda: Escalation.objects.count() >= count)
    lags = since_the_deadline(first)
    report(
        Figure(
            line="daily running: from deadline to alert",
            unit="s",
            median=quantile(lags, 0.5),
            p95=quantile(lags, 0.99),
            worst=max(lags),
            repeats=len(lags),
            bar=2,
            bar_on="p95",
            note=f"real worker and beat, {A_SECOND} deadlines a second; under p95 stands the p99",
        )
    )


def at_once() -> None:
    """All at the same moment, which is harder than all in one minute."""
    known = Alert.objects.count(), Escalation.objects.count()
    moment = timezone.now() + NOTICE
    promises.owed(due_at=[moment] * AT_ONCE)
    wait_for(lambda: Alert.objects.count() >= known[0] + AT_ONCE)
    say("alerted", max(since_the_deadline(moment)), bar=10, note=counted(Alert.objects.count() - known[0]))
    wait_for(lambda: Escalation.objects.count() >= known[1] + AT_ONCE)
    escalated = one(LAST_ESCALATION)
    say(
        "escalated",
        (escalated - moment).total_seconds(),
        bar=60,
        note=counted(Escalation.objects.count() - known[1]),
    )
    wait_for(lambda: not AlertRecipient.objects.filter(told_at=None, tell_at__isnull=False).exists())
    untold = AlertRecipient.objects.filter(told_at=None, tell_at__isnull=False).count()
    told = one(LAST_TOLD)
    note = f"since the last escalation; {untold} untold"
    say("told", max((told - escalated).total_seconds(), 0), bar=60, note=note)


def say(what: str, seconds: float, *, bar: float, note: str) -> None:
    report(
        Figure(
            line=f"{AT_ONCE:,} deadlines at one moment, worker on: {what}", unit="s", median=seconds, bar=bar, note=note
        )
    )


def counted(found: int) -> str:
    return f"{found:,}, {abs(AT_ONCE - found)} {'twice' if found > AT_ONCE else 'lost'}"


def since_the_deadline(first: datetime) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(SINCE_THE_DEADLINE, [first])
        return [row[0] for row in cursor.fetchall()]


def one(statement: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def wait_for(there: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not there() and time.monotonic() < ends:
        time.sleep(0.5)
