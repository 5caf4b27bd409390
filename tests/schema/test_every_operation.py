"""schemathesis speaks to every operation of the schema, well and badly: each answer is one that the schema knows.

Everything it does happens in a transaction of the run's own scratch database and is undone.
"""

from zlib import crc32

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from tests.factories.api import Api
from tests.factories.tenants import GrantFactory, RequesterFactory, TenantFactory, UserFactory

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 5  # of each operation, made at random
ONE_IN = 3  # of some five thousand bodies and queries that it derives systematically, chosen by digest: always the same

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)


@pytest.fixture
def desk(db, settings):
    """A tenant with a case, and a token that may do everything."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    tenant = TenantFactory(slug="acme")
    RequesterFactory(tenant=tenant, email="ada@acme.example")
    user = UserFactory(role="po")
    GrantFactory(user=user, role="admin")
    api = Api(user)
    body = {"tenant": "acme", "requester": {"email": "ada@acme.example"}, "subject": "Slow", "description": ""}
    api.reference = api.post("/cases/", body).json()["reference"]
    # As Django's own test client does: a request must not close the connection that the test's transaction is in.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield api
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def digest(case):
    said = (case.method, case.path, case.path_parameters, case.query, dict(case.headers or {}), case.body)
    return crc32(repr(said).encode("utf-8", "backslashreplace"))


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_answer_is_one_that_the_schema_knows(case, desk):
    if case.meta is not None and case.meta.phase.name == TestPhase.COVERAGE and digest(case) % ONE_IN:
        return
    if "/cases/{ref}/" in case.path and case.path_parameters:
        case.path_parameters["ref"] = desk.reference  # a case that is there takes the body further in
    if isinstance(case.body, dict) and "tenant" in case.body:
        case.body["tenant"] = "acme"
    response = case.call(headers=desk.headers)
    case.validate_response(response, checks=CHECKS)
