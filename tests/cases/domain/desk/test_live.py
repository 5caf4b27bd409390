"""What an open page is told: versions and stamps from notes, people from what their pages say, nothing of others."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.domain import change_notes
from cases.domain.desk import live, presence
from cases.models import Case
from config.errors import Absent
from config.short_memory import asked
from tests.factories.cases import MONDAY, opened, says
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def empty_memory():
    asked(lambda pipeline: pipeline.flushdb())


def ask(by, case=None, *, doing="looking", at=MONDAY, look=None):
    return live.news(
        reader=presence.reader_of(by),
        case_id=case.pk if case else None,
        doing=doing,
        at=at,
        look=look or live.standing(by),
    )


def told(news):
    return {case_id: [(one.name, one.doing) for one in here] for case_id, here in news.people.items()}


def test_without_a_note_the_database_tells_and_then_the_note(django_capture_on_commit_callbacks):
    by, case = actor("l2", at=MONDAY), opened()
    assert ask(by, case).version == 1
    with CaptureQueriesContext(connection) as asked_for:
        assert ask(by, case).version == 1
    assert len(asked_for) == 0
    stamp = ask(by).stamp
    with django_capture_on_commit_callbacks(execute=True):
        says(case)
    with CaptureQueriesContext(connection) as asked_for:
        news = ask(by, case)
    assert (len(asked_for), news.version) == (0, Case.objects.get(pk=case.pk).version)
    assert news.stamp not in ("", stamp)


def test_of_two_notes_the_newer_version_stands():
    case = opened()
    for version in (7, 6):
        change_notes._note([(case.pk, version, case.tenant_id)])
    assert ask(actor("l2", at=MONDAY), case).version == 7


def test_nobody_hears_of_a_neighbours_case():
    mine, theirs = opened(), opened()
    by, neighbour = actor("l2", tenant=mine.tenant), actor("l2", tenant=theirs.tenant)
    everybody = actor("po", at=MONDAY)
    for somebody in (neighbour, everybody):
        ask(somebody, theirs)
    for case in (theirs, Case(pk=987_654_321)):  # noted, and not there at all: the same
        with pytest.raises(Absent):
            ask(by, case)
    assert (told(ask(by, mine)), told(ask(by))) == ({}, {})
    assert told(ask(neighbour)) == {theirs.pk: [(everybody.name, "looking")]}
    stamp = ask(by).stamp
    change_notes._note([(theirs.pk, 2, theirs.tenant_id)])
    assert ask(by).stamp == stamp
    assert ask(neighbour).stamp != stamp
    change_notes._note([(mine.pk, 2, mine.tenant_id)])
    assert ask(by).stamp != stamp


def test_people_are_told_what_others_do_until_they_say_nothing_more():
    case, ben, mira = opened(), actor("l2", at=MONDAY), actor("l1", at=MONDAY)
    ask(ben, case, doing="typing")
    assert told(ask(mira, case)) == {case.pk: [(ben.name, "typing")]}
    assert told(ask(ben)) == {case.pk: [(mira.name, "looking")]}
    assert told(ask(mira, at=MONDAY + 9 * SECOND)) == {}
    ask(ben, case, doing="away", at=MONDAY + 10 * SECOND)
    assert told(ask(mira, at=MONDAY + 300 * SECOND)) == {case.pk: [(ben.name, "away")]}
    assert presence.busy_elsewhere(actor=mira, at=MONDAY + 11 * SECOND) == {}
    ask(ben, case, doing="gone", at=MONDAY + 12 * SECOND)
    assert told(ask(mira, at=MONDAY + 12 * SECOND)) == {}
    ask(ben, case, doing="looking", at=MONDAY + 13 * SECOND)
    assert presence.busy_elsewhere(actor=mira, at=MONDAY + 20 * SECOND) == {case.pk: ben.name}
    assert presence.busy_elsewhere(actor=ben, at=MONDAY + 20 * SECOND) == {}


def test_what_has_just_been_said_is_not_said_again():
    """A word holds for fifteen seconds; it is written anew once half of that is over, or when it is another one."""
    case, by = opened(), actor("l2", at=MONDAY)
    held = []
    for seconds, doing in ((0, "looking"), (3, "looking"), (9, "looking"), (10, "typing"), (11, "typing")):
        ask(by, case, doing=doing, at=MONDAY + seconds * SECOND)
        [value] = asked(lambda pipeline: pipeline.hvals(presence.PEOPLE))[0]
        held.append(int(value.split("|")[0]) - int(MONDAY.timestamp()))
    assert held == [15, 15, 24, 18, 18]


def test_without_the_memory_the_version_is_still_told(monkeypatch):
    case, by = opened(), actor("l2", at=MONDAY)
    monkeypatch.setattr("config.short_memory._quiet_until", float("inf"))
    news = ask(by, case)
    assert (news.version, news.stamp, news.people) == (1, "", {})
    assert (live.stamp_for(presence.reader_of(by)), presence.busy_elsewhere(actor=by, at=MONDAY)) == ("", {})
