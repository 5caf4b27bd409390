"""Is the process up (live)? Does the whole desk do its work (ready)?

Readiness asks rows, not the broker's word: who works by itself leaves a heartbeat, and silence shows.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import psycopg
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from config.metrics import metrics
from config.models import Heartbeat

SILENT_AFTER = timedelta(seconds=60)
OLDEST_UNTOLD = 300.0  # seconds an outbox row may wait before the desk is unwell
ANSWERS_WITHIN = 2  # seconds
OF_DJANGO = ("cursor_factory", "context", "prepare_threshold", "pool")  # of its wrapper, not of a connection
WATCHED = {"worker": "worker", "sweep": "tick", "outbox": "outbox"}  # heartbeat -> name of the check


@dataclass(frozen=True)
class Check:
    ok: bool
    detail: str


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "up"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when each part does its work, else 503; `checks` says which part and why."""
    checks = run_checks(at=timezone.now())
    well = all(check.ok for check in checks.values())
    body = {"status": "ready" if well else "unwell", "checks": {name: asdict(one) for name, one in checks.items()}}
    response = JsonResponse(body, status=200 if well else 503)
    response["Cache-Control"] = "no-store"
    return response


def run_checks(*, at: datetime) -> dict[str, Check]:
    checks = {"database": database(), "broker": broker()}
    beats: dict[str, Heartbeat] = {}
    if checks["database"].ok:
        try:
            beats = {beat.name: beat for beat in Heartbeat.objects.filter(name__in=WATCHED)}
        except DatabaseError as failure:
            checks["database"] = Check(False, first_line(failure))
    if not checks["database"].ok:
        return checks | {name: Check(False, "unknown without the database") for name in WATCHED.values()}
    return checks | {name: pulse(beats.get(beat), at=at) for beat, name in WATCHED.items()}


def database() -> Check:
    """By a connection of its own: one from the pool would wait as long as a server that has stopped lets it."""
    known = connection.get_connection_params()
    named = {key: known[key] for key in known if key not in OF_DJANGO}
    try:
        with psycopg.connect(**named, connect_timeout=ANSWERS_WITHIN) as own:
            own.execute("SELECT 1")
    except psycopg.Error as failure:
        return Check(False, first_line(failure))
    return Check(True, "answers")


def broker() -> Check:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=ANSWERS_WITHIN, socket_connect_timeout=ANSWERS_WITHIN
        ) as client:
            client.ping()
    except redis.RedisError as failure:
        return Check(False, first_line(failure))
    return Check(True, "answers")


def pulse(beat: Heartbeat | None, *, at: datetime) -> Check:
    if beat is None:
        return Check(False, "has never been heard")
    silent = at - beat.at
    if silent > SILENT_AFTER:
        return Check(False, f"silent for {silent.total_seconds():.0f} s")
    if beat.counters.get("oldest_seconds", 0) > OLDEST_UNTOLD:
        return Check(False, f"the oldest waits {beat.counters['oldest_seconds']:.0f} s")
    return Check(True, f"heard {max(0.0, silent.total_seconds()):.0f} s ago")


def first_line(failure: Exception) -> str:
    return (str(failure).strip() or type(failure).__name__).splitlines()[0]


ANSWERS = {"/healthz/live": live, "/healthz/ready": ready, "/metrics": metrics}


class HealthMiddleware:
    """Answers before everything else: asked from inside, by an address, without TLS, a session or a line in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return ANSWERS.get(request.path, self.get_response)(request)
