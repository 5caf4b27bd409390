"""What was counted for somebody's frame a moment ago: whoever goes from page to page is not counted for each time.

It is believed for KEPT seconds, by the same person with the same sight. What they do themselves is counted at once, and
so is what an open page asks for because there is news: only what others did may stand there a moment longer. Lists, and
the numbers above them, are always read.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from config.short_memory import asked

KEPT = 10  # seconds
LIVE = "X-Desk-Live"  # header of what an open page asks for by itself; no other site's page can set it
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def remembered(request: HttpRequest, sight: str) -> dict[str, Any] | None:
    """`sight`: all that decides what is counted."""
    if LIVE in request.headers:
        return None
    answers = asked(lambda pipeline: pipeline.get(_key(request)))
    if not answers or not answers[0]:
        return None
    known = json.loads(answers[0], object_hook=_read)
    return known["told"] if known["sight"] == sight else None


def remember(request: HttpRequest, sight: str, told: dict[str, Any]) -> None:
    value = json.dumps({"sight": sight, "told": told}, default=_written)
    asked(lambda pipeline: pipeline.set(_key(request), value, ex=KEPT))


def changes_nothing(request: HttpRequest) -> None:
    """Said of a post: nothing that is counted has become more or less by it."""
    request.frame_stands = True  # type: ignore[attr-defined]


class FrameMiddleware:
    """Whoever does something sees what came of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        does = request.method not in SAFE and request.path_info.startswith("/admin/")
        if does and not hasattr(request, "frame_stands") and request.user.is_authenticated:
            asked(lambda pipeline: pipeline.delete(_key(request)))
        return response


def _key(request: HttpRequest) -> str:
    return f"frame:{request.user.pk}"


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    raise TypeError(f"{value!r} can't be remembered")


def _read(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value["moment"]) if value.keys() == {"moment"} else value
