from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from config.errors import Absent, Forbidden, Invalid, Refused, Stale
from tenants.domain import requesters
from tenants.domain.actors import SYSTEM
from tenants.models import Requester
from tests.factories.tenants import ClientFactory, RequesterFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db


def find(tenant, email, name="Anna"):
    return requesters.find_or_create(
        tenant_id=tenant.pk, email=email, name=name, channel="api", by=SYSTEM, at=timezone.now()
    )


def test_one_person_a_tenant_and_address_however_written():
    acme, other = TenantFactory(language="de", time_zone="Europe/Lisbon"), TenantFactory()
    first = find(acme, " Anna@Client.example ")
    assert (first.email, first.name, first.channel) == ("Anna@Client.example", "Anna", "api")
    assert (first.language, first.time_zone) == ("de", "Europe/Lisbon")
    assert find(acme, "anna@client.EXAMPLE", name="Other") == first
    assert find(other, "anna@client.example") != first
    assert find(acme, "bert@client.example", name="").name == "bert"


@pytest.mark.parametrize("email", ["", "anna", "a@b@c", "x" * 250 + "@client.example", "a\x00@client.example"])
def test_what_is_no_address_is_refused(email):
    with pytest.raises(Invalid) as refusal:
        find(TenantFactory(), email)
    assert refusal.value.extra["errors"][0]["field"] == "email"
    assert not Requester.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_person_made_by_four_at_once_is_one_row():
    acme, start, found = TenantFactory(), Barrier(4), []

    def make(email):
        start.wait()
        found.append(find(acme, email).pk)
        connection.close()

    addresses = ["anna@client.example", "ANNA@client.example"] * 2
    threads = [Thread(target=make, args=[email]) for email in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Requester.objects.get().pk] * 4


def test_a_taken_address_is_said():
    known, by, now = RequesterFactory(email="anna@client.example"), actor("l1"), timezone.now()
    values = {"name": "Other", "email": "ANNA@client.example"}
    with pytest.raises(Invalid) as refusal:
        requesters.create(tenant_id=known.tenant_id, values=values, by=by, at=now)
    assert refusal.value.extra["errors"] == [
        {"field": "email", "code": "email-taken", "message": "This tenant has a requester with this address already."}
    ]
    second = RequesterFactory(tenant=known.tenant)
    with pytest.raises(Invalid):
        requesters.edit(requester_id=second.pk, changes={"email": "anna@client.example"}, by=by, at=now)
    second.refresh_from_db()
    assert (Requester.objects.count(), second.version) == (2, 1)


def test_an_edit_writes_only_what_changed_and_raises_the_version():
    row, by, now = RequesterFactory(name="Anna"), actor("l1"), timezone.now()
    Requester.objects.filter(pk=row.pk).update(role="Boss")
    edited = requesters.edit(requester_id=row.pk, changes={"name": "Anne"}, by=by, at=now, expected_version=1)
    row.refresh_from_db()
    assert (row.name, row.role, row.version, edited.version) == ("Anne", "Boss", 2, 2)
    requesters.edit(requester_id=row.pk, changes={"name": "Anne"}, by=by, at=now)
    with pytest.raises(Stale):
        requesters.edit(requester_id=row.pk, changes={"name": "Ann"}, by=by, at=now, expected_version=1)
    row.refresh_from_db()
    assert (row.name, row.version) == ("Anne", 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"time_zone": "Mars/Base"}, "time_zone"), ({"language": "?"}, "language"), ({"name": ""}, "name")],
)
def test_a_wrong_value_is_refused(changes, field):
    row = RequesterFactory()
    with pytest.raises(Invalid) as refusal:
        requesters.edit(requester_id=row.pk, changes=changes, by=actor("l1"), at=timezone.now())
    assert refusal.value.extra["errors"][0]["field"] == field
    row.refresh_from_db()
    assert row.version == 1


def test_next_door_is_absent_and_reading_is_not_writing():
    row, now = RequesterFactory(name="Anna"), timezone.now()
    with pytest.raises(Absent):
        requesters.edit(requester_id=row.pk, changes={"name": "X"}, by=actor("l1", tenant=TenantFactory()), at=now)
    with pytest.raises(Forbidden):
        requesters.edit(requester_id=row.pk, changes={"name": "X"}, by=actor("auditor"), at=now)
    row.refresh_from_db()
    assert row.name == "Anna"


def test_anonymising_removes_the_person_and_keeps_the_row():
    client, now = ClientFactory(), timezone.now()
    by = actor("admin")
    for _round in range(2):
        row = requesters.anonymise(requester_id=client.requester_id, by=by, at=now)
    client.refresh_from_db()
    assert (row.name, row.email, row.anonymised_at, row.version) == (
        "Removed person",
        f"removed-{row.pk}@anonymous.invalid",
        now,
        2,
    )
    assert (client.is_active, client.first_name, client.email) == (False, "", "")
    with pytest.raises(Refused):
        requesters.edit(requester_id=row.pk, changes={"name": "Back"}, by=actor("l1"), at=now)
