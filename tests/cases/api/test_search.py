"""`/search/` finds what the desk's box finds, by rights and by scopes."""

import pytest

from cases.models import Macro
from tests.factories.api import Api
from tests.factories.cases import opened, says
from tests.factories.incidents import RunbookFactory
from tests.factories.tenants import ClientFactory, RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    Macro.objects.all().delete()
    return TenantFactory(slug="acme", name="Acme")


@pytest.fixture
def case(acme):
    case = opened(requester=RequesterFactory(tenant=acme, name="Ana Novak"), subject="Webhook retries")
    says(case, "Each delivery comes twice.")
    return case


def test_what_was_said_is_found_with_its_words(acme, case):
    opened(subject="A delivery of theirs")
    answer = Api(UserFactory(role="l1", tenant=acme)).get("/search/?q=deliverz")
    assert (answer.status_code, answer.json()) == (200, {"instead": {}, "sections": []})
    answer = Api(UserFactory(role="l1", tenant=acme)).get("/search/?q=delivery")
    assert answer.json() == {
        "instead": {},
        "sections": [
            {
                "kind": "cases",
                "total": 1,
                "more": False,
                "results": [
                    {
                        "id": case.reference,
                        "name": "Webhook retries",
                        "text": "Each delivery comes twice.",
                        "found": ["delivery"],
                        "about": ["New", "Acme", "Ana Novak"],
                        "priority": case.priority,
                        "open": True,
                        "at": "2026-11-16T09:00:00Z",
                    }
                ],
            }
        ],
    }


def test_a_slip_is_put_right_unless_it_is_meant(acme, case):
    api = Api(UserFactory(role="l1", tenant=acme))
    assert api.get("/search/?q=webhok").json()["instead"] == {"webhok": "webhook"}
    assert api.get("/search/?q=webhok&literally=true").json() == {"instead": {}, "sections": []}


def test_incidents_and_runbooks_want_their_scope(acme, case):
    RunbookFactory(title="Replay webhooks", tenant=None)
    user = UserFactory(role="l1", tenant=acme)

    def kinds(api, more=""):
        return [section["kind"] for section in api.get(f"/search/?q=webhook{more}").json()["sections"]]

    assert kinds(Api(user)) == ["cases", "runbooks"]
    assert kinds(Api(user), "&kind=runbooks") == ["runbooks"]
    assert kinds(Api(user, scopes=["cases:read"])) == ["cases"]
    assert kinds(Api(user, scopes=["cases:read"]), "&kind=runbooks") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "q"),
        ("?q=+", "q"),
        ("?q=prio:P0", "q"),
        ("?q=tenant:acme", "q"),
        ("?q=tenant:other+a", "q"),
        ("?q=a&kind=x", "kind"),
        ("?q=a&z=1", "z"),
    ],
)
def test_what_makes_no_sense_is_refused(acme, query, field):
    answer = Api(UserFactory(role="l1", tenant=acme)).get(f"/search/{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


def test_it_is_the_staffs(acme, case):
    assert Api(ClientFactory(requester=case.requester)).get("/search/?q=webhook").status_code == 403
