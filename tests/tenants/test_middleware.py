import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tenants.domain.access_log import note_view
from tenants.domain.actors import actor_of_requester
from tenants.middleware import AccessLogMiddleware, address_of
from tenants.models import AccessEntry
from tests.factories.tenants import RequesterFactory, UserFactory


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        (0, "192.0.2.7", "203.0.113.9", "192.0.2.7"),
        (1, "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "'; drop table", None),
        (0, "", "", None),
        (0, "fe80::1%eth0", "", "fe80::1"),
    ],
)
def test_from_where_a_request_comes(settings, proxies, remote, forwarded, address):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert address_of(request) == address


def run(request, *, status=200, **noted):
    def view(request):
        if noted:
            note_view(request, noted["tenant_ids"], noted["rows"], actor=noted.get("actor"))
            note_view(request, noted["tenant_ids"], noted["rows"])
        return HttpResponse(status=status)

    return AccessLogMiddleware(view)(request)


@pytest.mark.django_db
def test_a_view_by_signed_link_is_the_requesters():
    requester = RequesterFactory()
    run(RequestFactory().get("/c/x/"), tenant_ids=[requester.tenant_id], rows=2, actor=actor_of_requester(requester))
    entry = AccessEntry.objects.get()
    assert (entry.actor, entry.user_id, entry.grant_ids, entry.rows) == (f"customer:{requester.pk}", None, [], 4)


@pytest.mark.django_db
@pytest.mark.parametrize("case", [{}, {"tenant_ids": [None], "rows": 1}, {"tenant_ids": [1], "rows": 1, "status": 404}])
def test_where_no_tenant_was_shown_nothing_is_written(case):
    request = RequestFactory().get("/")
    request.user = UserFactory(role="l1")
    run(request, **case)
    assert not AccessEntry.objects.exists()


@pytest.mark.django_db
def test_showing_tenants_data_to_nobody_known_is_a_bug():
    with pytest.raises(AttributeError):
        run(RequestFactory().get("/"), tenant_ids=[1], rows=1)
