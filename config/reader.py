"""Pages speak the reader's language and tell times in the reader's zone; what programs read speaks English always."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

FOR_PROGRAMS = ("/api/", "/history.atom")


class ReaderMiddleware:
    """For the admin, where every request has a person, and for programs. Other pages ask for themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(FOR_PROGRAMS):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        user = request.user if request.path_info.startswith("/admin/") else None
        if user is None or not user.is_authenticated:
            return self.get_response(request)
        request.LANGUAGE_CODE = user.language
        with timezone.override(ZoneInfo(user.time_zone)), translation.override(user.language):
            return self.get_response(request)
