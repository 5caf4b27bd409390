"""Hostile bodies at every address that takes one: told what is wrong, nothing changed, never a 500."""

import re

import pytest

from config.api.schema import document
from tests.factories.api import PREFIX, Api, desk_state
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
TAKES_BODIES = [
    pytest.param(method.upper(), path.removeprefix(PREFIX), id=f"{method.upper()} {path.removeprefix(PREFIX)}")
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]
UNREADABLE = {
    "cut short": b'{"subject": "x',
    "not UTF-8": b'{"subject": "\xff\xfe"}',
    "UTF-16": '{"subject": "x"}'.encode("utf-16"),
    "NaN": b'{"priority": NaN}',
    "a name twice": b'{"subject": "x", "subject": "y"}',
    "deep": b'{"telemetry": ' + b"[" * 40 + b"]" * 40 + b"}",
    "very deep": b"[" * 200_000,
    "a number too large": b'{"priority": 1e999}',
    "nothing but a comma": b",",
}
WRONG = {
    "NUL": b'{"subject": "a\\u0000b", "reason": "a\\u0000b", "body": "a\\u0000b"}',
    "NUL in a name": b'{"sub\\u0000ject": "x"}',
    "a lone surrogate": b'{"subject": "\\ud800", "reason": "\\udfff"}',
    "beyond 64 bits": b'{"requester": 9223372036854775808}',
    "a very long number": b'{"requester": ' + b"9" * 5000 + b"}",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"5",
    "null": b"null",
    "an unknown name": b'{"no_such_field": 1}',
}
CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.fixture
def api():
    return Api(UserFactory(role="po"))


@pytest.fixture
def place(api):
    """An address with a case and its tenant behind it."""
    tenant = TenantFactory(slug="acme")
    RequesterFactory(tenant=tenant, email="ada@acme.example")
    body = {"tenant": "acme", "requester": {"email": "ada@acme.example"}, "subject": "Slow", "description": ""}
    reference = api.post("/cases/", body).json()["reference"]

    def filled(path):
        return re.sub(r"{[^}]*}", "1", path.replace("/cases/{ref}/", f"/cases/{reference}/"))

    return filled


@pytest.mark.parametrize(("method", "path"), TAKES_BODIES)
def test_hostile_bodies(api, place, method, path):
    path = place(path)
    before = desk_state()
    found = {name: api.send(method, path, raw) for name, raw in UNREADABLE.items()}
    assert {name: answer.status_code for name, answer in found.items() if answer.status_code not in (400, 404)} == {}
    found |= {name: api.send(method, path, raw) for name, raw in WRONG.items()}
    wrong = {name: found[name].status_code for name in WRONG}
    assert {name: status for name, status in wrong.items() if status not in (404, 422)} == {}
    assert {answer["Content-Type"] for answer in found.values()} == {"application/problem+json"}
    assert desk_state() == before


@pytest.mark.parametrize(("method", "path"), TAKES_BODIES)
def test_bodies_of_another_kind_or_size(api, place, settings, method, path):
    path = place(path)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5000
    before = desk_state()
    kinds = {
        "form": ("subject=x", "application/x-www-form-urlencoded", {}, 415),
        "multipart": ("--x--", "multipart/form-data; boundary=x", {}, 415),
        "text": ("x", "text/plain", {}, 415),
        "Latin-1": ('{"subject": "ä"}'.encode("latin-1"), "application/json; charset=latin-1", {}, 415),
        "no kind": ("{}", "", {}, 415),
        "huge": (b'{"subject": "' + b"x" * 5000 + b'"}', "application/json", {}, 413),
        "half-sent": (b'{"reason": "x"}', "application/json", {"CONTENT_LENGTH": "500"}, 400),
        "in chunks": (b'{"reason": "x"}', "application/json", CHUNKED, 411),
    }  # fmt: skip
    for name, (raw, content_type, extra, status) in kinds.items():
        answer = api.send(method, path, raw, content_type=content_type, **extra)
        assert answer.status_code in (status, 404), (name, answer.status_code, answer.content)
        assert answer["Content-Type"] == "application/problem+json"
    assert desk_state() == before
