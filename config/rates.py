"""How often somebody may ask: a fixed window a minute, counted in the cache.

Without the cache there is no counting, and requests still work: a limit protects the desk, it does not carry it.
"""

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
WINDOW = 60  # seconds


def within(who: str, *, most: int) -> bool:
    """Counts one more request of theirs in this minute: whether it is among the first `most`."""
    key = f"{who}:{int(time.time()) // WINDOW}"
    try:
        cache.add(key, 0, timeout=2 * WINDOW)
        count: int = cache.incr(key)
    except RedisError:
        logger.warning("The cache does not answer; requests are not counted")
        return True
    except ValueError:  # the key ran out between the two calls: a new window has begun
        return True
    return count <= most


def wait() -> float:
    """Seconds until the next minute begins."""
    return WINDOW - time.time() % WINDOW
