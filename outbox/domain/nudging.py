"""Waking a worker as soon as there is something for it. Only a courtesy: the worker looks every second anyway."""

import logging
from functools import partial

from django.db import connection
from kombu.exceptions import OperationalError

from config.celery import app

logger = logging.getLogger(__name__)

NUDGE_EXPIRES = 5  # seconds; by then the beat has come round several times


def nudge_on_commit(task_name: str) -> None:
    """Once a transaction and task, however often it is asked for."""
    asked = any(
        isinstance(entry[1], partial) and entry[1].func is nudge and entry[1].args == (task_name,)
        for entry in connection.run_on_commit
    )
    if not asked:
        connection.on_commit(partial(nudge, task_name))


def nudge(task_name: str) -> None:
    """Never raises for a broker that is away: the change that wants telling is committed, its rows wait."""
    try:
        app.send_task(task_name, expires=NUDGE_EXPIRES, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The broker could not be told of new work", extra={"task": task_name, "error": str(error)})
