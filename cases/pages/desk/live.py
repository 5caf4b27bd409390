"""The desk's pages ask here every few seconds, a visible page of a browser at a time.

`LiveMiddleware` answers who has asked a moment ago out of the short memory alone; `LivePage` everybody, by a session
and a person, and is where a browser begins.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from cases.domain.desk import live
from cases.domain.desk.presence import Reader, reader_of
from cases.pages.desk.base import DeskPage
from config.errors import Absent
from config.frame_memory import LIVE, changes_nothing
from config.numbers import row_number
from config.short_memory import asked

PATH = "/admin/desk/live/"
KNOWN_FOR = 30  # seconds that a session is believed to be whose it was: so long may one that has ended still ask


class LivePage(DeskPage):
    """Post: `case`, the one that is open, and what its reader is `doing` there."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        changes_nothing(request)
        reader = reader_of(self.actor)
        remember(request.session.session_key, reader)
        return told(request, reader, look=live.standing(self.actor))


class CountsPage(DeskPage):
    """The sidebar alone, for its counts."""

    template_name = "config/navigation.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_to_response(self.get_context_data())


class LiveMiddleware:
    """Before sessions and people, which are rows. What it does not know goes on to the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH or request.method != "POST" or LIVE not in request.headers:
            return self.get_response(request)
        session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")

        def commands(pipeline: Any) -> None:
            pipeline.get(_key(session_key))
            live.questions(pipeline, case_named(request))

        answers = asked(commands) if session_key else None
        if not answers or not answers[0]:
            return self.get_response(request)
        try:
            return told(request, reader_in(answers[0]), look=_unknown, known=live.Remembered(*answers[1:]))
        except _NotKnown:
            return self.get_response(request)


class _NotKnown(Exception):
    """Only the database can tell."""


def _unknown(case_id: int) -> live.Standing:
    raise _NotKnown


def told(
    request: HttpRequest,
    reader: Reader,
    *,
    look: Callable[[int], live.Standing],
    known: live.Remembered | None = None,
) -> HttpResponse:
    case_id = case_named(request)
    if case_id is None and "case" in request.POST:
        return JsonResponse({}, status=404)
    try:
        news = live.news(
            reader=reader,
            case_id=case_id,
            doing=request.POST.get("doing", ""),
            at=timezone.now(),
            look=look,
            known=known,
        )
    except Absent:
        return JsonResponse({}, status=404)
    people = {number: [[one.name, one.doing] for one in here] for number, here in news.people.items()}
    answer = JsonResponse({"version": news.version, "stamp": news.stamp, "people": people})
    answer["Cache-Control"] = "no-store"
    return answer


def case_named(request: HttpRequest) -> int | None:
    return row_number(request.POST.get("case"))


def remember(session_key: str | None, reader: Reader) -> None:
    if not session_key:
        return
    tenant_ids = None if reader.tenant_ids is None else sorted(reader.tenant_ids)
    value = json.dumps([reader.user_id, reader.name, tenant_ids])
    asked(lambda pipeline: pipeline.set(_key(session_key), value, ex=KNOWN_FOR))


def reader_in(value: str) -> Reader:
    """As `remember` wrote it."""
    user_id, name, tenant_ids = json.loads(value)
    return Reader(user_id=user_id, name=name, tenant_ids=None if tenant_ids is None else frozenset(tenant_ids))


def _key(session_key: str) -> str:
    """Who reads the memory learns no session."""
    return f"live:reader:{sha256(session_key.encode()).hexdigest()[:40]}"
