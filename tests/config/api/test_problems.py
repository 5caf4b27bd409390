import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions

from config.api.problems import TooLarge, Unreadable, exception_handler, field_errors
from config.errors import Absent, Forbidden, Invalid, Refused, Stale, TransitionRefused

KEYS = {"type", "title", "status", "detail", "code"}


@pytest.mark.parametrize(
    ("exc", "status", "code", "extra"),
    [
        (Refused("No."), 409, "refused", {}),
        (TransitionRefused("No.", allowed=["start"]), 409, "transition-refused", {"allowed": ["start"]}),
        (Forbidden("No.", code="out-of-scope"), 403, "out-of-scope", {}),
        (Absent("No."), 404, "not-found", {}),
        (Stale("No."), 412, "stale", {}),
        (
            Invalid("No.", field="tag", code="bad"),
            422,
            "invalid",
            {"errors": [{"field": "tag", "code": "bad", "message": "No."}]},
        ),
        (Http404(), 404, "not-found", {}),
        (PermissionDenied(), 403, "forbidden", {}),
        (exceptions.NotAuthenticated(), 401, "not-authenticated", {}),
        (exceptions.AuthenticationFailed(), 401, "not-authenticated", {}),
        (exceptions.MethodNotAllowed("PUT"), 405, "method-not-allowed", {}),
        (exceptions.NotAcceptable(), 406, "not-acceptable", {}),
        (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported-media-type", {}),
        (exceptions.Throttled(wait=7), 429, "too-many-requests", {}),
        (exceptions.ParseError(), 400, "unreadable", {}),
        (Unreadable("No."), 400, "unreadable", {}),
        (TooLarge("No."), 413, "too-large", {}),
        (RequestDataTooBig(), 413, "too-large", {}),
        (SuspiciousOperation(), 400, "unreadable", {}),
        (UnreadablePostError(), 400, "unreadable", {}),
        (DataError(), 422, "invalid", {"errors": []}),
        (IntegrityError(), 409, "conflict", {}),
        (OperationalError(), 503, "unavailable", {}),
    ],
)
def test_each_refusal_is_a_problem_document(exc, status, code, extra):
    response = exception_handler(exc, {})
    assert response.content_type == "application/problem+json"
    assert response.data.keys() == KEYS | extra.keys()
    assert (response.status_code, response.data["status"], response.data["code"]) == (status, status, code)
    assert response.data["detail"]
    assert {key: response.data[key] for key in extra} == extra


def test_waiting_times_and_challenges_are_headers():
    assert exception_handler(exceptions.Throttled(wait=7), {}).headers["Retry-After"] == "7"
    assert exception_handler(OperationalError(), {}).headers["Retry-After"] == "5"
    challenged = exceptions.NotAuthenticated()
    challenged.auth_header = "Bearer"
    assert exception_handler(challenged, {}).headers["WWW-Authenticate"] == "Bearer"


def test_a_bug_is_no_refusal():
    assert exception_handler(KeyError("x"), {}) is None


def test_nested_errors_become_paths():
    detail = exceptions.ValidationError(
        {"a": {"b": ["no"]}, "list": [{}, {"x": ["bad"]}], "non_field_errors": ["whole"]}
    ).detail
    assert list(field_errors(detail)) == [
        {"field": "a.b", "code": "invalid", "message": "no"},
        {"field": "list.1.x", "code": "invalid", "message": "bad"},
        {"field": "", "code": "invalid", "message": "whole"},
    ]
