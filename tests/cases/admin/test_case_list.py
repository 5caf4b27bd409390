"""Cases as a plain list in the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import User
from tests.factories.cases import opened
from tests.factories.tenants import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", [{}, {"status__exact": "new"}, {"q": "nothing like it"}, {"all": ""}])
def test_no_list_offers_all_of_its_rows_at_once(query):
    opened()
    client = Client()
    client.force_login(User.objects.get(pk=UserFactory(role="lead").pk))
    page = client.get(reverse("admin:cases_case_changelist"), query)
    assert (page.status_code, "Show all" in page.content.decode()) == (200, False)
