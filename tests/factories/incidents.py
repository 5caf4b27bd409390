"""Real rows of the incidents room, made by its doors."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from incidents.domain.declare import declare
from incidents.models import Component, Incident, OnCall, Runbook
from tenants.domain.actors import SYSTEM
from tests.factories.tenants import TenantFactory, UserFactory


class IncidentFactory(DjangoModelFactory):
    """Goes through `declare`; `tenants` and `resources` are lists of rows."""

    class Meta:
        model = Incident

    title = factory.Sequence(lambda n: f"Uploads fail {n}")
    severity = "sev2"
    detected_by = "alarm"

    @classmethod
    def _create(cls, model_class, *args, tenants=None, resources=(), by=SYSTEM, at=None, **fields):
        return declare(
            tenant_ids=[tenant.pk for tenant in ([TenantFactory()] if tenants is None else tenants)],
            resource_ids=[resource.pk for resource in resources],
            by=by,
            at=at or timezone.now(),
            **fields,
        )


class RunbookFactory(DjangoModelFactory):
    class Meta:
        model = Runbook

    title = factory.Sequence(lambda n: f"Ingestion throttled {n}")
    steps = ["Look at the queue", "Raise the quota"]


class ComponentFactory(DjangoModelFactory):
    class Meta:
        model = Component

    name = factory.Sequence(lambda n: f"Component {n}")


class OnCallFactory(DjangoModelFactory):
    class Meta:
        model = OnCall

    user = factory.SubFactory(UserFactory, role="l2")
    starts_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
