"""Every answer that is not a success, as RFC 9457 `application/problem+json`.

400 is for what cannot be read (broken JSON, a body cut short), 422 for what was read and is wrong. `code` is stable
and meant for programs; `detail` is a sentence for the person in front of them. `type` is `about:blank`: what `title`
and `status` say is all there is to say about the kind.
"""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from config.errors import DomainError

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5

CODES = {
    HTTPStatus.BAD_REQUEST: "unreadable",
    HTTPStatus.UNAUTHORIZED: "not-authenticated",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.NOT_ACCEPTABLE: "not-acceptable",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
    HTTPStatus.UNPROCESSABLE_ENTITY: "invalid",
    HTTPStatus.TOO_MANY_REQUESTS: "too-many-requests",
}


class Unreadable(exceptions.APIException):
    """The request itself is broken, before anybody asked what it means: 400."""

    status_code = 400
    default_code = "unreadable"
    default_detail = "The request can't be read."


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too-large"
    default_detail = "The body is too large."


class LengthRequired(exceptions.APIException):
    status_code = 411
    default_code = "length-required"
    default_detail = "Send a Content-Length; bodies in chunks are not taken."


def problem(status: int, detail: str, *, code: str = "", **extra: Any) -> dict[str, Any]:
    """The members of a problem document; `extra` may add to them, never replace them."""
    return {
        **extra,
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code or CODES.get(HTTPStatus(status), "error"),
    }


def answer(
    status: int, detail: str, *, code: str = "", headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    return Response(
        problem(status, detail, code=code, **extra), status=status, headers=headers, content_type=CONTENT_TYPE
    )


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. None (a bug, and so a 500) only for what no caller can cause."""
    if isinstance(exc, DomainError):
        return answer(exc.status, exc.message, code=exc.code, **exc.extra)
    if isinstance(exc, Http404):
        return answer(404, "There is nothing here, or nothing for you.")
    if isinstance(exc, PermissionDenied):
        return answer(403, str(exc) or "You have no right to this.")
    if isinstance(exc, exceptions.APIException):
        return _api_answer(exc)
    if isinstance(exc, RequestDataTooBig):
        return answer(413, "The body is too large.")
    if isinstance(exc, (SuspiciousOperation, UnreadablePostError)):
        return answer(400, "The request can't be read.")
    if isinstance(exc, DatabaseError):
        return _database_answer(exc)
    return None


def _api_answer(exc: exceptions.APIException) -> Response:
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if (wait := getattr(exc, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    if isinstance(exc, exceptions.ValidationError):
        errors = list(field_errors(exc.detail))
        return answer(422, _summary(errors), code="invalid", headers=headers, errors=errors)
    code = exc.get_codes()
    known = CODES.get(HTTPStatus(exc.status_code))
    own = code if isinstance(code, str) and code != getattr(type(exc), "default_code", None) else known
    return answer(exc.status_code, str(exc.detail), code=own or str(code), headers=headers)


def _database_answer(exc: DatabaseError) -> Response | None:
    if isinstance(exc, DataError):
        logger.exception("A value got as far as the database and was refused there")
        return answer(422, "A value in the request can't be stored.", code="invalid", errors=[])
    if isinstance(exc, IntegrityError):
        logger.exception("A rule of the database refused what a check should have")
        return answer(409, "This contradicts something stored meanwhile. Read again and retry.", code="conflict")
    if isinstance(exc, (OperationalError, InterfaceError)):
        logger.exception("The database did not answer")
        return answer(
            503,
            "The database is not available just now. Nothing was changed.",
            code="unavailable",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    return None


def field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested error lists as flat `{"field", "code", "message"}`; `field` is a dotted path or empty."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            part = "" if name == "non_field_errors" else str(name)
            yield from field_errors(inner, ".".join(filter(None, (path, part))))
    elif isinstance(detail, (list, tuple)):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, (dict, list))
            yield from field_errors(inner, f"{path}.{place}".lstrip(".") if nested else path)
    else:
        yield {"field": path, "code": str(getattr(detail, "code", "invalid")), "message": str(detail)}


def _summary(errors: list[dict[str, str]]) -> str:
    if not errors:
        return "The request was read, but is not valid."
    first = errors[0]
    words = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    more = len(errors) - 1
    return words + (f" (and {more} more)" if more else "")


# --- Outside of any view: what Django itself refuses under /api/ ------------------------------------------------------


def plain_answer(status: int, detail: str, *, code: str = "") -> JsonResponse:
    """A problem document where no REST view is at work."""
    return JsonResponse(problem(status, detail, code=code), status=status, content_type=CONTENT_TYPE)


@csrf_exempt  # nothing happens here; a caller without a cookie must hear 404, not 403
def no_such_address(request: HttpRequest, **_kwargs: object) -> JsonResponse:
    hint = "" if request.path.endswith("/") else " Addresses end with a slash."
    return plain_answer(404, "There is nothing at this address." + hint)
