"""A form that was sent without a token of this desk: told in the desk's own words, with a way on."""

import pytest
from django.test import Client

from config.api.fallbacks import csrf_failure

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/sign-in/", "/admin/login/", "/admin/cases/triagerule/add/"])
def test_a_form_without_a_token_gets_the_desks_own_page(address):
    answer = Client(enforce_csrf_checks=True).post(address, {"username": "x"})
    html = answer.content.decode()
    assert (answer.status_code, "This page was too old to be sent" in html) == (403, True)
    assert "back button" in html
    assert 'href="/"' in html
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "CSRF" not in html


def test_an_address_of_the_api_gets_a_problem(rf):
    answer = csrf_failure(rf.post("/api/v1/cases/"), reason="none")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
