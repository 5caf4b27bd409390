"""Acme and its neighbour, somebody of each sort with a token, and cases that came in through the API."""

from functools import cached_property

import pytest

from tests.factories.api import Api, desk_state
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


class World:
    """Each of them is made when first asked for."""

    def __init__(self, acme):
        self.acme = acme
        self.ada = RequesterFactory(tenant=acme, name="Ada", email="ada@acme.example")

    @cached_property
    def neighbour(self):
        return TenantFactory(slug="neighbour")

    @cached_property
    def l1(self):
        return Api(UserFactory(role="l1", username="lena"))

    @cached_property
    def lead(self):
        return Api(UserFactory(role="lead"))

    @cached_property
    def l2(self):
        return Api(UserFactory(role="l2", level="L2"))

    @cached_property
    def po(self):
        return Api(UserFactory(role="po"))

    @cached_property
    def auditor(self):
        return Api(UserFactory(role="auditor"))

    @cached_property
    def robot(self):
        """A token marked automation."""
        return Api(UserFactory(role="l1"), automation=True)

    @cached_property
    def client(self):
        """Ada herself."""
        return Api(ClientFactory(requester=self.ada))

    @cached_property
    def colleague(self):
        """Another client at Acme, who sees their own cases only."""
        return Api(ClientFactory(requester=RequesterFactory(tenant=self.acme)))

    @cached_property
    def outsider(self):
        """One of us who works for the neighbour only."""
        return Api(UserFactory(role="po", tenant=self.neighbour))

    @cached_property
    def stranger(self):
        """A client at the neighbour's."""
        return Api(ClientFactory(requester=RequesterFactory(tenant=self.neighbour)))

    def state(self):
        """The desk with everybody in it, for comparing after a refusal."""
        for name, member in vars(World).items():
            if isinstance(member, cached_property):
                getattr(self, name)
        return desk_state()


@pytest.fixture
def world(acme):
    return World(acme)


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
