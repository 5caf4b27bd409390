"""One id a request: taken from X-Request-ID or made here, told back, in each log line, audit row and task it starts.

Events and deliveries keep the id of the request that led to them (`current_request`), so that what a worker does about
them much later, or again, is still told under it (`on_behalf_of`).
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db.models import Func, Value
from django.db.models.functions import Coalesce, Left
from django.http import HttpRequest, HttpResponse

from config.db import request_id

ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{8,64}")


def current_request() -> Left:
    """A column's default: what `unit_of_work` told the database."""
    setting = Func(Value("app.request"), Value(True), function="current_setting")
    return Left(Coalesce(setting, Value("")), 100)


@contextmanager
def on_behalf_of(chosen: str) -> Iterator[None]:
    """What is done, logged and published inside belongs to the request `chosen`; empty: to whom it did before."""
    if not chosen:
        yield
        return
    token = request_id.set(chosen)
    try:
        with structlog.contextvars.bound_contextvars(request_id=chosen):
            yield
    finally:
        request_id.reset(token)


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
