"""What Django shows when no view answers: problem documents under `/api/`, its own pages elsewhere."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.template.loader import render_to_string
from django.views import defaults

from config.api.problems import RETRY_SECONDS, no_such_address, plain_answer


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/v1/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_api(request):
        return plain_answer(400, "The request can't be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_api(request):
        return plain_answer(403, "You have no right to this.")
    return defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page is too old, or that came from elsewhere. `reason` is for the log, which has it already."""
    if _is_api(request):
        return plain_answer(403, "This did not come from a page of the desk.", code="csrf")
    return HttpResponse(render_to_string("403_csrf.html", request=request), status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_api(request):
        return no_such_address(request)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500, or 503 when it was the database that did not answer; 400 when the caller's body never came whole."""
    fault = sys.exc_info()[1]
    if isinstance(fault, UnreadablePostError):
        return bad_request(request, fault)
    away = isinstance(fault, (OperationalError, InterfaceError))
    response: HttpResponse
    if _is_api(request):
        response = (
            plain_answer(503, "The database is not available just now.", code="unavailable")
            if away
            else plain_answer(500, "This is our fault; it was logged.", code="internal")
        )
    else:
        response = defaults.server_error(request)
        if away:
            response.status_code = 503
    if away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
