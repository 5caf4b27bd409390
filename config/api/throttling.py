"""How often one token may ask."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config import rates


class TokenThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return True
        return rates.within(f"api-rate:{request.auth.pk}", most=settings.API_REQUESTS_PER_MINUTE)

    def wait(self) -> float:
        return rates.wait()
