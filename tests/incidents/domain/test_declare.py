from datetime import UTC, datetime, timedelta

import pytest

from config.errors import Absent, Forbidden, Invalid
from incidents.domain.declare import declare
from incidents.models import Incident, TimelineEntry
from outbox.models import Event
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import TenantPerson
from tests.factories.tenants import GrantFactory, ResourceFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def actor(role, **place):
    return actor_of_user(UserFactory(role=role, **place), at=AT)


def test_an_urgent_incident_has_a_first_word_clock_for_each_tenant():
    acme, globex = TenantFactory(), TenantFactory()
    incident = declare(
        title="Logins fail", severity="sev1", tenant_ids=[acme.pk, globex.pk], detected_by="alarm", by=SYSTEM, at=AT
    )
    clocks = [link.word_clock for link in incident.tenant_links.order_by("pk")]
    assert [(c.tenant_id, c.kind, c.due_at, c.phase) for c in clocks] == [
        (acme.pk, "client_word", AT + timedelta(minutes=10), "running"),
        (globex.pk, "client_word", AT + timedelta(minutes=10), "running"),
    ]
    assert (incident.priority, incident.status) == ("P0", "investigating")
    assert Event.objects.get(name="incidents.incident-declared").payload == {
        "incident_id": incident.pk,
        "severity": "sev1",
        "tenant_ids": [acme.pk, globex.pk],
        "by": "system",
    }
    assert TimelineEntry.objects.get().body.startswith("Declared as SEV1")


def test_a_small_incident_promises_no_word():
    incident = declare(
        title="Typo", severity="sev4", tenant_ids=[TenantFactory().pk], detected_by="us", by=SYSTEM, at=AT
    )
    assert incident.tenant_links.get().word_clock is None


def test_the_communicator_is_the_po_else_the_cs_lead():
    tenant, lead, po = TenantFactory(), UserFactory(), UserFactory()
    TenantPerson.objects.create(tenant=tenant, user=lead, role="cs_lead")

    def communicator():
        return declare(
            title="x", severity="sev3", tenant_ids=[tenant.pk], detected_by="us", by=SYSTEM, at=AT
        ).communicator

    assert communicator() == lead
    TenantPerson.objects.create(tenant=tenant, user=po, role="po")
    assert communicator() == po


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"severity": "huge"}, "severity"),
        ({"detected_by": "luck"}, "detected_by"),
        ({"started_at": AT + timedelta(seconds=1)}, "started_at"),
    ],
)
def test_bad_words_are_refused_and_change_nothing(change, field):
    words = {"title": "x", "severity": "sev1", "detected_by": "us", "tenant_ids": [TenantFactory().pk]} | change
    with pytest.raises(Invalid) as refusal:
        declare(**words, by=SYSTEM, at=AT)
    assert [error["field"] for error in refusal.value.extra["errors"]] == [field]
    assert not Incident.objects.exists()
    assert not Event.objects.exists()


def test_rights_and_walls():
    mine, theirs = TenantFactory(), TenantFactory()
    hidden = ResourceFactory(tenant=theirs)
    words = {"title": "x", "severity": "sev2", "detected_by": "us", "at": AT}
    with pytest.raises(Forbidden):
        declare(**words, tenant_ids=[mine.pk], by=actor("auditor"))
    with pytest.raises(Absent):
        declare(**words, tenant_ids=[theirs.pk], by=actor("l1", tenant=mine))
    with pytest.raises(Absent):
        declare(**words, tenant_ids=[mine.pk], resource_ids=[hidden.pk], by=actor("l1", tenant=mine))
    with pytest.raises(Forbidden):
        declare(**words, tenant_ids=[], by=actor("l1", tenant=mine))
    assert not Incident.objects.exists()


def test_a_reader_sees_incidents_of_own_tenants_only():
    mine, theirs = TenantFactory(), TenantFactory()
    for tenants in ([mine], [theirs], [mine, theirs]):
        declare(
            title=f"{len(tenants)}", severity="sev3", tenant_ids=[t.pk for t in tenants], detected_by="us",
            by=SYSTEM, at=AT,
        )  # fmt: skip
    user = UserFactory(role="l1", tenant=mine)
    seen = Incident.objects.visible_to(actor_of_user(user, at=AT))
    assert sorted(link.tenant_id for i in seen for link in i.tenant_links.all()) == [mine.pk, mine.pk, theirs.pk]
    GrantFactory(user=user, role="l1", tenant=theirs)
    assert Incident.objects.visible_to(actor_of_user(user, at=AT)).count() == 3
    assert not Incident.objects.visible_to(actor_of_user(UserFactory(), at=AT)).exists()
