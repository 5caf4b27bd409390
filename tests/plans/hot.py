"""What the desk asks its database all day: each entry is one page, list or round, as the product really does it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.domain import intake, talking, timers
from cases.domain.assignment import giving
from cases.domain.automation import keeping, reacting, scanning
from cases.domain.client.links import link_for
from cases.domain.desk import queue_page, workspace
from cases.domain.desk.filter_keys import KEYS
from cases.domain.desk.filters import parse
from cases.domain.desk.lists import listed
from cases.domain.desk.queues import QUEUES
from cases.domain.desk.views import save_view
from cases.enums import TimedState, ViewOrder
from cases.models import AutomationRule, Case, SavedView
from config.metrics import waiting
from incidents.domain import paging
from incidents.domain.status_page import build
from outbox.domain import feed, lag, retention
from outbox.domain.publish import event_value, publish
from outbox.domain.relay import deliver, relay_round
from reporting.domain.metrics import metrics
from reporting.domain.period import Period
from reporting.domain.week import week_of
from sla.domain import sweep, telling
from tenants.domain.actors import SYSTEM, Actor, actor_of_user
from tenants.domain.forgetting import forget_snapshots
from tenants.models import Requester, Tenant, User
from tests.factories.api import Api
from tests.factories.assignment import rule, worker
from tests.factories.pages import ANEW
from tests.factories.tenants import ClientFactory, GrantFactory, UserFactory

Work = Callable[[], object]
Works = Iterator[tuple[str, Work]]


@dataclass
class World:
    """`lead` reads every tenant, `agent` three of them, `client` what one requester asked."""

    at: datetime
    lead: User
    agent: User
    client: User
    case: Case

    @classmethod
    def over_the_ground(cls) -> "World":
        at = timezone.now()
        agent = UserFactory(role="l1", tenant=Tenant.objects.order_by("pk")[0])
        for tenant in Tenant.objects.order_by("pk")[20:22]:
            GrantFactory(user=agent, role="l1", tenant=tenant)
        middle = Case.objects.order_by("pk").values_list("pk", flat=True)[Case.objects.count() // 2]
        case = Case.objects.select_related("requester").filter(pk__gte=middle, error_ids__len__gt=0).order_by("pk")[0]
        return cls(at, UserFactory(role="lead"), agent, ClientFactory(requester=case.requester), case)

    def actor(self, user: User) -> Actor:
        return actor_of_user(user, at=self.at)

    def page(self, path: str, *, user: User | None = None) -> Work:
        browser = Client(headers=ANEW)
        browser.force_login(user or self.lead)

        def get() -> None:
            answer = browser.get(path)
            assert answer.status_code == 200, (path, answer.status_code)

        return get

    def api(self, path: str, *, user: User | None = None) -> Work:
        api = Api(user or self.lead)

        def get() -> None:
            answer = api.get(path)
            assert answer.status_code == 200, (path, answer.content)

        return get


def queues(world: World) -> Works:
    for name in QUEUES:
        address = reverse("desk:queue", args=[name])
        yield f"queue {name}, all tenants", world.page(address)
        yield f"queue {name}, three tenants", world.page(address, user=world.agent)
        for user, readers in ((world.lead, "all tenants"), (world.agent, "three tenants")):
            for place, cursor in _cursors(world, name):
                yield f"queue {name}, {readers}, {place}", _a_page(world, name, user, cursor)


def _cursors(world: World, name: str) -> Iterator[tuple[str, str]]:
    if name == "all":
        yield "in the middle", str(world.case.pk)
        return
    yield "later", f"{(world.at + timedelta(hours=3)).isoformat()}~{world.case.pk}"
    yield "where nothing is promised", str(world.case.pk)


def _a_page(world: World, name: str, user: User, cursor: str) -> Work:
    actor = world.actor(user)
    return lambda: queue_page.page(listed(name, actor=actor, at=world.at), actor=actor, at=world.at, after=cursor)


def views(world: World) -> Works:
    """Those that are there from the start, and one with each key in each order: opened, counted in the sidebar, and
    walked through from case to case.
    """
    lead, at = world.actor(world.lead), world.at
    place = f"{(at - timedelta(days=1)).isoformat()}~{world.case.pk}"
    lines = [*SavedView.objects.filter(owner=None).values_list("line", flat=True), *_each_key(world)]
    for line in dict.fromkeys(lines):
        for order in ViewOrder:
            done = {"any", "closed", "resolved"} & set(parse(line).given.get("status", ()))
            if (done and order != ViewOrder.NEWEST) or ("queue" in parse(line).given and order != ViewOrder.SOONEST):
                continue  # no view may be so
            view = save_view(name="Looked at", line=line, order=order, shared=True, by=lead, at=at)
            for readers, user in (("all tenants", world.lead), ("three tenants", world.agent)):
                # A reader of three tenants is not shown a view that names another.
                if "tenant" not in parse(line).given or user is world.lead:
                    yield (
                        f"view {line}, {order}, {readers}",
                        world.page(reverse("desk:view", args=[view.pk]), user=user),
                    )
            for way in (False, True):
                yield (
                    f"view {line}, {order}, {'previous' if way else 'next'}",
                    lambda view=view, way=way: queue_page.neighbour(
                        listed(f"view-{view.pk}", actor=lead, at=at), place=place, backwards=way
                    ),
                )
            view.delete()


def _each_key(world: World) -> Iterator[str]:
    said = {
        "tenant": world.case.tenant.slug,
        "owner": world.agent.username,
        "tag": "some-tag",
        "waiting": "3d",
        "category": "how-to",
        "error": "ING-503",
        "incident": "INC-204",
        "opened": "1d",
        "unanswered": "1d",
        "due": "late",
    }
    for key in KEYS.values():
        for value in key.values or (said[key.name],):
            yield f"{key.name}:{value}"
    yield "due:before-18:00"
    yield "owner:me,none"
    yield "priority:P0,P1 level:L2,L3 breached:no"


def pages(world: World) -> Works:
    case = world.case
    yield "case page", world.page(reverse("desk:case", args=[case.pk]))
    yield "whole timeline", world.page(reverse("desk:case", args=[case.pk]) + "?all=1")
    yield "what is new on a case", lambda: workspace.since(case, actor=world.actor(world.lead), at=case.opened_at)
    yield "urgent", world.page(reverse("desk:queue", args=["all"]) + "?priority=P0&priority=P1&open=1")
    yield (
        "one tenant's open cases",
        world.page(reverse("desk:queue", args=["all"]) + f"?tenant={case.tenant.slug}&open=1"),
    )
    yield "reopened", world.page(reverse("desk:queue", args=["all"]) + "?reopened=1&open=1")
    console = reverse("tenants:console", args=[case.tenant.slug])
    yield "tenant console", world.page(console)
    yield "tenant console, 30 days", world.page(f"{console}?span=30d")
    yield "sent", world.page(reverse("outbox:sent"))
    yield "sent, three tenants", world.page(reverse("outbox:sent"), user=world.agent)
    yield "events that led to nothing", world.page(reverse("outbox:unheard"))
    yield "client's page", world.page(link_for(case, at=world.at).split("testserver")[-1])
    yield "status page", lambda: build(at=world.at, zone=timezone.get_default_timezone())
    yield (
        "week of a tenant",
        lambda: week_of(tenant_id=case.tenant_id, start=world.at - timedelta(days=7), end=world.at),
    )


def searches(world: World) -> Works:
    case = world.case
    for kind, words in {
        "reference": case.reference,
        "requester": case.requester.email,
        "error id": case.error_ids[0],
        "word": max(case.subject.split(), key=len),
        "word that nobody wrote": "xylophone",
    }.items():
        for reader, user in (("all tenants", world.lead), ("three tenants", world.agent)):
            yield (
                f"search by {kind}, {reader}",
                world.page(f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': words})}", user=user),
            )
    yield from _of_everything(world)


def narrowed(world: World) -> Works:
    """All cases by a line: what few of them are, or none, must not be looked for among all."""
    word = max(world.case.subject.split(), key=len)
    for line in (
        *(f"queue:{name}" for name in QUEUES if name != "all"),
        *("tag:no-such-tag", "unanswered:1d", "snoozed:yes", "reopened:yes priority:P0"),
        *(f"status:open {word}", f"status:open {word[:-2]}{word[-1]}{word[-2]}", f"priority:P0 {word}"),
    ):
        yield f"all, {line}", world.page(f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': line})}")


def _of_everything(world: World) -> Works:
    case = world.case
    word = max(case.subject.split(), key=len)
    for kind, line in {
        "reference": case.reference,
        "requester": case.requester.email,
        "error id": case.error_ids[0],
        "word": word,
        "word of an incident": "uploads",
        "word with a slip": word[:-2] + word[-1] + word[-2],
        "word that nobody wrote": "xylophone",
        "word of a tenant": f"tenant:{case.tenant.slug} {word}",
        "word of what one owns": f"owner:me {word}",
        "word of what waits": f"status:waiting {word}",
    }.items():
        for reader, user in (("all tenants", world.lead), ("three tenants", world.agent)):
            if "tenant:" in line and user is world.agent:
                continue  # who may not know of it
            for name in ("search", "palette"):
                yield (
                    f"{name} of everything by {kind}, {reader}",
                    world.page(f"{reverse(f'desk:{name}')}?{urlencode({'q': line})}", user=user),
                )


def lists(world: World) -> Works:
    for who, user in (("all tenants", world.lead), ("three tenants", world.agent), ("client", world.client)):
        yield f"API cases, {who}", world.api("/cases/", user=user)
    yield "API cases by due time", world.api("/cases/?ordering=next_due_at")
    yield "API cases by opening", world.api("/cases/?ordering=-opened_at")
    yield "API cases by status", world.api("/cases/?status=new,triage")
    yield "API cases of a tenant", world.api(f"/cases/?tenant={world.case.tenant.slug}")
    yield "API timeline", world.api(f"/cases/{world.case.reference}/interactions/")
    yield "API moves", world.api(f"/cases/{world.case.reference}/transitions/")
    for who, user in (("all tenants", world.lead), ("three tenants", world.agent)):
        yield f"API alerts, {who}", world.api("/alerts/", user=user)
        yield f"API open alerts, {who}", world.api("/alerts/?status=open", user=user)
        yield f"API incidents, {who}", world.api("/incidents/", user=user)
        yield f"API change feed, {who}", world.api("/changes/?limit=100", user=user)
    yield "API readings", world.api(f"/telemetry/?tenant={world.case.tenant.slug}")
    yield "feed of some", lambda: feed.read(after=2000, limit=100, tenant_ids=[world.case.tenant_id], names=["none"])


def rounds(world: World) -> Works:
    at, later = world.at, world.at + timedelta(hours=3)
    yield "idle sweep", lambda: sweep.sweep(at=at - timedelta(days=4000))
    yield "sweep", lambda: sweep.sweep(at=later)
    yield "idle teller", lambda: telling.tell(at=at - timedelta(days=4000))
    yield "teller", lambda: telling.tell(at=at)
    yield "idle outbox", lambda: relay_round(at=at - timedelta(days=4000))
    yield "outbox", lambda: relay_round(at=at)
    yield "deliveries", lambda: deliver(at=at)
    yield "lag of the outbox", lambda: lag.oldest_seconds(at=at)
    yield "what waits", lambda: waiting.ask(at=at)
    yield "retention", lambda: retention.forget_old(at=at - timedelta(days=200))
    yield "old readings", lambda: forget_snapshots(at=at)
    yield "case timers", lambda: timers.run_due(at=at + timedelta(days=1), limit=3)
    worker(capacity=400)
    rule()
    rule(priorities=["P3"], by_language=True, position=1000)
    yield "cases given out", lambda: giving.give_all(at=later, limit=2)
    yield "dry run of assignment", lambda: giving.dry_run(by=world.actor(world.lead), at=later)
    yield "paging", lambda: paging.escalate_unanswered(at=at)


def automation(world: World) -> Works:
    """Rules that wait, in each state; and one that hears."""
    lead, at = world.actor(world.lead), world.at
    for state in TimedState:
        for line in ("", "priority:P0,P1"):
            rule = AutomationRule(name="Looked at", trigger="time", state=state, minutes=60, line=line, active=True)
            rule.note = "Late."
            keeping.keep(rule, by=lead, at=at)
            yield f"rule that waits, {state} {line}", lambda: scanning.scan(at=at)
            yield f"dry run, {state} {line}", lambda rule=rule: list(scanning.reached(rule, by=lead, at=at))
            rule.delete()
    rule = keeping.keep(AutomationRule(name="Hears", trigger="opened", adds_tags=["seen"], active=True), by=lead, at=at)
    payload = {"case_id": world.case.pk, "priority": world.case.priority}
    told = publish(name="cases.case-opened", tenant_id=world.case.tenant_id, payload=payload, at=at)
    yield "rule that hears", lambda: reacting.hear(events=[event_value(told)], at=at)
    rule.delete()


def figures(world: World) -> Works:
    day = world.at.date()
    quarter = Period(day - timedelta(days=91), day, "Europe/Berlin")
    week = Period(day - timedelta(days=6), day, "Europe/Berlin")
    agent = world.actor(world.agent)
    yield "metrics of a week", lambda: metrics(period=week, actor=SYSTEM)
    yield "metrics of a quarter", lambda: metrics(period=quarter, actor=SYSTEM)
    yield "metrics of a quarter, three tenants", lambda: metrics(period=quarter, actor=agent)
    yield "metrics of a quarter, one tenant", lambda: metrics(period=quarter, actor=SYSTEM, tenant=world.case.tenant)
    yield "reports", world.page(reverse("reporting:metrics"))
    yield "the Lead's view", world.page(reverse("desk:triage"))
    yield "the Lead's view, three tenants", world.page(reverse("desk:triage"), user=world.agent)


def doors(world: World) -> Works:
    case, at = world.case, world.at
    asks: dict[str, Any] = {"subject": "Ingestion is late", "description": "Since noon.", "error_ids": case.error_ids}
    yield (
        "a case comes in",
        lambda: intake.open_case(
            tenant_id=case.tenant_id, requester=case.requester_id, category="ingestion", by=SYSTEM, at=at, **asks
        ),
    )
    customer = Requester.objects.get(pk=case.requester_id)
    yield (
        "a client asks again",
        lambda: intake.open_case(
            tenant_id=customer.tenant_id, requester=customer.pk, by=SYSTEM, at=at, subject="Again", description=""
        ),
    )
    yield (
        "somebody says something",
        lambda: talking.add_interaction(
            case_id=case.pk, kind="note", public=False, body="I look.", by=world.actor(world.lead), at=at
        ),
    )


KINDS = (queues, views, pages, searches, narrowed, lists, rounds, automation, figures, doors)
