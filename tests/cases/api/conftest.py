"""Acme and its neighbour, somebody of each sort with a token, and cases that came in through the API."""

from types import SimpleNamespace

import pytest

from tests.factories.api import Api
from tests.factories.tenants import ClientFactory, RequesterFactory, TenantFactory, UserFactory

RESOLUTION = {
    "summary": "The gateway ran out of connections; the pool is larger now.",
    "validated": "Load test at twice the peak.",
    "evidence": ["Grafana shows no queue since 10:00."],
    "preventive_actions": ["Alert at 80 % of the pool."],
}


@pytest.fixture
def acme(db):
    return TenantFactory(slug="acme")


@pytest.fixture
def world(acme):
    neighbour = TenantFactory(slug="neighbour")
    ada = RequesterFactory(tenant=acme, name="Ada", email="ada@acme.example")
    return SimpleNamespace(
        acme=acme,
        neighbour=neighbour,
        ada=ada,
        l1=Api(UserFactory(role="l1", username="lena")),
        lead=Api(UserFactory(role="lead")),
        l2=Api(UserFactory(role="l2", level="L2")),
        po=Api(UserFactory(role="po")),
        auditor=Api(UserFactory(role="auditor")),
        client=Api(ClientFactory(requester=ada)),
        robot=Api(UserFactory(role="l1"), automation=True),
        outsider=Api(UserFactory(role="po", tenant=neighbour)),
        stranger=Api(ClientFactory(requester=RequesterFactory(tenant=neighbour))),
        colleague=Api(ClientFactory(requester=RequesterFactory(tenant=acme))),
    )


def opening(**fields):
    return {
        "tenant": "acme",
        "requester": {"email": "ada@acme.example", "name": "Ada"},
        "subject": "The API answers slowly",
        "description": "Since ten o'clock.",
    } | fields


def opened(api, **fields):
    answer = api.post("/cases/", opening(**fields))
    assert answer.status_code == 201, answer.content
    return answer.json()


def moved(api, case, *moves):
    """Runs moves of staff in order; answers the case as it then is."""
    bodies = {"wait": {"ask": "Which region?"}, "resolve": RESOLUTION, "close": {"reason": "Done."}}
    for move in moves:
        answer = api.post(f"/cases/{case['reference']}/{move}/", bodies.get(move, {}))
        assert answer.status_code == 200, answer.content
        case = answer.json()
    return case
