"""Waking a worker as soon as there is something for it. Only a courtesy: the worker looks every few seconds anyway."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any

from celery.signals import task_prerun
from django.core.cache import cache
from django.db import connection
from kombu import Connection
from kombu.exceptions import LimitExceeded, OperationalError
from kombu.pools import producers
from redis.exceptions import RedisError

from config.celery import app

logger = logging.getLogger(__name__)

NUDGE_EXPIRES = 5  # seconds; what is not heard by then waits for the beat
LEFT_ALONE = 5.0  # seconds without a try after the broker was away: no request shall wait for it again and again
# Celery's own options retry for ever, which suits a worker. Here a person waits for the answer to a request.
HASTE = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
}

NUDGED = "nudged"  # the message's header that names the task

_quiet_until = 0.0
_held: ContextVar[set[str] | None] = ContextVar("held", default=None)


def nudge_on_commit(task_name: str) -> None:
    """Once a transaction and task, however often it is asked for."""
    asked = any(
        isinstance(entry[1], partial) and entry[1].func is nudge and entry[1].args == (task_name,)
        for entry in connection.run_on_commit
    )
    if not asked:
        connection.on_commit(partial(nudge, task_name))


@contextmanager
def nudging_at_the_end() -> Iterator[None]:
    """What is asked for in the transactions inside is sent once, after the last: whoever works through a backlog is not
    slowed down by those that its first results wake.
    """
    held: set[str] = set()
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)
        for task_name in sorted(held):
            nudge(task_name)


def nudge(task_name: str) -> None:
    """Never raises for a broker that is away: the change that wants telling is committed, its rows wait."""
    global _quiet_until
    if (held := _held.get()) is not None:
        held.add(task_name)
        return
    if time.monotonic() < _quiet_until:
        return
    marked = False
    try:
        marked = cache.add(_waiting(task_name), 1, timeout=NUDGE_EXPIRES)
        if not marked:
            return
        with producers[_broker()].acquire(block=False) as producer:
            app.send_task(task_name, expires=NUDGE_EXPIRES, retry=False, producer=producer, headers={NUDGED: task_name})
    except LimitExceeded:  # many commit at once
        _forget(task_name)
    except (OperationalError, RedisError, OSError) as error:
        if marked:
            _forget(task_name)
        _quiet_until = time.monotonic() + LEFT_ALONE
        logger.warning("The broker could not be told of new work", extra={"task": task_name, "error": str(error)})


@task_prerun.connect
def forget_nudge(task: Any, **_signal: Any) -> None:
    """Before the task looks: what is committed from now on it may have missed, and wakes another one."""
    if task_name := task.request.get(NUDGED):
        _forget(task_name)


def _forget(task_name: str) -> None:
    with suppress(RedisError, OSError):  # the mark ends by itself
        cache.delete(_waiting(task_name))


def _waiting(task_name: str) -> str:
    """Stands while a nudge has not been heard: whoever commits meanwhile need not send another."""
    return f"nudge:{task_name}"


@lru_cache
def _broker() -> Connection:
    return app.connection_for_write(transport_options={**app.conf.broker_transport_options, **HASTE})
