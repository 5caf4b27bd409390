import re
import socket
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from config.health import OLDEST_UNTOLD, Check, run_checks
from config.heartbeat import beat
from config.models import Heartbeat
from outbox.models import Consumption
from tests.factories.outbox import EventFactory

pytestmark = pytest.mark.django_db
WELL = Check(True, "answers")


def all_alive(at):
    for name in ("worker", "sweep", "outbox"):
        beat(name=name, at=at)


def test_live_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_ready_says_so(client, django_assert_num_queries):
    all_alive(timezone.now())
    with django_assert_num_queries(1):  # and one of a connection of its own
        answer = client.get("/healthz/ready", headers={"Host": "10.0.0.7"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert list(answer.json()["checks"]) == ["database", "broker", "worker", "tick", "outbox"]


def test_ready_names_what_has_never_been_heard(client):
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["tick"] == {"ok": False, "detail": "has never been heard"}


def test_silence_and_waiting_show():
    at = timezone.now()
    all_alive(at - timedelta(seconds=3))
    beat(name="sweep", at=at - timedelta(seconds=61))
    beat(name="outbox", at=at, oldest_seconds=OLDEST_UNTOLD + 1)
    assert run_checks(at=at) == {
        "database": WELL,
        "broker": WELL,
        "worker": Check(True, "heard 3 s ago"),
        "tick": Check(False, "silent for 61 s"),
        "outbox": Check(False, "the oldest waits 301 s"),
    }


def test_a_broker_that_does_not_answer_shows(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert run_checks(at=timezone.now())["broker"].ok is False


@pytest.fixture
def silent_server(tmp_path):
    """A server that takes calls and never says a word, as one that has been stopped."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / ".s.PGSQL.5432"))
        listening.listen()
        yield str(tmp_path)


def test_a_database_that_never_answers_shows_soon(silent_server, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", silent_server)
    monkeypatch.setitem(connection.settings_dict, "PORT", "5432")
    began = time.monotonic()
    checks = run_checks(at=timezone.now())
    assert time.monotonic() - began < 5
    assert (checks["database"].ok, checks["database"].detail) == (False, "connection timeout expired")
    assert checks["tick"] == Check(False, "unknown without the database")


def test_a_beat_replaces_the_one_before(django_assert_num_queries):
    at = timezone.now()
    beat(name="sweep", at=at - timedelta(seconds=1), breached=4)
    with django_assert_num_queries(1):
        beat(name="sweep", at=at, breached=2)
    assert list(Heartbeat.objects.values_list("name", "at", "counters")) == [
        ("sweep", at, {"breached": 2, "rounds": 2})
    ]


def test_metrics_show_heartbeats(client):
    beat(name="sweep", at=timezone.now(), breached=2)
    page = client.get("/metrics").content.decode()
    assert 'desk_heartbeat_figure{figure="breached",part="sweep"} 2.0' in page
    assert 'desk_heartbeat_age_seconds{part="sweep"}' in page
    assert 'desk_rounds_total{part="sweep"} 1.0' in page


def test_metrics_show_what_is_due(client):
    at = timezone.now()
    for minutes in (2, 5, -5):
        Consumption.objects.create(
            event=EventFactory(name="desk.metrics-tested"),
            consumer="desk.nobody",
            next_attempt_at=at - timedelta(minutes=minutes),
        )
    page = client.get("/metrics").content.decode()
    assert 'desk_due{what="consumption"} 2.0' in page
    assert 'desk_due{what="clock"} 0.0' in page
    assert 'desk_due{what="delivery"} 0.0' in page
    waited = re.search(r'desk_due_oldest_seconds{what="consumption"} (\S+)', page)
    assert 300 <= float(waited[1]) < 330


def test_metrics_without_the_database_are_the_web_servers_own(client):
    def away(_execute, _sql, *_rest):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(away):
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "desk_database_up 0.0" in answer.content.decode()
    assert "desk_database_up 1.0" in client.get("/metrics").content.decode()
