"""Every page of the desk, as each role, with rows of a second tenant that must not show (the admin's lists too:
`tests/test_leaks.py`).
"""

import pytest
from django.urls import reverse

from cases.models import Case
from tenants.models import AccessEntry
from tests.cases.pages.conftest import browser
from tests.factories.tenants import UserFactory

STAFF = ("l1", "lead", "l2", "l3", "po", "auditor")
SECRET = "A secret of theirs"


def pages_of(case):
    names = ("accept", "assign", "priority", "escalate", "edit")
    return [
        reverse("desk:case", args=[case.pk]),
        *(reverse("desk:action", args=[case.pk, name]) for name in names),
        reverse("desk:explain", args=[case.pk, case.case_clocks.first().clock_id]),
        reverse("desk:file", args=[case.pk, 1]),
    ]


LISTS = [
    reverse("desk:triage"),
    *(reverse("desk:queue", args=[name]) for name in ("all", "mine", "unassigned", "breached")),
]


@pytest.mark.parametrize("role", STAFF)
def test_staff_open_their_tenants_pages_and_no_others(desk, role):
    client = browser(desk.person(role))
    assert (desk.case.pk, desk.other.subject) != (None, None)
    own = {url: client.get(url).status_code for url in [*LISTS, *pages_of(desk.case)[:-1]]}
    assert set(own.values()) == {200}
    assert {client.get(url).status_code for url in pages_of(desk.other)} == {404}
    for url in LISTS:
        assert SECRET not in client.get(url).content.decode()
    assert SECRET not in client.get(LISTS[1], {"q": "secret", "tenant": "neighbour"}).content.decode()


@pytest.mark.parametrize("role", ["client", "anonymous"])
def test_who_is_no_staff_is_led_to_the_sign_in(desk, role):
    client = browser(desk.person(role))
    for url in [*LISTS, *pages_of(desk.case)]:
        answer = client.get(url)
        assert (url, answer.status_code, answer.url.partition("?")[0]) == (url, 302, reverse("admin:login"))


def test_an_admin_without_a_grant_for_cases_sees_none(desk):
    client = browser(UserFactory(role="admin"))
    for url in [*LISTS, *pages_of(desk.case)]:
        assert (url, client.get(url).status_code) == (url, 403)


@pytest.mark.parametrize("verb", ["say", "action", "take"])
def test_posts_to_another_tenants_case_reach_nothing(desk, verb):
    url = {
        "say": reverse("desk:say", args=[desk.other.pk, "reply"]),
        "action": reverse("desk:action", args=[desk.other.pk, "assign"]),
        "take": reverse("desk:take", args=[desk.other.pk]),
    }[verb]
    before = Case.objects.filter(pk=desk.other.pk).values().get()
    data = {"reply-body": "Hello", "owner": desk.l1.pk}
    assert desk.browser.post(url, data).status_code == 404
    assert Case.objects.filter(pk=desk.other.pk).values().get() == before


def test_what_was_shown_is_in_the_access_log(desk):
    desk.browser.get(reverse("desk:case", args=[desk.case.pk]))
    entry = AccessEntry.objects.latest("pk")
    assert (entry.user_id, entry.tenant_ids, entry.rows) == (desk.l1.pk, [desk.acme.pk], 1)
