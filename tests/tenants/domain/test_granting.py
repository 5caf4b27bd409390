from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from config.errors import DomainError, Forbidden, Invalid, Refused
from outbox.models import Delivery, Event
from tenants.domain import granting, telling
from tenants.domain.access import access_of
from tenants.domain.actors import SYSTEM
from tenants.domain.people import comes_in, leads_of
from tenants.enums import Right
from tenants.models import Grant, TenantPerson
from tests.factories.tenants import ClientFactory, GrantFactory, RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


def test_a_grant_opens_a_tenant_until_its_end():
    acme, user, admin, now = TenantFactory(), UserFactory(), actor("admin"), timezone.now()
    granted = granting.grant(
        user_id=user.pk,
        role="l2",
        scope="tenant",
        tenant_id=acme.pk,
        until=now + timedelta(hours=2),
        reason=" Incident ",
        by=admin,
        at=now,
    )
    assert (granted.reason, granted.granted_by_id, granted.created_at) == ("Incident", admin.user_id, now)
    assert access_of(user, at=now).tenant_ids(Right.RUN_INCIDENTS) == {acme.pk}
    assert not access_of(user, at=now + timedelta(hours=2)).grants
    assert list(Event.objects.values_list("name", "payload")) == [
        ("tenants.access-granted", {"grant_id": granted.pk, "user_id": user.pk, "by": admin.label})
    ]


@pytest.mark.parametrize("role", ["l1", "lead", "l2", "l3", "po", "auditor"])
def test_nobody_grants_without_the_right(role):
    user = UserFactory()
    with pytest.raises(Forbidden):
        granting.grant(user_id=user.pk, role="l1", scope="all", reason="x", by=actor(role), at=timezone.now())
    assert not user.grants.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"role": "king"}, "role"),
        ({"scope": "galaxy"}, "scope"),
        ({"scope": "segment"}, "segment"),
        ({"scope": "tenant"}, "tenant"),
        ({"segment": "bank"}, "segment"),
        ({"until": timezone.now() - timedelta(days=1)}, "until"),
        ({"role": "client", "scope": "all"}, "role"),
    ],
)
def test_a_senseless_grant_is_refused(wrong, field):
    user, by = UserFactory(), actor("admin")
    arguments = {"user_id": user.pk, "role": "l1", "scope": "all", "reason": "x"} | wrong
    with pytest.raises(Invalid) as refusal:
        granting.grant(**arguments, by=by, at=timezone.now())
    assert refusal.value.extra["errors"][0]["field"] == field
    assert not user.grants.exists()


def test_roles_of_ours_are_not_for_clients_nor_theirs_for_us():
    acme = TenantFactory()
    client = ClientFactory(requester=RequesterFactory(tenant=acme))
    for user, role in [(client, "l1"), (UserFactory(), "client")]:
        before = user.grants.count()
        with pytest.raises(Invalid):
            granting.grant(
                user_id=user.pk,
                role=role,
                scope="tenant",
                tenant_id=acme.pk,
                reason="x",
                by=actor("admin"),
                at=timezone.now(),
            )
        assert user.grants.count() == before


def test_the_same_grant_twice_is_refused():
    user, by, now = UserFactory(), actor("admin"), timezone.now()
    granting.grant(user_id=user.pk, role="l1", scope="all", reason="x", by=by, at=now)
    with pytest.raises(Refused):
        granting.grant(user_id=user.pk, role="l1", scope="all", reason="y", by=by, at=now)
    assert user.grants.count() == 1


def test_breaking_the_glass_needs_an_end_and_tells_the_leads():
    acme, now = TenantFactory(), timezone.now()
    lead, named, elsewhere = UserFactory(role="lead"), UserFactory(), UserFactory(role="lead", tenant=TenantFactory())
    TenantPerson.objects.create(tenant=acme, user=named, role="cs_lead")
    by = actor("admin")
    own = {"user_id": by.user_id, "role": "l1", "scope": "tenant", "tenant_id": acme.pk, "reason": "Fire"}
    for until in (None, now + timedelta(days=4)):
        with pytest.raises(Invalid):
            granting.grant(**own, until=until, by=by, at=now)
    granted = granting.grant(**own, until=now + timedelta(hours=1), by=by, at=now)
    event = Event.objects.get()
    assert (event.name, event.tenant_id) == ("tenants.glass-broken", acme.pk)
    assert telling.glass_broken(grant_id=granted.pk, at=now) == 2
    assert set(Delivery.objects.values_list("to", flat=True)) == {lead.email, named.email}
    assert elsewhere not in leads_of(frozenset({acme.pk}), at=now)


def test_revoking_ends_access_now_and_once():
    grant, by, now = GrantFactory(), actor("admin"), timezone.now()
    for _round in range(2):
        granting.revoke(grant_id=grant.pk, reason="Left", by=by, at=now)
    grant.refresh_from_db()
    assert (grant.revoked_at, grant.revoked_reason) == (now, "Left")
    assert not comes_in(grant.user, at=now)
    assert Event.objects.filter(name="tenants.access-revoked").count() == 1


def test_revoking_needs_a_reason_and_the_right():
    grant = GrantFactory()
    with pytest.raises(Invalid):
        granting.revoke(grant_id=grant.pk, reason=" ", by=actor("admin"), at=timezone.now())
    with pytest.raises(Forbidden):
        granting.revoke(grant_id=grant.pk, reason="x", by=actor("lead"), at=timezone.now())
    grant.refresh_from_db()
    assert grant.revoked_at is None


@pytest.mark.django_db
def test_the_last_admin_stays_whoever_read_the_clock_first():
    """Of two at once, the one that waited for the lock may have the earlier `at`."""
    first, last = GrantFactory(role="admin"), GrantFactory(role="admin")
    at = timezone.now()
    granting.revoke(grant_id=first.pk, reason="x", by=SYSTEM, at=at + timedelta(milliseconds=5))
    with pytest.raises(DomainError) as refusal:
        granting.revoke(grant_id=last.pk, reason="x", by=SYSTEM, at=at)
    assert refusal.value.code == "last-admin"
    assert list(Grant.objects.filter(revoked_at=None)) == [last]


@pytest.mark.django_db(transaction=True)
def test_two_admins_can_not_revoke_each_other():
    grants = [GrantFactory(role="admin"), GrantFactory(role="admin")]
    start, said = Barrier(2), []

    def revoke(grant):
        start.wait()
        try:
            granting.revoke(grant_id=grant.pk, reason="x", by=SYSTEM, at=timezone.now())
            said.append("ok")
        except DomainError as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=revoke, args=[grant]) for grant in grants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["last-admin", "ok"]
    assert Grant.objects.filter(revoked_at__isnull=True).count() == 1
