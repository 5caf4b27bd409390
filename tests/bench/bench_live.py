"""Thirty agents with thirty views each, every one with a page open: what the desk spends on keeping them live.

Counted is the processor time of the web server, of PostgreSQL and of Valkey, but for the connection of this process,
which makes the changes. Half of the agents have a list before them, half a case. Worker and beat do not run: what they
do about a change they do whether anybody looks or not.
"""

import os
import threading
import time

import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.domain import talking
from cases.models import OPEN, Case, SavedView
from tenants.domain.actors import actor_of_requester
from tests.bench import cpu
from tests.bench.browsers import Browser, Browsers
from tests.bench.desk import desk
from tests.bench.figures import Figure, report, size
from tests.factories.tenants import UserFactory

NAME = "bench"
AGENTS, VIEWS = 30, 30
MINUTES = 2
BETWEEN_CHANGES = 2.0  # seconds: 1,800 an hour, ten times what thirty agents do
LINES = ("priority:P1", "level:L2", "waiting:3d", "owner:none", "status:triage", "queue:breached")


def main() -> None:
    os.environ["PGAPPNAME"] = NAME  # before the first connection
    cases = list(Case.objects.filter(OPEN).select_related("requester").order_by("-pk")[:200])
    sessions = [signed_in(number) for number in range(AGENTS)]
    with desk(only=["web"]) as port:
        browsers = Browsers(port, [page(number, session, cases) for number, session in enumerate(sessions)])
        browsers.open_all()
        measure(browsers, cases)


def measure(browsers: Browsers, cases: list[Case]) -> None:
    before, begun = processor(), time.monotonic()
    over = threading.Event()
    changes = threading.Thread(target=change, args=(cases, over))
    changes.start()
    browsers.run(MINUTES * 60)
    used = processor() - before
    over.set()
    changes.join()
    took = time.monotonic() - begun
    note = ", ".join(f"{number} {what}" for what, number in sorted(browsers.asked.items()) if what != "opened")
    report(
        Figure(
            line=f"{AGENTS} agents with {VIEWS} views: live updates and counts",
            unit="% of a core",
            median=100 * used / took,
            bar=15,
            size=size(),
            note=f"web, PostgreSQL and Valkey over {took:.0f} s with a change every {BETWEEN_CHANGES:g} s; {note}",
        )
    )


def signed_in(number: int) -> str:
    """A session of an agent who has their views."""
    agent = UserFactory(role="l1", username=f"agent-{time.time_ns()}-{number}")
    now = timezone.now()
    SavedView.objects.bulk_create(
        SavedView(owner=agent, name=f"View {place}", line=LINES[place % len(LINES)], changed_at=now, position=place)
        for place in range(VIEWS)
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(agent)
    return client.session.session_key or ""


def page(number: int, session: str, cases: list[Case]) -> Browser:
    if number % 2:
        case = cases[number]
        return Browser(session, reverse("desk:case", args=[case.pk]), case=case.pk)
    return Browser(session, reverse("desk:queue", args=["waiting-on-us"]))


def change(cases: list[Case], over: threading.Event) -> None:
    """Clients write, on one case after the other."""
    connection.close()
    number = 0
    while not over.wait(BETWEEN_CHANGES):
        case = cases[number % len(cases)]
        talking.add_interaction(
            case_id=case.pk, kind="message", public=True, body=f"Still there? {number}", at=timezone.now(),
            by=actor_of_requester(case.requester),
        )  # fmt: skip
        number += 1
    connection.close()


def processor() -> float:
    """Seconds so far of all who serve, without the connections of this process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid, pg_backend_pid() FROM pg_stat_activity WHERE application_name = %s", [NAME])
        rows = cursor.fetchall()
    ours = {pid for pid, _ in rows}
    database = cpu.descendants(cpu.parent(rows[0][1])) - ours
    memory = {redis.Redis.from_url(settings.REDIS_URL).info("server")["process_id"]}
    web = cpu.descendants(os.getpid()) - {os.getpid()}
    return cpu.seconds(database | memory | web)
