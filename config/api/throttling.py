"""How often one token may ask: a fixed window a minute, counted in the cache.

Without the cache there is no counting, and requests still work: a limit protects the desk, it does not carry it.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger(__name__)
WINDOW = 60  # seconds


class TokenThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return True
        window = int(time.time()) // WINDOW
        key = f"api-rate:{request.auth.pk}:{window}"
        try:
            cache.add(key, 0, timeout=2 * WINDOW)
            count = cache.incr(key)
        except RedisError:
            logger.warning("The cache does not answer; API requests are not counted")
            return True
        except ValueError:  # the key ran out between the two calls: a new window has begun
            return True
        return count <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW
