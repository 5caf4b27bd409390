"""Merge and link by form: the other case is looked for, shown beside this one, then joined; without a script."""

import re

import pytest
from django.urls import reverse

from cases.domain import linking, merging
from cases.models import Case, CaseTie
from tests.cases.pages.conftest import browser
from tests.factories.api import desk_state
from tests.factories.cases import opened, says
from tests.factories.pages import ANEW
from tests.factories.tenants import RequesterFactory


@pytest.fixture
def second(desk):
    [case] = desk.more(1)
    return case


def page(name, case):
    return reverse(f"desk:{name}", args=[case.pk])


def text(answer):
    return answer.content.decode()


def test_looked_for_shown_and_merged(desk, second):
    for words in ("", "question", second.reference):
        found = desk.browser.get(page("merge", desk.case), {"q": words})
        assert (found.status_code, second.subject in text(found)) == (200, True)
    assert second.subject not in text(desk.browser.get(page("merge", desk.case), {"q": "nothing of it"}))
    shown = text(desk.browser.get(page("merge", desk.case), {"other": second.pk}))
    for words in (desk.case.subject, second.subject, "closes as merged", "neither kept nor missed", "not answered yet"):
        assert words in shown
    answer = desk.browser.post(
        page("merge", desk.case), {"other": second.pk, "version": desk.case.version, "reason": "The same"}
    )
    assert (answer.status_code, answer.url) == (302, page("case", second))
    assert Case.objects.get(pk=desk.case.pk).merged_into_id == second.pk
    root, gone = text(desk.browser.get(page("case", second))), text(desk.browser.get(page("case", desk.case)))
    assert f"from {desk.case.reference}" in root
    assert desk.case.description in root
    assert f"Goes on as {second.reference}" in gone
    assert "Reply to" not in gone  # a reply would go to the other case's requester


def test_taken_back_from_either_page(desk, second):
    merging.merge(case_id=desk.case.pk, into=second.pk, by=desk.actor, at=desk.at)
    tie = CaseTie.objects.get()
    asked = text(desk.browser.get(page("case", second) + "untie/", {"tie": tie.pk}))
    assert f"contains {desk.case.reference}" in asked
    answer = desk.browser.post(page("case", second) + "untie/", {"tie": tie.pk})
    assert (answer.status_code, answer.url) == (302, page("case", second))
    assert Case.objects.get(pk=desk.case.pk).status == "new"


def test_linked_and_split_by_form(desk, second):
    answer = desk.browser.post(page("relate", desk.case), {"other": second.pk, "version": desk.case.version})
    assert (answer.status_code, answer.url) == (302, page("case", desk.case))
    assert f'related to <span class="mono">{second.reference}' in text(desk.browser.get(page("case", desk.case)))
    word = says(desk.case, "And the invoice?", at=desk.at)
    form = text(desk.browser.get(page("case", desk.case) + "split/"))
    assert "And the invoice?" in form
    assert desk.case.subject in re.search(r'<input[^>]*name="subject"[^>]*>', form)[0]
    answer = desk.browser.post(page("case", desk.case) + "split/", {"interactions": [word.pk], "subject": "Invoice"})
    assert (answer.status_code, answer.url) == (302, page("case", desk.case))
    new = Case.objects.latest("pk")
    assert new.subject == "Invoice"
    assert f"continued in {new.reference}" in text(desk.browser.get(page("case", desk.case)))


def test_what_is_refused_comes_back_with_its_reason(desk, second):
    merging.merge(case_id=second.pk, into=desk.case.pk, by=desk.actor, at=desk.at)
    desk.browser.get(page("merge", desk.case))
    before = desk_state()
    answer = desk.browser.post(page("merge", desk.case), {"other": second.pk, "reason": "Why I want it"})
    assert answer.status_code == 422
    assert "name that one" in text(answer)
    assert "Why I want it" in text(answer)
    assert "was merged into" in text(desk.browser.get(page("merge", second)))
    assert desk_state() == before
    assert desk.browser.post(page("merge", desk.case), {}).status_code == 422


@pytest.mark.parametrize("name", ["merge", "relate"])
def test_another_clients_case_does_not_exist(desk, name):
    own, theirs = page(name, desk.case), page(name, desk.other)
    answer = desk.browser.get(own, {"other": desk.other.pk})
    assert (answer.status_code, "no such" in text(answer)) == (404, True)
    assert desk.other.subject not in text(desk.browser.get(own, {"q": "secret"}))
    assert desk.browser.post(own, {"other": desk.other.pk}).status_code == 404
    assert desk.browser.get(theirs).status_code == 404
    assert browser(desk.person("auditor")).get(own).status_code == 403
    assert browser(desk.person("client")).get(own).status_code == 302
    assert not CaseTie.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_statements_of_the_pages(desk, count, django_assert_num_queries):
    others = desk.more(count)
    for one in others:
        linking.relate(case_id=desk.case.pk, other_id=one.pk, by=desk.actor, at=desk.at)
    desk.browser.get(page("merge", desk.case))
    with django_assert_num_queries(8):
        desk.browser.get(page("merge", desk.case), headers=ANEW)
    with django_assert_num_queries(10):
        desk.browser.get(page("merge", desk.case), {"other": others[0].pk}, headers=ANEW)


def test_a_split_of_a_merged_case_proposes_no_colleagues_subject(desk):
    bob = RequesterFactory(tenant=desk.acme, name="Bob")
    his = opened(requester=bob, subject="Of Bob", at=desk.at)
    merging.merge(case_id=his.pk, into=desk.case.pk, by=desk.actor, at=desk.at)
    word = says(his, "And the invoice?", at=desk.at)
    form = text(desk.browser.get(page("case", desk.case) + "split/"))
    assert desk.case.subject not in re.search(r'<input[^>]*name="subject"[^>]*>', form)[0]
    answer = desk.browser.post(page("case", desk.case) + "split/", {"interactions": [word.pk], "subject": ""})
    assert (answer.status_code, Case.objects.latest("pk").subject) == (302, "Of Bob")
