"""The first three minutes of a desk that was just started: something happens while one watches.

A warning, a breach with its page, a client's answer. And what stands open: an incident, fresh readings of the services.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.domain import drafts
from cases.enums import Status
from cases.models import Case
from demo.domain.plots import PLOTS, Plot
from demo.models import Act, Story
from tenants.domain.actors import actor_of_user
from tenants.models import Requester, Tenant, User

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def past_incidents(*, start: datetime, end: datetime) -> None:
    """Incidents that came and went, one every three weeks."""
    at = start + timedelta(days=9, hours=3)
    resources = ["auth", "ingest-us-1", "app", "reports-eu-1"]
    titles = ["Sign-in is slow", "Ingestion us-1 lags", "The web app returned errors", "Reports were late"]
    place = 0
    while at < end - timedelta(days=3):
        severity = ["sev2", "sev3"][place % 2]
        _incident(at, titles[place % 4], severity=severity, resource=resources[place % 4], over=True)
        at += timedelta(days=21, hours=5)
        place += 1


def standing(*, now: datetime) -> None:
    """What is going on when the visitor comes in: an incident on ingestion, red readings there, good ones elsewhere.

    Still to come from an interrupted run: nothing is added.
    """
    if Act.objects.filter(name="declare", done_at__isnull=True, at__gt=now - DAY).exists():
        return
    _incident(now - 55 * MINUTE, "Ingestion in eu-1 is throttled", severity="sev2", resource="ingest-eu-1", over=False)
    for tenant in Tenant.objects.all():
        story = Story.objects.create(name="readings", tenant=tenant)
        for hours in (20, 8, 2):
            Act.objects.create(
                story=story, at=now - timedelta(hours=hours), name="measure", words=_readings(tenant, hours)
            )
        Act.objects.create(story=story, at=now - 50 * MINUTE, name="measure", words=_readings(tenant, 0))


def first_minutes(*, now: datetime) -> None:
    """Two P1 cases whose first word is nearly due, and an answer from a client who was waited for."""
    ingestion = next(plot for plot in PLOTS if plot.name == "ingestion")
    _opened_at(
        now - 44 * MINUTE - 15 * SECOND, ingestion, tenant="globex", subject="Batches to us-1 are slow since noon"
    )
    _opened_at(now - 58 * MINUTE - 30 * SECOND, ingestion, tenant="umbrella", subject="Uploads time out for half of us")
    waiting = Case.objects.filter(status=Status.WAITING).order_by("-waiting_since").first()
    if waiting is not None:
        story, _ = Story.objects.get_or_create(case=waiting, defaults={"name": "answer", "tenant": waiting.tenant})
        answer = "Here is what you asked for: the log bundle of batch 7fa2 and the time it began."
        Act.objects.create(story=story, at=now + 50 * SECOND, name="hear", words={"body": answer})
    _begun_to_write(now=now)


def _begun_to_write(*, now: datetime) -> None:
    """A reply that L1 has left half written stands in the box."""
    mira = User.objects.get(username="l1")
    case = Case.objects.filter(owner=mira, status=Status.IN_PROGRESS).order_by("-pk").first()
    if case is not None:
        words = "Thank you for the log bundle. I have compared it with ours, and"
        drafts.keep(case_id=case.pk, tab="reply", body=words, by=actor_of_user(mira, at=now), at=now)


def _opened_at(at: datetime, plot: Plot, *, tenant: str, subject: str) -> None:
    requester = Requester.objects.filter(tenant__slug=tenant).order_by("pk")[1]
    story = Story.objects.create(name="first minutes", tenant_id=requester.tenant_id)
    words = {
        "requester": requester.pk,
        "subject": subject,
        "description": plot.description,
        "category": plot.category,
        "channel": "panel",
        "error_ids": list(plot.error_ids),
        "impact": plot.impact,
        "tags": list(plot.tags),
        "resource": plot.resource,
    }
    Act.objects.create(story=story, at=at, name="open", words=words)


def _incident(at: datetime, title: str, *, severity: str, resource: str, over: bool) -> None:
    tenant = Tenant.objects.order_by("pk")[0]
    story = Story.objects.create(name=title, tenant=tenant)

    def act(minutes: float, name: str, **words: str) -> None:
        Act.objects.create(story=story, at=at + minutes * MINUTE, name=name, by="po", words=words)

    act(0, "declare", title=title, severity=severity, resource=resource)
    act(6, "word", seeing=title.lower(), doing="our best to find the cause", next_word_text="what we found")
    act(
        31,
        "word",
        seeing="queues that are longer than usual, and shrinking",
        doing="a watch on the limits that we raised",
        next_word_text="whether it is over",
    )
    if over:
        act(44, "identify", cause="A limit that was too low for the month's end")
        act(58, "end", root_cause="A limit too low for the month's end", closing_word="It is over: all data is loaded.")


def _readings(tenant: Tenant, hours_ago: int) -> dict[str, object]:
    from_eu = tenant.region != "us-east"
    red = from_eu and hours_ago == 0
    key = "ingest-eu-1" if from_eu else "ingest-us-1"
    return {
        "snapshots": [
            {
                "kind": "sli",
                "name": "ingest success",
                "resource": key,
                "value": 97.1 if red else 99.95,
                "threshold": 99.5,
                "status": "red" if red else "green",
            },
            {
                "kind": "sli",
                "name": "sign-in success",
                "resource": "auth",
                "value": 99.99,
                "threshold": 99.9,
                "status": "green",
            },
            {
                "kind": "usage",
                "name": "ingest GB per day",
                "resource": None,
                "value": 180 - 3 * hours_ago,
                "threshold": 200,
                "status": "amber" if hours_ago < 5 else "green",
            },
        ]
    }
