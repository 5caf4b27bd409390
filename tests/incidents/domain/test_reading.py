"""What a reader of one tenant learns of an incident that hurts several."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.domain import paging, reading, touching
from incidents.domain.declare import declare
from tenants.domain.actors import SYSTEM, actor_of_user
from tests.factories.incidents import OnCallFactory
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_timeline_names_no_neighbour(client):
    at = timezone.now()
    acme, other = TenantFactory(name="Acme"), TenantFactory(name="Secretive Ltd")
    OnCallFactory(starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=1))
    incident = declare(
        title="Ingestion is throttled", severity="sev2", tenant_ids=[acme.pk], resource_ids=[], detected_by="alarm",
        commander_id=None, public=False, by=SYSTEM, at=at,
    )  # fmt: skip
    touching.attach_tenant(incident_id=incident.pk, tenant_id=other.pk, by=SYSTEM, at=at)
    for tenant in (acme, other):
        paging.page(
            tenant_id=tenant.pk, reason=f"the next word to {tenant.name} is late", key=tenant.slug,
            incident_id=incident.pk, by=SYSTEM, at=at,
        )  # fmt: skip
    narrow, wide = UserFactory(role="l1", tenant=acme), UserFactory(role="l1")

    def told(user):
        actor = actor_of_user(user, at=at)
        found = reading.require_visible(incident_id=incident.pk, actor=actor)
        return " ".join(entry.body for entry in reading.timeline(incident=found, actor=actor))

    assert ("Acme" in told(wide), "Secretive" in told(wide)) == (True, True)
    assert ("Acme" in told(narrow), "Secretive" in told(narrow)) == (True, False)
    client.force_login(narrow)
    page = client.get(reverse("admin:incidents_incident_change", args=[incident.pk]))
    assert (page.status_code, "Secretive" in page.content.decode()) == (200, False)
