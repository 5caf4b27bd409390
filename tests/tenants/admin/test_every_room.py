"""Every list and every add page of the whole admin, for somebody of one tenant, with a second tenant in the house."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.factories.tenants import RequesterFactory, ResourceFactory, TenantFactory, UserFactory

OF_PEOPLE = {"tenants.User", "tenants.ApiToken"}  # these belong to no tenant


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["po", "auditor"])  # between them they hold every right to see
def test_no_page_names_the_neighbour(client, role):
    acme, other = TenantFactory(), TenantFactory(slug="secretive", name="Secretive", segment="secretive-segment")
    for tenant in (acme, other):
        RequesterFactory(tenant=tenant, name=f"{tenant.name} person")
        ResourceFactory(tenant=tenant, key=f"{tenant.slug}-service")
    client.force_login(UserFactory(role=role, tenant=acme))
    said, leaks = set(), []
    for model in admin.site._registry:
        for page in ("changelist", "add"):
            answer = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"))
            said.add(answer.status_code)
            if model._meta.label not in OF_PEOPLE and "ecretive" in answer.content.decode():
                leaks.append((model._meta.label, page))
    assert leaks == []
    assert said <= {200, 302, 403}
