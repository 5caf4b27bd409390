"""What holds for every address: who is let in, and that a wrong address is told so."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from config.api.schema import document
from config.management.commands import openapi
from tests.factories.api import PREFIX, Api
from tests.factories.tenants import TokenFactory, UserFactory

OPERATIONS = [
    pytest.param(method.upper(), path.removeprefix(PREFIX), operation, id=f"{method.upper()} {path}")
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
]


def filled(path):
    return re.sub(r"{[^}]*}", "1", path)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_nobody_is_let_in_without_a_token_and_its_scope(method, path, operation):
    nobody = Api().send(method, filled(path), "{}")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not-authenticated")
    assert nobody["WWW-Authenticate"].startswith("Bearer")
    assert nobody["Content-Type"] == "application/problem+json"
    scope = operation["x-scope"]
    other = "telemetry:write" if scope != "telemetry:write" else "reports:read"
    narrow = Api(UserFactory(role="po"), scopes=[other]).send(method, filled(path), "{}")
    assert (narrow.status_code, narrow.json()["code"], narrow.json()["scope"]) == (403, "out-of-scope", scope)


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["", "x", "desk_", "desk_" + "x" * 43, "desk_ü", "x" * 5000])
def test_a_token_that_is_none(secret):
    assert Api().get("/cases/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


@pytest.mark.django_db
def test_a_session_is_no_token(client):
    client.force_login(UserFactory(role="po"))
    assert client.get(f"{PREFIX}/cases/").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/cases", "/nothing/", "/cases/CASE-1/dance/", "/cases/1/2/3/4/", "/", "/cases/%00/", "/cases/a%20b/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_wrong_address_is_a_problem_document_and_never_a_redirect(method, path):
    response = Api(UserFactory(role="po")).send(method, path, "{}")
    assert response.status_code in (404, 405) if method != "GET" else response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_wrong_address_says_so_without_a_cookie_too():
    answer = Client(enforce_csrf_checks=True).post(f"{PREFIX}/nothing/", "{}", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    answer = Client(enforce_csrf_checks=True).post(f"{PREFIX}/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_wrong_method(method):
    response = Api(UserFactory(role="po")).send(method, "/cases/", "")
    assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")


@pytest.mark.django_db
def test_only_json_is_served():
    response = Api(UserFactory(role="po")).get("/cases/", headers={"Accept": "text/html"})
    assert (response.status_code, response.json()["code"]) == (406, "not-acceptable")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "cursor=x",
        "ordering=secret",
        "nothing=1",
        "status=a&status=b",
        "q=%00",
        "q=%ff",
        "q=" + "x" * 1025,
        "q=" + "x" * 9000,
        "status=dancing",
        "opened_from=soon",
        "opened_from=0613-02-22T06:05:13%2B18:59",
        "breached=perhaps",
    ],
)
def test_a_query_that_makes_no_sense_is_refused_not_ignored(query):
    response = Api(UserFactory(role="po")).send("GET", f"/cases/?{query}", "")
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")


@pytest.mark.django_db
def test_too_many_requests(settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    api = Api(UserFactory(role="po"))
    answers = [api.get("/cases/") for _ in range(4)]
    assert [answer.status_code for answer in answers][:2] == [200, 200]
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-requests")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert Api(UserFactory(role="po")).get("/cases/").status_code == 200


@pytest.mark.django_db
def test_without_the_cache_requests_still_work(settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    assert Api(UserFactory(role="po")).get("/cases/").status_code == 200


def test_the_schema_and_the_reference_are_public(client):
    schema = client.get(f"{PREFIX}/schema/")
    assert schema["Content-Type"] == "application/json"
    assert json.loads(schema.content)["openapi"].startswith("3.1")
    page = client.get(f"{PREFIX}/docs/")
    assert page.status_code == 200
    assert "POST</b> <code>/api/v1/cases/" in page.content.decode()
    assert "http" not in re.sub(r"https?://(127\.0\.0\.1|localhost|testserver)", "", page.content.decode())


def test_the_schema_in_the_repository_is_current():
    call_command("openapi", "--check")


def test_a_schema_that_is_not_current_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(openapi, "FILE", tmp_path / "openapi.yaml")
    with pytest.raises(CommandError, match="not current"):
        call_command("openapi", "--check")
    call_command("openapi", stdout=StringIO())
    call_command("openapi", "--check")


@pytest.mark.django_db
def test_who_works_with_a_revoked_token_is_let_in_no_more():
    token = TokenFactory(user=UserFactory(role="po"))
    api = Api(token=token)
    assert api.get("/cases/").status_code == 200
    token.revoked_at = token.created_at
    token.save(update_fields=["revoked_at"])
    assert api.get("/cases/").status_code == 401
