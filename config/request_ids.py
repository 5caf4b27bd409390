"""One id a request: taken from X-Request-ID or made here, told back, in each log line, audit row and task it starts."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from config.db import request_id

ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{8,64}")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        chosen = offered if ACCEPTABLE.fullmatch(offered) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = chosen  # what comes after us reads it there
        token = request_id.set(chosen)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
            structlog.contextvars.clear_contextvars()
        response["X-Request-ID"] = chosen
        return response
