"""What is worth knowing for seconds and may be forgotten at any moment: kept beside the broker, never the only word.

Whoever asks has another way to the truth. While it can't be reached nobody waits for it again and again.
"""

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WAITS = 0.5  # seconds: somebody's request stands behind it
LEFT_ALONE = 5.0  # seconds without a try after it was away

_quiet_until = 0.0


def asked(commands: Callable[[Any], object]) -> list[Any] | None:
    """What a pipeline's commands answered, in one way there and back; None while nobody answers."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return None
    try:
        with _memory().pipeline(transaction=False) as pipeline:
            commands(pipeline)
            return list(pipeline.execute())
    except (RedisError, OSError) as error:
        _quiet_until = time.monotonic() + LEFT_ALONE
        logger.warning("The short memory is away", extra={"error": str(error)})
        return None


@cache
def _memory() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=WAITS, socket_timeout=WAITS, decode_responses=True
    )
