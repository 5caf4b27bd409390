"""Fill an empty desk with ninety days of life, or let a demo that slept live up to now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from cadence.models import WorkItem
from config.db import unit_of_work
from config.errors import Refused
from demo.domain import opening, people, readings, rules, shifts
from demo.domain.acting import play
from demo.domain.cast import cast
from demo.domain.life import live
from demo.domain.players import Players
from demo.domain.plots import WORK
from demo.models import Act
from tenants.domain.actors import SYSTEM
from tenants.models import Tenant, User

DAYS, CASES = 90, 300
SLEPT = timedelta(hours=1)  # a shorter pause changes nothing


def seed(*, at: datetime, days: int = DAYS, cases: int = CASES, told: Callable[[datetime], None]) -> str:
    """What was done, in words. An interrupted run goes on where it stopped; a second one adds nothing."""
    if not User.objects.filter(is_demo=True).exists():
        if Tenant.objects.exists() or User.objects.exists():
            raise Refused("This desk has people or tenants already; demo data goes only into an empty one.")
        start = at - timedelta(days=days)
        with unit_of_work(SYSTEM.label):
            cast(now=at, days=days)
            rules.keep_all(at=start)
            _work(at)
            opening.past_incidents(start=start, end=at)
            opening.standing(now=at)
        live(start=start, end=at, cases=cases, seed=1, told=told)
        readings.history(start=start, at=at)
        people.take_part(now=at)
        people.read_what_is_old(now=at)
        opening.first_minutes(now=at)
        shifts.on_shift(now=at)
        return f"{cases} cases over {days} days"
    last = Act.objects.filter(done_at__isnull=False).order_by("-at").values_list("at", flat=True).first() or at
    if at - last < SLEPT:
        return "nothing to add"
    start = max(last, at - timedelta(days=days))
    opening.standing(now=at)
    count = round((at - start) / timedelta(days=1) * cases / days)
    live(start=start, end=at, cases=count, seed=int(at.timestamp()), told=told)
    readings.go_on(since=start, at=at)
    people.take_part(now=at)
    opening.first_minutes(now=at)
    shifts.on_shift(now=at)
    return f"{count} cases since {start:%Y-%m-%d %H:%M} UTC"


def perform_due(*, at: datetime) -> int:
    """While the desk runs only clients and their services act by themselves; our people are whoever is signed in.

    Returns how many clients did.
    """
    readings.go_on(since=at - readings.QUARTER, at=at)
    due = list(Act.objects.filter(done_at__isnull=True, at__lte=at, by="").order_by("at", "pk")[:20])
    players = Players()
    for act in due:
        play(act, at=max(act.at, at) if act.name != "open" else act.at, players=players)
    return len(due)


def _work(at: datetime) -> None:
    for tenant in Tenant.objects.order_by("pk"):
        for place, (title, state) in enumerate(WORK):
            WorkItem.objects.create(
                tenant=tenant,
                title=title,
                state=state,
                blocked_by="your answer" if state == "blocked" else "",
                shipped_on=(at - timedelta(days=2 + place)).date() if state == "shipped" else None,
            )
