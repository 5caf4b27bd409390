"""The desk in the reader's language: chosen by the reader alone, and never by a program."""

import html
import json
import re

import pytest
from django.test import Client

from config.errors import Absent, Invalid
from tenants.domain import people
from tenants.domain.actors import actor_of_user
from tenants.models import AuditEntry, User
from tests.factories.api import Api
from tests.factories.tenants import UserFactory

pytestmark = pytest.mark.django_db


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_person_changes_their_language_from_the_sidebar_and_stays_where_they_were():
    user = UserFactory(role="l1")
    browser = signed_in(user)
    before = browser.get("/admin/desk/queues/mine/").content.decode()
    assert '<html lang="en"' in before
    assert '<button class="icon-button tongue" name="language" value="de" lang="de" title="Deutsch"' in before
    answer = browser.post("/admin/desk/language/", {"language": "de", "next": "/admin/desk/queues/mine/?tag=quota"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/desk/queues/mine/?tag=quota")
    after = browser.get("/admin/desk/queues/mine/").content.decode()
    assert '<html lang="de"' in after
    assert "Meine Arbeit" in after
    assert 'value="en" lang="en" title="English"' in after
    entry = AuditEntry.objects.filter(table_name="tenants_user", row_id=user.pk).latest("pk")
    assert (entry.actor, entry.old["language"], entry.new["language"]) == (f"user:{user.pk}", "en", "de")


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_way_back_stays_on_the_desk(address):
    answer = signed_in(UserFactory(role="l1")).post("/admin/desk/language/", {"language": "de", "next": address})
    assert answer["Location"] == "/"


def test_a_language_that_is_not_shipped_is_refused():
    user = UserFactory(role="l1")
    by = actor_of_user(user, at=user.date_joined)
    with pytest.raises(Invalid):
        people.speak(user_id=user.pk, language="tlh", by=by)
    assert User.objects.get(pk=user.pk).language == "en"


def test_nobody_chooses_for_somebody_else():
    user, other = UserFactory(role="admin"), UserFactory(role="l1")
    with pytest.raises(Absent):
        people.speak(user_id=other.pk, language="de", by=actor_of_user(user, at=user.date_joined))
    assert User.objects.get(pk=other.pk).language == "en"


def test_scripts_are_handed_their_words_in_the_readers_language():
    page = signed_in(UserFactory(role="l1", language="de")).get("/admin/desk/queues/mine/").content.decode()
    handed = json.loads(html.unescape(re.search(r'data-words="([^"]*)"', page)[1]))
    assert (handed["ago"], handed["left"]) == ("vor {span}", "noch {left}")


def test_whoever_has_not_signed_in_reads_the_language_that_their_browser_asks_for():
    page = Client(headers={"Accept-Language": "de-AT,de;q=0.9"}).get("/sign-in/").content.decode()
    assert "Anmelden" in page
    assert '<html lang="de"' in page


def test_programs_are_answered_in_english():
    answer = Client(headers={"Accept-Language": "de"}).get("/api/v2/status.json")
    assert answer.json()["status"]["description"] == "All Systems Operational"
    page = Client(headers={"Accept-Language": "de"}).get("/status/").content.decode()
    assert "Alle Systeme in Betrieb" in page


def test_a_refusal_speaks_german_to_the_reader_and_english_to_their_program():
    reader = UserFactory(role="l1", language="de")
    page = signed_in(reader).get("/admin/desk/queues/all/", {"q": "prio:P0"}).content.decode()
    assert "Es gibt keinen Filter „prio:“. War „priority:“ gemeint?" in page
    answer = Api(reader).get("/search/", {"q": "prio:P0"}, headers={"Accept-Language": "de"})
    assert answer.json()["errors"] == [
        {"field": "q", "code": "invalid", "message": "There is no filter “prio:”. Did you mean “priority:”?"}
    ]
