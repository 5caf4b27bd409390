from datetime import timedelta

from celery.schedules import crontab
from django.conf import settings

from config.celery import app


def test_every_task_has_a_queue_and_every_beat_entry_a_task():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == set(settings.CELERY_TASK_ROUTES)
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= ours


def test_what_was_not_begun_before_its_next_turn_is_dropped():
    """A backlog after an outage would else be worked off, one stale tick after the other."""
    late = {
        name
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
        if entry["options"]["expires"] >= period(entry["schedule"])
    }
    assert late == set()


def period(schedule):
    """Seconds between two turns; a shortest guess for a crontab, whose turns are at least an hour apart here."""
    if isinstance(schedule, crontab):
        return 3601.0 if len(schedule.minute) == 1 else 60.0 / len(schedule.minute) * 60
    return schedule.total_seconds() if isinstance(schedule, timedelta) else float(schedule)
