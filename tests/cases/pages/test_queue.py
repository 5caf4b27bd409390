"""Queues: what a row says, how pages follow each other, what it costs, who sees it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.domain import lifecycle, talking
from cases.domain.desk import queue_page
from cases.domain.desk.lists import listed
from cases.domain.desk.queues import QUEUES, lists, queue
from cases.enums import Status
from cases.models import Case
from config.counting import counted_to
from tenants.domain.actors import SYSTEM
from tests.cases.pages.conftest import browser
from tests.factories.api import Api
from tests.factories.cases import says
from tests.factories.pages import ANEW
from tests.factories.tenants import UserFactory, actor

ALL = reverse("desk:queue", args=["all"])
SEARCH = reverse("desk:search")


def subjects(answer):
    return [row.case.subject for row in answer.context["rows"]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_queue_costs_the_same_for_one_row_as_for_three(desk, count, django_assert_num_queries):
    desk.more(count)
    desk.browser.get(ALL)
    with django_assert_num_queries(9):
        assert len(desk.browser.get(ALL, headers=ANEW).context["rows"]) == count


def test_a_row_says_who_spoke_last_and_what_is_due(desk):
    case = desk.case
    says(case, "We look at it.", by=actor("l2"), at=desk.at + timedelta(minutes=2))
    says(case, "Only we read this.", by=actor("l2"), at=desk.at + timedelta(minutes=3), public=False, kind="note")
    row = desk.browser.get(ALL).context["rows"][0]
    assert (str(row.spoke), row.line, row.unread, row.incidents) == ("us, note", "Only we read this.", False, [])
    says(case, "Still late.", at=desk.at + timedelta(minutes=4))
    row = desk.browser.get(ALL).context["rows"][0]
    assert (str(row.spoke), row.line, row.unread, row.promise.kind) == ("customer", "Still late.", True, "next_reply")


def test_the_first_words_stand_in_where_nothing_was_said(desk):
    desk.more(1)
    row = desk.browser.get(ALL).context["rows"][0]
    assert (str(row.spoke), row.line, row.spoke_at) == ("customer", "Since this morning.", desk.at)


@pytest.mark.parametrize("name", ["all", "waiting-on-us"])
def test_pages_follow_each_other_without_a_gap(desk, name):
    desk.more(7)
    Case.objects.filter(pk__in=Case.objects.order_by("pk").values("pk")[:2]).update(next_due_at=None, next_due_kind="")
    at, by = timezone.now(), desk.actor
    whole = [case.pk for case in queue(name, actor=by, at=at)]
    seen, after = [], ""
    while True:
        page = queue_page.page(listed(name, actor=by, at=at), actor=by, at=at, after=after, size=3)
        seen += [case.pk for case in page.cases]
        after = page.after
        if not after:
            break
    assert (seen, len(seen)) == (whole, 7)


@pytest.mark.parametrize(
    "after", ["nonsense", "~", "2026-13-01~5", "2026-11-01~5", "x~y", "99999999999999999999", "back:x", "back:7"]
)
def test_a_cursor_that_makes_no_sense_is_no_error(desk, after):
    desk.more(1)
    assert desk.browser.get(ALL, {"after": after}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Two", "One"]),
        ({"q": "one"}, ["One"]),
        ({"q": "ING-503"}, ["Two"]),
        ({"q": "ana nov"}, ["Two", "One"]),
        ({"priority": "P3"}, []),
        ({"tenant": "acme"}, ["Two", "One"]),
        ({"tenant": "neighbour"}, []),
        ({"owner": "nobody"}, ["Two"]),
        ({"owner": "mira"}, ["One"]),
        ({"level": "L2"}, []),
        ({"open": "1"}, ["Two", "One"]),
        ({"reopened": "1"}, []),
        ({"priority": "P9", "level": "L9", "tenant": "no slug!"}, ["Two", "One"]),
    ],
    ids=str,
)
def test_filters_narrow_and_nonsense_is_left_out(desk, asked, found):
    [one, _two] = [*desk.more(1, error_ids=[]), *desk.more(1, error_ids=["ING-503"])]
    Case.objects.filter(pk=one.pk).update(subject="One", owner=desk.l1)
    Case.objects.exclude(pk=one.pk).update(subject="Two")
    assert desk.other.tenant.slug == "neighbour"
    assert subjects(desk.browser.get(ALL, asked)) == found


def test_counts_equal_the_lists_they_stand_for(desk):
    at = timezone.now()
    desk.more(2)
    desk.at_work("waiting_on_customer")
    desk.at_work("closed")
    held = counted_to(100, lists(actor=desk.actor, at=at, names=QUEUES))
    assert held == {name: queue(name, actor=desk.actor, at=at).count() for name in QUEUES}
    assert counted_to(2, lists(actor=desk.actor, at=at, names=("all", "urgent"))) == {"all": 2, "urgent": 0}
    nothing = {"all": 0, "incidents": 0, "alerts": 0}
    assert counted_to(5, lists(actor=actor("admin"), at=at, names=nothing)) == nothing


def test_what_is_late_stands_in_front(desk):
    late, soon = desk.more(2)
    at = desk.at + timedelta(minutes=1)
    lifecycle.accept(case_id=soon.pk, by=desk.actor, at=at)
    Case.objects.filter(pk=late.pk).update(next_due_at=desk.at - timedelta(hours=1), breached=True)
    rows = desk.browser.get(reverse("desk:queue", args=["waiting-on-us"])).context["rows"]
    assert [row.case.pk for row in rows] == [late.pk, soon.pk]


def test_taking_makes_the_reader_the_owner_and_goes_back(desk):
    answer = desk.browser.post(reverse("desk:take", args=[desk.case.pk]), {"back": ALL})
    assert (answer.status_code, answer.url) == (302, ALL)
    assert Case.objects.get().owner_id == desk.l1.pk
    assert desk.browser.post(reverse("desk:take", args=[desk.case.pk]), {"back": "//evil.example"}).url == reverse(
        "desk:case", args=[desk.case.pk]
    )
    assert desk.browser.get(reverse("desk:take", args=[desk.case.pk])).status_code == 405


@pytest.mark.parametrize(
    ("words", "to"),
    [
        ("case-1042", reverse("desk:case", args=[1042])),
        (" CASE-7 ", reverse("desk:case", args=[7])),
        ("INC-204", reverse("admin:incidents_incident_change", args=[204])),
        ("CASE-99999999999999999999", f"{SEARCH}?q=CASE-99999999999999999999"),
        ("ING-503", f"{SEARCH}?q=ING-503"),
        ("", SEARCH),
    ],
)
def test_the_search_box_jumps_or_searches(desk, words, to):
    assert desk.browser.get(reverse("desk:jump"), {"q": words}).url == to


def test_an_unknown_queue_is_not_there(desk):
    assert desk.browser.get(reverse("desk:queue", args=["nope"])).status_code == 404


def test_the_sidebar_counts_and_marks(desk):
    desk.more(2)
    menu = desk.browser.get(reverse("desk:queue", args=["unassigned"])).context["menu"]
    lines = {str(entry.title): entry for _title, entries in menu.groups for entry in entries}
    assert (lines["Unassigned"].count, lines["Unassigned"].active, lines["Mine"].count) == ("2", True, "")
    assert (lines["Needs first word"].count, lines["Needs first word"].hot) == ("2", True)
    reader = browser(UserFactory(role="auditor")).get(ALL).context["menu"]
    shown = [str(entry.title) for entry in reader.groups[0][1]]
    assert shown == ["P0 / P1 now", "Breached", "Answered, not accepted", "All cases"]


def test_words_of_a_customer_are_escaped(desk):
    talking.add_interaction(
        case_id=desk.case.pk, kind="note", public=False, body="<script>alert(1)</script>", by=SYSTEM, at=timezone.now()
    )
    assert b"<script>alert" not in desk.browser.get(ALL).content


def test_the_page_the_api_and_the_counts_agree(desk):
    """One definition: each queue holds the same cases wherever it is asked for."""
    for status in Status.values:
        desk.at_work(status)
    says(desk.case, "Hello", by=desk.actor, at=desk.at + timedelta(minutes=1))
    held = counted_to(100, lists(actor=desk.actor, at=timezone.now(), names=QUEUES))
    api = Api(desk.l1)
    for name, number in held.items():
        page = desk.browser.get(reverse("desk:queue", args=[name]))
        on_page = {row.case.reference for row in page.context["rows"]}
        through_the_api = {case["reference"] for case in api.get("/cases/", {"queue": name}).json()["results"]}
        assert (name, len(on_page), on_page) == (name, number, through_the_api)
    assert held["answered-not-accepted"] == 1
