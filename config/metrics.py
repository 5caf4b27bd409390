"""The desk's figures for Prometheus: the web processes' own, the rounds' heartbeats, and what waits just now."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from config.models import Heartbeat
from config.questions import Question

waiting = Question("config.metrics.waiting")
"""`waiting.ask(at=) -> list[list[Waiting]]`: what is due now, room by room. Asked at each scrape: index reads."""

CAP = 100_000  # rows counted; a figure that stands there means "at least"


@dataclass(frozen=True, slots=True)
class Waiting:
    """`what` is due: `number` rows of it, the first for `oldest_seconds`."""

    what: str
    number: int
    oldest_seconds: float


class Desk:
    """What stands in the database; without it, that it is away."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("desk_database_up", "1 while the database answers")
        families: list[Metric] = [up]
        try:
            families += [*rounds(), *due()]
        except DatabaseError:
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
        yield from families


def rounds() -> Iterator[Metric]:
    """From the heartbeat rows: one cheap query."""
    age = GaugeMetricFamily("desk_heartbeat_age_seconds", "Since this part was last heard", labels=["part"])
    ever = CounterMetricFamily("desk_rounds", "Rounds (ticks) of this part, ever", labels=["part"])
    figures = GaugeMetricFamily("desk_heartbeat_figure", "A figure of its last round", labels=["part", "figure"])
    at = timezone.now()
    for beat in Heartbeat.objects.all():
        age.add_metric([beat.name], (at - beat.at).total_seconds())
        ever.add_metric([beat.name], beat.counters.get("rounds", 0))
        for name, value in beat.counters.items():
            if name != "rounds":
                figures.add_metric([beat.name, name], value)
    yield from (age, ever, figures)


def due() -> Iterator[Metric]:
    number = GaugeMetricFamily("desk_due", f"Rows that are due, counted up to {CAP}", labels=["what"])
    oldest = GaugeMetricFamily("desk_due_oldest_seconds", "How long the first of them has waited", labels=["what"])
    for answer in waiting.ask(at=timezone.now()):
        for one in answer:
            number.add_metric([one.what], one.number)
            oldest.add_metric([one.what], one.oldest_seconds)
    yield from (number, oldest)


def metrics(request: HttpRequest) -> HttpResponse:
    registry: Any = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # several web processes count in files, this one adds them up
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    ours = CollectorRegistry()
    ours.register(Desk())
    return HttpResponse(generate_latest(registry) + generate_latest(ours), content_type=CONTENT_TYPE_LATEST)
