"""Beat's rounds while the machine's clock goes wrong."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import Celery

from config.beat import SteadyScheduler

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Written(SteadyScheduler):
    """Writes down what it would send."""

    def apply_entry(self, entry, producer=None):
        self.sent.append(entry.name)


@pytest.fixture
def scheduler(tmp_path):
    app = Celery("tests", broker="memory://", set_as_current=False)
    app.conf.update(
        timezone="UTC",
        beat_schedule={
            "sweep": {"task": "sweep", "schedule": 1.0},
            "nightly": {"task": "nightly", "schedule": 3600.0},
        },
    )
    scheduler = Written(app=app, schedule_filename=str(tmp_path / "beat"))
    scheduler.sent = []
    yield scheduler
    scheduler.close()


def ticked(scheduler, clock, *, seconds):
    """What is sent within so many seconds of the machine's clock."""
    scheduler.sent = []
    for _ in range(seconds * 10):
        clock.shift(timedelta(seconds=0.1))
        while scheduler.tick() == 0:
            pass
    return scheduler.sent.count("sweep")


def test_rounds_go_on_when_the_clock_is_set_back(scheduler):
    with time_machine.travel(NOON, tick=False) as clock:
        assert ticked(scheduler, clock, seconds=5) >= 4
        clock.move_to(NOON - timedelta(minutes=10))
        assert ticked(scheduler, clock, seconds=5) >= 4


def test_nothing_is_sent_twice_for_it(scheduler):
    with time_machine.travel(NOON, tick=False) as clock:
        ticked(scheduler, clock, seconds=2)
        clock.move_to(NOON - timedelta(minutes=10))
        ticked(scheduler, clock, seconds=2)
        assert "nightly" not in scheduler.sent


def test_a_schedule_kept_from_the_future_runs(scheduler):
    with time_machine.travel(NOON, tick=False) as clock:
        for entry in scheduler.schedule.values():
            entry.last_run_at = NOON + timedelta(days=1)
        assert ticked(scheduler, clock, seconds=3) >= 2
