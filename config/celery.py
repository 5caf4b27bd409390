"""Celery's application: `celery -A config.celery worker|beat`."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun, worker_ready

from config.db import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_the_desks_logging(**_signal: Any) -> None:
    """Celery leaves logging alone when somebody listens here: LOGGING in the settings holds for it, too."""


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_signal: Any) -> None:
    headers["request_id"] = request_id.get()


@task_prerun.connect
def take_request_id(task_id: str, task: Any, **_signal: Any) -> None:
    """A task goes on under the id of the request that started it, or, started by beat, under its own."""
    chosen = task.request.get("request_id") or task_id
    request_id.set(chosen)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=chosen, task=task.name)


@worker_ready.connect
def show_life_at_once(**_signal: Any) -> None:
    app.send_task("config.worker_beat")


@task_postrun.connect
def forget_request_id(**_signal: Any) -> None:
    request_id.set("")
    structlog.contextvars.clear_contextvars()
