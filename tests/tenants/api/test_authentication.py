from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.api import Api
from tests.factories.tenants import PASSWORD, TenantFactory, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer desk_",
        "Bearer desk_\x00\x00",
        "Bearer desk_é€",
        "Bearer " + "desk_" + "x" * 1_000_000,
        "Bearer {secret} {secret}",
        "Bearer {secret}x",
        "Basic {secret}",
        "Token {secret}",
        "{secret}",
    ],
)
def test_what_is_no_token_is_401(header):
    TenantFactory()
    token = TokenFactory()
    answer = Api().get("/tenants/", headers={"Authorization": header.replace("{secret}", token.secret)})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    token.refresh_from_db()
    assert token.last_used_at is None


@pytest.mark.parametrize(
    "ended",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
)
def test_an_ended_token_is_401(ended):
    assert Api(UserFactory(role="l1"), **ended).get("/tenants/").status_code == 401


def test_a_user_who_left_is_401():
    api = Api(UserFactory(role="l1"))
    type(api.token.user).objects.update(is_active=False)
    assert api.get("/tenants/").status_code == 401


def test_a_session_does_not_speak_to_the_api():
    user = UserFactory(role="l1")
    api = Api()
    assert api.client.login(username=user.username, password=PASSWORD)
    assert api.get("/tenants/").status_code == 401


def test_a_good_token_works_and_its_use_is_kept():
    api = Api(UserFactory(role="l1"))
    assert api.get("/tenants/").status_code == 200
    api.token.refresh_from_db()
    assert api.token.last_used_at is not None
    lower = {"Authorization": f"bearer {api.token.secret}"}
    assert Api().get("/tenants/", headers=lower).status_code == 200
