import pytest
from django.test import Client

from tests.factories.tenants import PASSWORD, ClientFactory, RequesterFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(path, username):
    browser = Client()
    return browser, browser.post(path, {"username": username, "password": PASSWORD})


def test_a_client_lands_on_the_page_of_their_tenant():
    user = ClientFactory(requester=RequesterFactory(tenant=TenantFactory(slug="acme")))
    browser, answer = signed_in("/sign-in/", user.username)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.get("/")["Location"] == "/status/acme/"
    assert browser.get("/status/acme/").status_code == 200


def test_the_desks_door_tells_a_client_where_theirs_is():
    user = ClientFactory()
    _, answer = signed_in("/admin/login/", user.username)
    assert answer.status_code == 200
    assert "/sign-in/" in answer.content.decode()


def test_staff_who_sign_in_here_land_on_the_desk():
    user = UserFactory(role="l1")
    browser, _ = signed_in("/sign-in/", user.username)
    assert browser.get("/")["Location"].startswith("/admin/desk/")


def test_a_wrong_password_signs_nobody_in():
    user = ClientFactory()
    browser = Client()
    answer = browser.post("/sign-in/", {"username": user.username, "password": "wrong"})
    assert (answer.status_code, "_auth_user_id" in browser.session) == (200, False)


def test_nobody_in_particular_lands_on_the_public_page():
    assert Client().get("/")["Location"] == "/status/"
