"""Views, bulk actions, snooze and 'next' as pages: by plain forms, without a script."""

import re
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.domain import snoozing
from cases.domain.desk import queue_page
from cases.domain.desk.lists import listed
from cases.domain.desk.views import save_view
from cases.models import BulkRun, Case, SavedView
from tenants.domain.actors import actor_of_user
from tests.cases.pages.conftest import browser
from tests.factories.cases import says
from tests.factories.pages import ANEW
from tests.factories.tenants import UserFactory

ALL = reverse("desk:queue", args=["all"])
MINE = reverse("desk:queue", args=["mine"])


@pytest.fixture
def lead(desk):
    return UserFactory(role="lead", username="lea", first_name="Lea", tenant=desk.acme)


@pytest.fixture
def leads(lead):
    return browser(lead)


def by(user):
    return actor_of_user(user, at=timezone.now())


def subjects(answer):
    return [row.case.subject for row in answer.context["rows"]]


def links(answer, label):
    return re.findall(rf'href="([^"]+)"[^>]*data-key="{label}"', answer.content.decode())


# --- The line -------------------------------------------------------------------------------------------------------
def test_the_line_narrows_and_the_picks_show_what_it_says(desk):
    one, two, _three = desk.more(3)
    Case.objects.filter(pk=one.pk).update(priority="P0", tags=["data loss"])
    Case.objects.filter(pk=two.pk).update(priority="P0")
    answer = desk.browser.get(ALL, {"q": 'priority:P0 tag:"data loss"'})
    assert subjects(answer) == ["Question 0"]
    told = answer.context["told"]
    assert (told.picked, told.typed) == ({"priority": "P0"}, 'tag:"data loss"')
    assert subjects(desk.browser.get(ALL, {"q": "priority:P0", "priority": "P3"})) == ["Question 1", "Question 0"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("prio:P0", "There is no filter “prio:”. Did you mean “priority:”?"),
        ("tenant:neighbour", "There is no tenant “neighbour” here, or not for you."),
    ],
)
def test_a_line_that_makes_no_sense_finds_nothing_and_says_why(desk, line, said):
    desk.more(1)
    assert desk.other.tenant.slug == "neighbour"
    answer = desk.browser.get(ALL, {"q": line})
    assert (answer.status_code, subjects(answer), answer.context["told"].typed) == (422, [], line)
    assert said in answer.content.decode()


# --- Views ----------------------------------------------------------------------------------------------------------
def test_a_line_becomes_a_view_with_its_place_in_the_sidebar(desk):
    desk.more(2)
    offered = desk.browser.get(reverse("desk:view-new"), {"from": "unassigned", "q": "level:L1"})
    initial = offered.context["form"].initial
    assert (initial["line"], "shared" in offered.context["form"].fields) == ("queue:unassigned level:L1", False)
    form = {"name": "Up for grabs", "line": initial["line"], "order": "soonest", "position": 5, "pinned": "on"}
    saved = desk.browser.post(reverse("desk:view-new"), form | {"columns": ["tenant", "status"]})
    view = SavedView.objects.get(owner=desk.l1)
    assert saved.url == reverse("desk:view", args=[view.pk])
    shown = desk.browser.get(saved.url)
    assert subjects(shown) == ["Question 0", "Question 1"]
    assert [column for column, _label in shown.context["columns"]] == ["tenant", "status"]
    lines = {str(line.title): line for _title, entries in shown.context["menu"].groups for line in entries}
    assert (lines["Up for grabs"].count, lines["Up for grabs"].active) == ("2", True)
    again = desk.browser.post(reverse("desk:view-edit", args=[view.pk]), form | {"name": "Free", "pinned": ""})
    assert again.status_code == 302
    assert "Free" not in {str(e.title) for _t, es in desk.browser.get(ALL).context["menu"].groups for e in es}
    desk.browser.post(reverse("desk:view-delete", args=[view.pk]))
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_a_refused_view_keeps_what_was_typed(desk):
    answer = desk.browser.post(
        reverse("desk:view-new"), {"name": "Wrong", "line": "prio:P0", "order": "soonest", "position": 1}
    )
    assert (answer.status_code, answer.context["form"]["line"].value()) == (422, "prio:P0")
    assert "Did you mean “priority:”?" in answer.content.decode()
    assert not SavedView.objects.filter(owner=desk.l1).exists()


def test_a_shared_view_is_the_leads_to_change(desk, lead, leads):
    view = save_view(name="Everybody's", line="", shared=True, by=by(lead), at=desk.at)
    form = {"name": "Taken over", "line": "", "order": "soonest", "position": 1, "shared": "on"}
    for url in (reverse("desk:view-edit", args=[view.pk]), reverse("desk:view-delete", args=[view.pk])):
        assert desk.browser.post(url, form).status_code == 403
    assert "Delete this view" not in desk.browser.get(reverse("desk:view-edit", args=[view.pk])).content.decode()
    assert SavedView.objects.get(pk=view.pk).name == "Everybody's"
    assert leads.post(reverse("desk:view-edit", args=[view.pk]), form).status_code == 302
    assert SavedView.objects.get(pk=view.pk).name == "Taken over"


def test_another_tenants_view_is_nowhere(desk):
    po = by(UserFactory(role="lead"))
    view = save_view(name="Neighbour on fire", line=f"tenant:{desk.other.tenant.slug}", shared=True, by=po, at=desk.at)
    desk.more(1)
    for name in ("view", "view-edit"):
        assert desk.browser.get(reverse(f"desk:{name}", args=[view.pk])).status_code == 404
    assert desk.browser.post(reverse("desk:view-delete", args=[view.pk])).status_code == 404
    for url in (ALL, reverse("desk:views"), reverse("desk:view-new")):
        assert "eighbour" not in desk.browser.get(url).content.decode()
    assert SavedView.objects.filter(pk=view.pk).exists()


@pytest.mark.parametrize("order", ["soonest", "oldest", "newest"])
def test_pages_of_a_view_follow_each_other_and_so_do_its_cases(desk, order):
    cases = desk.more(7)
    Case.objects.filter(pk__in=[cases[0].pk, cases[4].pk]).update(next_due_at=None, next_due_kind="")
    Case.objects.filter(pk__in=[cases[2].pk, cases[5].pk]).update(woken_at=desk.at)
    view = save_view(name="All", line="", order=order, by=desk.actor, at=desk.at)
    at = timezone.localtime()
    held = listed(f"view-{view.pk}", actor=desk.actor, at=at)
    seen, places, after = [], [], ""
    for _page in range(3):
        page = queue_page.page(held, actor=desk.actor, at=at, after=after, size=3)
        seen += [case.pk for case in page.cases]
        places += page.places
        after = page.after
    assert (sorted(seen), after) == ([case.pk for case in cases], "")
    if order == "soonest":
        assert (seen[:2], seen[-2:]) == ([cases[2].pk, cases[5].pk], [cases[0].pk, cases[4].pk])
    along = list(zip(seen, places, strict=True))
    assert [queue_page.neighbour(held, place=place) for place in places] == [*along[1:], None]
    assert [queue_page.neighbour(held, place=place, backwards=True) for place in places] == [None, *along[:-1]]


# --- Next -----------------------------------------------------------------------------------------------------------
def test_next_goes_through_the_list_whatever_becomes_of_the_case(desk):
    cases = desk.more(3)
    back = desk.more(1)[0]
    Case.objects.filter(pk=back.pk).update(woken_at=desk.at)
    view = save_view(name="All", line="", by=desk.actor, at=desk.at)
    first = desk.browser.get(reverse("desk:view", args=[view.pk])).context["rows"][0]
    address, seen = reverse("desk:case", args=[first.case.pk]) + first.way, [first.case.pk]
    for _step in range(3):
        page = desk.browser.get(address)
        Case.objects.filter(pk=seen[-1]).update(status="resolved", resolved_at=timezone.now())  # it leaves the list
        address = desk.browser.get(page.context["trail"].following).url
        seen.append(int(re.search(r"/cases/(\d+)/", address)[1]))
    assert seen == [back.pk, *(case.pk for case in cases)]
    end = desk.browser.get(desk.browser.get(address).context["trail"].following)
    assert end.url == reverse("desk:view", args=[view.pk])


def test_previous_and_both_ends(desk):
    one, two = desk.more(2)
    rows = desk.browser.get(reverse("desk:queue", args=["unassigned"]), {"q": "level:L1"}).context["rows"]
    last = desk.browser.get(reverse("desk:case", args=[two.pk]) + rows[1].way).context["trail"]
    assert desk.browser.get(last.preceding).url == reverse("desk:case", args=[one.pk]) + rows[0].way
    for way, words in ((last.following, "That was the last of “Unassigned”."),):
        end = desk.browser.get(way, follow=True)
        assert end.redirect_chain[0][0] == reverse("desk:queue", args=["unassigned"]) + "?q=level%3AL1"
        assert words in end.content.decode()
    first = desk.browser.get(reverse("desk:case", args=[one.pk]) + rows[0].way).context["trail"]
    assert "That was the first of “Unassigned”." in desk.browser.get(first.preceding, follow=True).content.decode()


def test_the_way_is_kept_through_what_is_done_on_the_case(desk):
    case = desk.at_work("in_progress")
    row = desk.browser.get(MINE).context["rows"][0]
    page = reverse("desk:case", args=[case.pk]) + row.way
    referred = {"HTTP_REFERER": f"http://testserver{page}"}
    form = desk.browser.get(reverse("desk:action", args=[case.pk, "assign"]), **referred)
    assert f"assign/{row.way}".replace("&", "&amp;") in form.content.decode()
    said = desk.browser.post(reverse("desk:say", args=[case.pk, "note"]) + row.way, {"note-body": "I look."})
    assert said.url == f"{page}#end"
    plain = desk.browser.post(reverse("desk:say", args=[case.pk, "note"]), {"note-body": "I look again."})
    assert plain.url == f"{reverse('desk:case', args=[case.pk])}#end"


@pytest.mark.parametrize("name", ["", "nope", "view-", "view-x", "//evil.example"])
def test_a_way_that_makes_no_sense_is_none(desk, name):
    page = desk.browser.get(reverse("desk:case", args=[desk.case.pk]), {"from": name, "place": "x"})
    assert (page.status_code, bool(page.context["trail"])) == (200, False)
    assert desk.browser.get(reverse("desk:neighbour", args=["next"]), {"from": name}).status_code == 404


def test_an_empty_list_says_so_and_leads_on(desk):
    desk.more(2)
    answer = desk.browser.get(MINE)
    assert "Nothing of yours is open." in answer.content.decode()
    assert (str(answer.context["elsewhere"].title), answer.context["elsewhere"].count) == ("Needs first word", "2")


# --- Snooze ---------------------------------------------------------------------------------------------------------
def test_snooze_by_a_usual_moment_or_ones_own(desk):
    case = desk.at_work("in_progress")
    url = reverse("desk:action", args=[case.pk, "snooze"])
    here = timezone.localtime(timezone=ZoneInfo(desk.l1.time_zone))
    offered = [preset.name for preset in snoozing.presets(at=here)]
    form = desk.browser.get(url).context["form"]
    assert [name for name, _label in form.fields["when"].choices] == offered
    assert desk.browser.post(url, {"when": "tomorrow", "note": "They test"}).status_code == 302
    first = Case.objects.get(pk=case.pk).snoozed_until
    assert first == next(one.until for one in snoozing.presets(at=here) if one.name == "tomorrow")
    page = desk.browser.get(reverse("desk:case", args=[case.pk])).content.decode()
    assert "snoozed until" in page
    assert "Take out of snooze" in page
    own = (here + timedelta(days=3)).replace(second=0, microsecond=0)
    desk.browser.post(url, {"until": own.strftime("%Y-%m-%dT%H:%M")})
    assert Case.objects.get(pk=case.pk).snoozed_until == own
    for asked in ({}, {"when": "never"}):
        assert desk.browser.post(url, asked).status_code == 422
    desk.browser.post(reverse("desk:action", args=[case.pk, "wake"]), {})
    assert Case.objects.get(pk=case.pk).snoozed_until is None


def test_what_is_back_stands_in_front_and_is_marked(desk):
    _first, second = desk.more(2)
    Case.objects.filter(pk=second.pk).update(woken_at=desk.at)
    answer = desk.browser.get(reverse("desk:queue", args=["unassigned"]))
    assert subjects(answer) == ["Question 1", "Question 0"]
    assert answer.content.decode().count("back from snooze") == 1
    says(second, "I look.", by=desk.actor, at=timezone.now())
    assert subjects(desk.browser.get(reverse("desk:queue", args=["waiting-on-us"]))) == ["Question 0", "Question 1"]


# --- Bulk -----------------------------------------------------------------------------------------------------------
def chosen(page, *places):
    return [row.seen for n, row in enumerate(page.context["rows"]) if not places or n in places]


def test_take_runs_at_once_and_tells_what_came_of_it(desk, lead, leads):
    closed = desk.at_work("closed")
    desk.more(2)
    page = leads.get(ALL)
    form = {"case": chosen(page), "token": str(page.context["token"]), "back": f"{ALL}?q=status:any"}
    answer = leads.post(reverse("desk:bulk", args=["take"]), form)
    token = BulkRun.objects.get().token
    assert answer.url == f"{ALL}?q=status%3Aany&run={token}"
    shown = leads.get(answer.url)
    assert Case.objects.filter(owner=lead).count() == 2
    assert (shown.context["outcome"].done, len(shown.context["outcome"].refused)) == (2, 1)
    assert [row.selected for row in shown.context["rows"]] == [
        row.case.pk == closed.pk for row in shown.context["rows"]
    ]
    assert f"{closed.reference} is closed; reopen it first." in shown.content.decode()
    assert leads.post(reverse("desk:bulk", args=["take"]), form).url == answer.url  # a double click
    assert BulkRun.objects.count() == 1
    undo = leads.post(reverse("desk:bulk-undo", args=[token]), {"token": str(uuid4()), "back": ALL})
    assert not Case.objects.filter(owner=lead).exists()
    assert leads.get(undo.url).context["outcome"].done == 2


def test_what_asks_more_shows_a_form_with_the_selection(desk, leads):
    desk.more(3)
    page = leads.get(ALL)
    form = {"case": chosen(page, 0, 1), "token": str(page.context["token"]), "back": ALL}
    sheet = leads.post(reverse("desk:bulk", args=["tag"]), form)
    assert (sheet.status_code, len(sheet.context["cases"])) == (200, 2)
    empty = leads.post(reverse("desk:bulk", args=["tag"]), form | {"go": "1", "tags": " , "})
    assert (empty.status_code, BulkRun.objects.count()) == (422, 0)
    alone = leads.post(reverse("desk:bulk", args=["tag"]), form, headers={"X-Desk-Sheet": "1"})
    assert "<html" not in alone.content.decode()
    done = leads.post(reverse("desk:bulk", args=["tag"]), form | {"go": "1", "tags": "eu, quota"})
    assert leads.get(done.url).context["outcome"].done == 2
    assert sorted(Case.objects.values_list("tags", flat=True)) == [[], ["eu", "quota"], ["eu", "quota"]]


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("assign", {"owner": ""}),
        ("move", {"move": "wait", "text": "Which region?"}),
        ("priority", {"priority": "P1", "reason": "Same cause"}),
        ("escalate", {"to": "L2", "reason": "Same cause", "known_issues_searched": "on"}),
        ("snooze", {"when": "tomorrow"}),
    ],
)
def test_each_form_runs(desk, leads, action, asked):
    cases = [desk.at_work("in_progress") for _ in range(2)]
    Case.objects.update(next_due_at=None, next_due_kind="")
    page = leads.get(ALL)
    form = {"case": chosen(page), "token": str(uuid4()), "back": ALL, "go": "1"}
    done = leads.post(reverse("desk:bulk", args=[action]), form | asked)
    outcome = leads.get(done.url).context["outcome"]
    assert (outcome.done, [result.refusal for result in outcome.refused]) == (len(cases), [])


def test_a_move_is_previewed_with_who_will_refuse_it(desk, leads):
    working = desk.at_work("in_progress")
    desk.more(2)
    address = reverse("desk:bulk", args=["move"])
    form = {"case": chosen(leads.get(ALL)), "token": str(uuid4()), "back": ALL, "go": "1", "text": ""}
    shown = leads.post(address, form | {"move": "accept", "preview": "1"})
    why = f"{working.reference} is in “In progress”; “Accept” follows from New."
    assert (shown.status_code, shown.context["expected"].able) == (200, 2)
    assert [(case.pk, said) for case, said in shown.context["expected"].refused] == [(working.pk, why)]
    assert why in shown.content.decode()
    wordless = [leads.post(address, form | {"move": "wait", **more}) for more in ({"preview": "1"}, {})]
    assert [answer.status_code for answer in wordless] == [422, 422]
    assert (BulkRun.objects.count(), Case.objects.filter(status="new").count()) == (0, 2)


def test_refused_cases_that_left_the_page_stay_selected_in_the_report(desk, leads):
    closed = desk.at_work("closed")
    page = leads.get(ALL)
    form = {"case": chosen(page), "token": str(uuid4()), "back": reverse("desk:queue", args=["unassigned"])}
    shown = leads.get(leads.post(reverse("desk:bulk", args=["take"]), form).url)
    assert f'value="{closed.pk}:' in shown.content.decode()


def test_bulk_is_not_for_the_frontline_and_nothing_selected_is_nothing_done(desk, leads):
    desk.more(1)
    page = leads.get(ALL)
    form = {"case": chosen(page), "token": str(uuid4()), "back": ALL}
    assert 'name="case"' not in desk.browser.get(ALL).content.decode()
    assert desk.browser.post(reverse("desk:bulk", args=["take"]), form).status_code == 403
    assert desk.browser.post(reverse("desk:bulk-undo", args=[uuid4()]), form).status_code == 403
    assert leads.post(reverse("desk:bulk", args=["take"]), form | {"case": []}).url == ALL
    assert leads.post(reverse("desk:bulk", args=["nope"]), form).status_code == 404
    assert leads.post(reverse("desk:bulk", args=["take"]), form | {"token": "x"}).status_code == 404
    assert leads.post(reverse("desk:bulk-undo", args=[uuid4()]), form).status_code == 404
    assert leads.get(reverse("desk:bulk", args=["take"])).status_code == 405
    assert (Case.objects.filter(owner=None).count(), BulkRun.objects.count()) == (1, 0)


def test_all_of_a_page_are_selected_by_a_link(desk, leads):
    desk.more(3)
    assert [row.selected for row in leads.get(ALL, {"select": "page"}).context["rows"]] == [True] * 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_view_and_what_came_of_a_run_cost_the_same_for_one_row_as_for_three(
    desk, lead, leads, count, django_assert_num_queries
):
    desk.more(count)
    view = save_view(name="All", line="", by=by(lead), at=desk.at)
    url = reverse("desk:view", args=[view.pk])
    leads.get(url)
    with django_assert_num_queries(11):
        assert len(leads.get(url, headers=ANEW).context["rows"]) == count
    page = leads.get(url)
    form = {"case": chosen(page), "token": str(uuid4()), "back": url}
    done = leads.post(reverse("desk:bulk", args=["take"]), form)
    with django_assert_num_queries(12):
        assert leads.get(done.url, headers=ANEW).context["outcome"].done == count
