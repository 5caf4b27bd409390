"""A desk with cases at work: acme's, and its neighbour's, which nobody of acme's must see."""

from datetime import timedelta
from functools import cached_property

import pytest
from django.test import Client
from django.utils import timezone

from tenants.domain.actors import actor_of_user
from tenants.models import User
from tests.factories.cases import opened, worked_to
from tests.factories.tenants import ClientFactory, RequesterFactory, TenantFactory, UserFactory


def browser(user):
    client = Client()
    if user is not None:
        client.force_login(User.objects.get(pk=user.pk))
    return client


class Desk:
    """Each of them is made when first asked for. Times are near now: pages show what runs."""

    def __init__(self):
        self.at = timezone.now() - timedelta(minutes=30)
        self.acme = TenantFactory(slug="acme", name="Acme")
        self.ana = RequesterFactory(tenant=self.acme, name="Ana Novak", email="ana@acme.example")

    @cached_property
    def l1(self):
        return UserFactory(role="l1", username="mira", first_name="Mira", tenant=self.acme, level="L1")

    @cached_property
    def case(self):
        return opened(requester=self.ana, subject="Ingestion stalls", at=self.at)

    @cached_property
    def other(self):
        """The neighbour's."""
        tenant = TenantFactory(slug="neighbour", name="Neighbour")
        return opened(requester=RequesterFactory(tenant=tenant, name="Nils"), subject="A secret of theirs", at=self.at)

    def more(self, count, **fields):
        return [opened(requester=self.ana, subject=f"Question {n}", at=self.at, **fields) for n in range(count)]

    def at_work(self, status, **fields):
        return worked_to(status, case=opened(requester=self.ana, at=self.at, **fields), by=self.actor, at=self.at)

    @cached_property
    def actor(self):
        return actor_of_user(self.l1, at=timezone.now())

    @cached_property
    def browser(self):
        return browser(self.l1)

    def person(self, role):
        """Of acme; `client` signs in as Ana, None is a stranger."""
        if role == "anonymous":
            return None
        if role == "client":
            return ClientFactory(requester=self.ana)
        return UserFactory(role=role, tenant=self.acme)


@pytest.fixture
def desk(db):
    return Desk()
