"""Who publishes what and who hears it, held against docs/events.md: a change of wiring shows in review."""

import re
from pathlib import Path

from celery import current_app
from django.conf import settings

from outbox.domain.channels import channel_named
from outbox.domain.consuming import who_hears_what

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["tenants", "sla", "incidents", "cases", "reporting", "cadence"]
PAST = re.compile(rf'"((?:{"|".join(ROOMS)})\.[a-z]+(?:-[a-z]+)*-(?:[a-z]*(?:ed|en)|sent|(?:un)?split|unanswerable))"')


def documented():
    rows = re.findall(r"^\| `([a-z.-]+)` \|.*\|.*\|(.*)\|$", (ROOT / "docs" / "events.md").read_text(), re.MULTILINE)
    return {name: re.findall(r"`([\w.]+)`", heard_by) for name, heard_by in rows}


def test_the_docs_say_who_hears_what():
    heard = {name: consumers for name, consumers in documented().items() if consumers}
    assert heard == who_hears_what()


def test_the_docs_say_what_is_published():
    published = {
        name
        for room in ROOMS
        for file in (ROOT / room / "domain").rglob("*.py")
        for name in PAST.findall(file.read_text())
    }
    assert published == set(documented())


def test_mail_is_a_channel():
    assert channel_named("mail") is not None


def test_the_rounds_run_every_few_seconds_and_expire_before_the_next():
    current_app.loader.import_default_modules()
    for name, seconds in (("outbox.relay", 5.0), ("outbox.deliver", 10.0)):
        entry = settings.CELERY_BEAT_SCHEDULE[name]
        assert (entry["task"], entry["schedule"]) == (name, seconds)
        assert entry["options"]["expires"] < entry["schedule"]
        assert settings.CELERY_TASK_ROUTES[name] == {"queue": "outbox"}
        assert name in current_app.tasks
