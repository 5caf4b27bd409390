"""`/metrics/` and `/events/` over HTTP."""

import pytest
from django.test import Client

from outbox.domain.relay import relay
from reporting.models import FeedbackEvent
from tests.factories.cases import DAY, MONDAY, opened, worked_to
from tests.factories.tenants import TenantFactory, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db
PERIOD = "from=2026-11-16&to=2026-11-22"


def api(role="l2", scopes=None, **place):
    more = {} if scopes is None else {"scopes": scopes}
    token = TokenFactory(user=UserFactory(role=role, **place), **more)
    return Client(headers={"Authorization": f"Bearer {token.secret}"})


def test_metrics_of_what_one_sees():
    mine, theirs = TenantFactory(slug="mine"), TenantFactory(slug="theirs")
    opened(tenant=mine)
    opened(tenant=theirs)
    scoped = api(tenant=mine)
    assert scoped.get(f"/api/v1/metrics/?{PERIOD}").json()["opened"] == 1
    assert api().get(f"/api/v1/metrics/?{PERIOD}").json()["opened"] == 2
    refused = scoped.get(f"/api/v1/metrics/?{PERIOD}&tenant=theirs")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "tenant")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("to=2026-11-22", "from"),
        ("from=soon&to=2026-11-22", "from"),
        ("from=2026-11-22&to=2026-11-16", "to"),
        ("from=0001-01-01&to=2026-11-16", "from"),
        (f"{PERIOD}&surprise=1", "surprise"),
    ],
)
def test_a_bad_period_is_refused_by_field(query, field):
    refused = api().get(f"/api/v1/metrics/?{query}")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_a_token_without_the_scope_is_refused():
    assert api(scopes=["cases:read"]).get(f"/api/v1/metrics/?{PERIOD}").status_code == 403
    assert api(scopes=["cases:read"]).get("/api/v1/events/").status_code == 403


def test_feedback_as_cloudevents():
    case = worked_to("closed", tenant=TenantFactory(segment="startup"))
    worked_to("closed")
    relay(at=MONDAY + DAY)
    events = api(tenant=case.tenant).get("/api/v1/events/").json()["results"]
    row = FeedbackEvent.objects.get(case=case)
    assert [(e["specversion"], e["id"], e["type"], e["subject"]) for e in events] == [
        ("1.0", str(row.event_id), "com.companyos.support.feedback.reliability.v1", case.reference)
    ]
    assert events[0]["source"].endswith("/api/v1/events/")
    assert events[0]["data"]["segment"] == "startup"


def test_a_cursor_goes_on_where_it_ended():
    for _ in range(3):
        worked_to("closed")
    relay(at=MONDAY + DAY)
    client = api()
    first = client.get("/api/v1/events/?limit=2").json()
    rest = client.get(first["next"].partition("testserver")[2]).json()
    seen = [e["id"] for e in first["results"] + rest["results"]]
    assert seen == [str(pk) for pk in FeedbackEvent.objects.order_by("pk").values_list("event_id", flat=True)]


@pytest.mark.parametrize("count", [1, 3])
def test_statements(count, django_assert_num_queries):
    for _ in range(count):
        worked_to("closed")
    relay(at=MONDAY + DAY)
    client = api()
    client.get("/api/v1/events/")
    with django_assert_num_queries(3):
        client.get("/api/v1/events/")
