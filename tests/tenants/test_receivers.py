import pytest
from django.test import RequestFactory

from config import login
from config.admin import actor_for, user_may
from outbox import hooks
from outbox.domain.consuming import who_hears_what
from tenants.models import AuditEntry
from tests.factories.tenants import PASSWORD, ClientFactory, GrantFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_who_comes_in():
    people = [
        UserFactory(role="l1"),
        UserFactory(role="admin"),
        UserFactory(),
        UserFactory(is_superuser=True),
        UserFactory(role="po", is_active=False),
        ClientFactory(),
    ]
    assert [login.comes_in.ask_one(user=user) for user in people] == [True, True, False, False, False, False]


def test_rights_are_asked_by_name():
    acme, other = TenantFactory(), TenantFactory()
    request = request_of(UserFactory(role="l1", tenant=acme))
    asked = [
        user_may(request, "see_cases"),
        user_may(request, "see_cases", acme.pk),
        user_may(request, "see_cases", other.pk),
        user_may(request, "manage_access"),
        user_may(request, "no such right"),
    ]
    assert asked == [True, True, False, False, False]


def test_grants_are_read_once_a_request(django_assert_num_queries):
    request = request_of(UserFactory(role="l1"))
    with django_assert_num_queries(1):
        assert actor_for(request) is actor_for(request)


def test_the_outbox_hears_whose_rows_somebody_may_read():
    acme = TenantFactory(slug="acme")
    reader, everyone, nobody = (
        UserFactory(role="l1", tenant=acme),
        UserFactory(role="auditor"),
        UserFactory(role="admin"),
    )
    for question in (hooks.feed_tenants, hooks.deliveries_of_tenants):
        answers = [question.ask_one(request=request_of(user)) for user in (reader, everyone, nobody)]
        assert answers == [{acme.pk}, None, frozenset()]
    assert hooks.tenant_slugs.ask(tenant_ids=[acme.pk, 0]) == [{acme.pk: "acme"}]


def test_who_hears_what():
    heard = {event: names for event, names in who_hears_what().items() if event.startswith("tenants.")}
    assert heard == {
        "tenants.glass-broken": ["tenants.receivers.tell_the_leads"],
        "tenants.token-issued": ["tenants.receivers.tell_the_owner"],
    }


def test_signing_in_and_out_is_audited_with_the_address(client):
    user = UserFactory(role="l1")
    assert client.login(username=user.username, password=PASSWORD)
    client.post("/admin/logout/", REMOTE_ADDR="192.0.2.7")
    entries = AuditEntry.objects.filter(op__startswith="SIGN").order_by("pk")
    assert [(entry.op, entry.actor, entry.row_id, entry.ip) for entry in entries] == [
        ("SIGN-IN", f"user:{user.pk}", str(user.pk), None),
        ("SIGN-OUT", f"user:{user.pk}", str(user.pk), "192.0.2.7"),
    ]


def test_a_failed_sign_in_is_audited_without_the_password(client):
    GrantFactory()
    client.post("/admin/login/", {"username": "someone", "password": "not-this-one"}, REMOTE_ADDR="192.0.2.7")
    entry = AuditEntry.objects.get(op="SIGN-IN-FAILED")
    assert (entry.actor, entry.new, entry.ip) == ("", {"username": "someone"}, "192.0.2.7")
