"""The list of calls: each says whom it is about, as far as the reader may know."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.domain import paging
from incidents.models import Page
from tenants.domain.actors import SYSTEM
from tests.factories.incidents import IncidentFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:incidents_page_changelist")


def called(tenants, *, key="word"):
    paging.page(
        tenant_id=None, waiting=[tenant.pk for tenant in tenants], reason="The next word is late", key=key,
        user_ids=[UserFactory().pk], incident_id=IncidentFactory(tenants=tenants).pk, by=SYSTEM, at=timezone.now(),
    )  # fmt: skip


def test_a_call_names_the_tenants_that_the_reader_may_know():
    acme, other = TenantFactory(name="Acme"), TenantFactory(name="Secretive Ltd")
    called([acme, other])
    page = reverse("admin:incidents_page_change", args=[Page.objects.get().pk])
    for reader, secret in (({"role": "l1"}, True), ({"role": "l1", "tenant": acme}, False)):
        browser = Client()
        browser.force_login(UserFactory(**reader))
        for path in (LIST, page):
            html = browser.get(path).content.decode()
            assert ("Acme" in html, "Secretive" in html) == (True, secret), path


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(count, django_assert_num_queries):
    for n in range(count):
        called([TenantFactory(), TenantFactory()], key=f"word-{n}")
    browser = Client()
    browser.force_login(UserFactory(role="l1"))
    browser.get(LIST)
    with django_assert_num_queries(7):
        browser.get(LIST, headers=ANEW)
