import pytest
from django.utils import timezone

from tenants.domain.access import Right, access_of
from tests.factories.tenants import ClientFactory, ResourceFactory, TenantFactory, TokenFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


def test_factories_make_what_they_say():
    acme = TenantFactory(slug="acme")
    user = UserFactory(role="l1", tenant=acme)
    assert user.access.tenant_ids(Right.SEE_CASES) == {acme.pk}
    assert access_of(user, at=timezone.now()) == user.access
    assert UserFactory().access.grants == ()
    assert actor("lead").access.tenant_ids(Right.HAND_OVER) is None
    assert ClientFactory().access.any(Right.CLIENT_CASES)
    assert ResourceFactory().tenant_id
    assert TokenFactory().secret
