"""The sidebar's counts: remembered from page to page, and true after what one does oneself."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.domain.desk import views
from cases.models import Case
from config.frame_memory import KEPT, LIVE
from config.short_memory import asked
from tenants.models import Grant
from tests.cases.pages.conftest import browser
from tests.factories.cases import opened
from tests.factories.tenants import GrantFactory, RequesterFactory, TenantFactory

ALL = reverse("desk:queue", args=["all"])


def counted(client, *, title="Unassigned", address=ALL, **headers):
    menu = client.get(address, headers=headers).context["menu"]
    return next(entry.count for _title, entries in menu.groups for entry in entries if str(entry.title) == title)


@pytest.fixture
def waiting(desk):
    """One case is nobody's, the sidebar has been drawn, and a colleague's client then opens another."""
    assert (desk.case.owner, counted(desk.browser)) == (None, "1")
    desk.more(1)
    return desk.browser


def test_from_page_to_page_nothing_is_counted_again_for_a_moment(waiting, desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as asked_for:
        assert counted(waiting) == "1"
    assert not [query for query in asked_for.captured_queries if "incidents_rotashift" in query["sql"]]
    assert 0 < asked(lambda pipeline: pipeline.ttl(f"frame:{desk.l1.pk}"))[0] <= KEPT


def test_the_list_itself_is_never_remembered(waiting):
    page = waiting.get(reverse("desk:queue", args=["unassigned"]))
    assert (len(page.context["rows"]), page.context["count"]) == (2, "2")


def test_whoever_does_something_sees_what_came_of_it(waiting, desk):
    newest = Case.objects.latest("pk")
    assert waiting.post(reverse("desk:take", args=[newest.pk])).status_code == 302
    newest.refresh_from_db()
    assert (newest.owner, counted(waiting), counted(waiting, title="Mine")) == (desk.l1, "1", "1")
    desk.more(2)
    waiting.post(reverse("desk:take", args=[desk.case.pk]))
    assert (counted(waiting), counted(waiting, title="Mine")) == ("2", "2")


def test_what_is_typed_or_asked_by_an_open_page_leaves_it_standing(waiting, desk):
    draft = reverse("desk:draft", args=[desk.case.pk, "reply"])
    assert waiting.post(draft, {"body": "Dear"}).status_code == 200
    assert waiting.post(reverse("desk:live"), {}).status_code == 200
    assert counted(waiting) == "1"


def test_an_open_page_with_news_counts_anew_for_the_pages_after_it(waiting):
    assert counted(waiting, address=reverse("desk:counts"), **{LIVE: "1"}) == "2"
    assert counted(waiting) == "2"


def test_a_grant_that_is_given_or_taken_changes_what_is_counted_at_once(waiting, desk):
    other = TenantFactory(slug="other")
    opened(requester=RequesterFactory(tenant=other), at=desk.at)
    given = GrantFactory(user=desk.l1, role="l1", scope="tenant", tenant=other)
    assert counted(waiting) == "3"
    Grant.objects.filter(pk=given.pk).update(revoked_at=timezone.now())
    assert counted(waiting) == "2"


def test_a_view_that_is_changed_is_counted_anew(desk):
    at, client = timezone.now(), desk.browser
    desk.more(2, priority="P3")
    view = views.save_view(name="Ours", line="owner:none", by=desk.actor, at=at)
    assert counted(client, title="Ours") == "2"
    views.save_view(view_id=view.pk, name="Ours", line="owner:me", by=desk.actor, at=timezone.now())
    assert counted(client, title="Ours") == ""


def test_two_people_have_two_memories(waiting, desk):
    assert (counted(waiting), counted(browser(desk.person("l2")))) == ("1", "2")


def test_without_the_short_memory_every_page_counts(waiting, monkeypatch):
    monkeypatch.setattr("config.short_memory._quiet_until", float("inf"))
    assert counted(waiting) == "2"
