"""Saved views: whose they are, who changes them, what they hold, and what nobody learns from them."""

import pytest

from cases.domain.desk import lists, views
from cases.domain.desk.filters import parse
from cases.enums import ViewOrder
from cases.models import Case, CustomField, SavedView
from config.counting import counted_to
from config.errors import Absent, Forbidden, Invalid, Refused
from tenants.domain.actors import actor_of_user
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, opened, worked_to
from tests.factories.tenants import GrantFactory, RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR


@pytest.fixture
def acme():
    return TenantFactory(slug="acme")


@pytest.fixture
def mira(acme):
    return actor("l1", tenant=acme, at=MONDAY)


@pytest.fixture
def lead():
    return actor("lead", at=MONDAY)


def saved(by, **values):
    return views.save_view(**{"name": "A view", "line": "priority:P0", "by": by, "at": AT, **values})


def names(by):
    return [view.name for view in views.views_for(by)]


SEEDED = ["Waiting > 3 days", "Snoozed to today"]


def test_one_sees_ones_own_and_what_is_shared(mira, lead, acme):
    saved(mira, name="Hers")
    saved(lead, name="Theirs")
    saved(lead, name="Everybody's", shared=True)
    assert names(mira) == ["Hers", *SEEDED, "Everybody's"]
    assert names(lead) == ["Theirs", *SEEDED, "Everybody's"]
    assert names(actor("auditor", tenant=acme, at=MONDAY)) == [*SEEDED, "Everybody's"]


def test_a_shared_view_that_names_a_tenant_is_for_who_may_know_of_it(mira, lead):
    TenantFactory(slug="globex")
    hidden = saved(lead, name="Globex on fire", line="tenant:globex priority:P0", shared=True)
    both = saved(lead, name="Both", line="tenant:globex,acme", shared=True)
    saved(lead, name="Acme", line="tenant:acme", shared=True)
    assert names(mira) == [*SEEDED, "Acme"]
    for view in (hidden, both):
        for asked in (
            lambda view=view: lists.listed(f"view-{view.pk}", actor=mira, at=AT),
            lambda view=view: views.save_view(view_id=view.pk, name="Mine now", line="", by=mira, at=AT),
            lambda view=view: views.delete_view(view_id=view.pk, by=mira, at=AT),
        ):
            with pytest.raises(Absent):
                asked()
    with pytest.raises(Absent):
        lists.listed("view-987654321", actor=mira, at=AT)
    with pytest.raises(Invalid) as refused:
        saved(mira, line="tenant:globex")
    assert refused.value.message == "There is no tenant “globex” here, or not for you."
    assert saved(mira, name="Globex on fire").pk  # a name is free, whatever others call theirs


def test_a_view_holds_only_what_its_reader_may_see(mira, lead, acme):
    ours = opened(requester=RequesterFactory(tenant=acme), subject="ours")
    theirs = opened(tenant=TenantFactory(slug="globex"), subject="theirs")
    view = saved(lead, line="status:new", shared=True)
    held = {by: {case.pk for case in lists.of_view(view, actor=by, at=AT).cases} for by in (mira, lead)}
    assert held == {mira: {ours.pk}, lead: {ours.pk, theirs.pk}}


@pytest.mark.parametrize("role", ["l1", "l2", "l3", "auditor"])
def test_who_does_not_lead_shares_nothing_and_changes_nothing_shared(role, acme, lead):
    by = actor(role, tenant=acme, at=MONDAY)
    view = saved(lead, name="Everybody's", shared=True)
    before = list(SavedView.objects.order_by("pk").values())
    for door in (
        lambda: saved(by, shared=True),
        lambda: saved(by, view_id=view.pk, name="Changed"),
        lambda: views.delete_view(view_id=view.pk, by=by, at=AT),
    ):
        with pytest.raises(Forbidden):
            door()
    assert list(SavedView.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("role", ["lead", "po", "admin"])
def test_who_leads_or_manages_shares_changes_and_takes_back(role):
    by = actor(role, at=MONDAY)
    view = saved(by, name="Ours", shared=True)
    assert (view.is_shared, views.may_change(view, by)) == (True, True)
    view = saved(by, view_id=view.pk, name="Mine again", shared=False)
    assert (view.is_shared, view.owner_id) == (False, by.user_id)
    views.delete_view(view_id=view.pk, by=by, at=AT)
    assert not SavedView.objects.filter(pk=view.pk).exists()


@pytest.mark.parametrize("line", ["priority:P0", "tenant:acme,globex"])
def test_who_leads_some_of_it_changes_nothing_that_others_share(line, acme, lead):
    globex = TenantFactory(slug="globex")
    user = UserFactory(role="lead", tenant=acme)
    GrantFactory(user=user, role="l1", tenant=globex)
    by = actor_of_user(user, at=MONDAY)
    view = saved(lead, name="Everybody's", line=line, shared=True)
    before = list(SavedView.objects.order_by("pk").values())
    for door in (
        lambda: saved(by, view_id=view.pk, name="Changed", shared=True),
        lambda: saved(by, view_id=view.pk, name="Mine", shared=False),
        lambda: views.delete_view(view_id=view.pk, by=by, at=AT),
    ):
        with pytest.raises(Forbidden) as refused:
            door()
        assert refused.value.code == "shared"
    assert list(SavedView.objects.order_by("pk").values()) == before


def test_who_shared_a_view_changes_it_and_who_leads_all_that_it_names(acme):
    mine, other = (actor("lead", tenant=acme, at=MONDAY) for _number in range(2))
    view = saved(mine, name="Fires", shared=True)
    assert [views.may_change(view, by) for by in (mine, other)] == [True, False]
    view = saved(mine, view_id=view.pk, name="Fires", line="tenant:acme priority:P0", shared=True)
    assert [views.may_change(view, by) for by in (mine, other)] == [True, True]
    view = saved(other, view_id=view.pk, name="Fires", line="tenant:acme priority:P1", shared=True)
    assert (view.shared_by_id, view.owner_id) == (mine.user_id, None)
    view = saved(other, view_id=view.pk, name="Fires", line=view.line, shared=False)
    assert (view.shared_by_id, view.owner_id) == (None, other.user_id)


def test_anothers_own_view_is_not_there(mira, lead):
    view = saved(mira)
    for door in (
        lambda: lists.view_of(view.pk, actor=lead),
        lambda: saved(lead, view_id=view.pk),
        lambda: views.delete_view(view_id=view.pk, by=lead, at=AT),
    ):
        with pytest.raises(Absent):
            door()
    assert SavedView.objects.get(pk=view.pk).name == "A view"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"line": "prio:P0"}, "line"),
        ({"order": "random"}, "order"),
        ({"line": "status:closed"}, "order"),
        ({"line": "queue:mine", "order": "oldest"}, "order"),
        ({"columns": ["tenant", "salary"]}, "columns"),
    ],
)
def test_a_view_that_makes_no_sense_is_refused_on_its_field(mira, values, field):
    with pytest.raises(Invalid) as refused:
        saved(mira, **values)
    assert [error["field"] for error in refused.value.extra["errors"]] == [field]
    assert not SavedView.objects.filter(owner_id=mira.user_id).exists()


def test_two_of_ones_own_have_two_names(mira, lead):
    first, second = saved(mira, name="One"), saved(mira, name="Two")
    for values in ({"name": "One"}, {"name": " One ", "view_id": second.pk}):
        with pytest.raises(Invalid):
            saved(mira, **values)
    assert saved(mira, name="One", view_id=first.pk, line="").line == ""
    assert saved(lead, name="One").pk not in (first.pk, second.pk)


def test_one_keeps_a_hundred(mira, monkeypatch):
    monkeypatch.setattr(views, "MOST", 2)
    saved(mira, name="One")
    saved(mira, name="Two")
    with pytest.raises(Refused):
        saved(mira, name="Three")
    assert names(mira)[:2] == ["One", "Two"]


def test_open_cases_are_meant_unless_the_line_says_so(lead):
    l2 = actor("l2", at=MONDAY)
    made = {status: worked_to(status, by=l2).pk for status in ("new", "in_progress", "waiting_on_customer", "closed")}
    asleep = opened().pk
    Case.objects.filter(pk=asleep).update(
        snoozed_until=AT + 5 * DAY, next_due_at=AT + 9 * DAY, next_due_kind="resolution"
    )

    def held(line):
        order = ViewOrder.NEWEST if "status" in line else ViewOrder.SOONEST
        view = saved(lead, name=line or "nothing", line=line, order=order)
        return {case.pk for case in lists.of_view(view, actor=lead, at=AT).cases}

    opens = set(made.values()) - {made["closed"]}
    assert held("") == opens
    assert held("status:any") == set(made.values())
    assert held("status:closed") == {made["closed"]}
    assert held("snoozed:yes") == {asleep}
    assert held("queue:waiting-on-customer") == {made["waiting_on_customer"]}


def test_counts_equal_the_lists_and_words_are_not_counted(mira, acme):
    for priority in ("P0", "P0", "P3"):
        case = opened(requester=RequesterFactory(tenant=acme))
        Case.objects.filter(pk=case.pk).update(priority=priority)
    urgent, worded = saved(mira, name="Urgent"), saved(mira, name="Words", line="priority:P3 late")
    found = views.counted([urgent, worded], actor=mira, at=AT)
    assert counted_to(100, found) == {f"view-{urgent.pk}": 2}
    assert lists.of_view(worded, actor=mira, at=AT).cases.count() == 1


def test_twelve_stand_in_the_sidebar_ones_own_first(mira, lead):
    for n in range(13):
        saved(mira, name=f"View {n:02}", position=n, pinned=n != 3)
    shown = [view.name for view in views.in_the_sidebar(views.views_for(mira))]
    assert shown == [f"View {n:02}" for n in range(13) if n != 3]
    assert len(shown) == views.IN_THE_SIDEBAR


def test_a_queue_narrowed_becomes_a_view_that_holds_the_same():
    assert str(views.as_a_view("mine", parse("priority:P0 late"))) == "queue:mine priority:P0 late"
    assert str(views.as_a_view("all", parse("tag:x"))) == "status:any tag:x"
    assert str(views.as_a_view("all", parse("status:open"))) == "status:open"


def test_a_line_is_kept_as_it_reads_and_whom_it_names_by_number(lead, acme):
    view = saved(lead, line=" late  Priority:p1  tenant:acme owner:nobody ", columns=["level", "tenant"])
    assert (view.line, view.tenant_ids, view.columns) == (
        "tenant:acme priority:P1 owner:none late",
        [acme.pk],
        ["tenant", "level"],
    )
    assert view.changed_at == AT
    assert saved(lead, view_id=view.pk, line="", at=AT + MINUTE).tenant_ids == []


# --- A line that can't be read any more ------------------------------------------------------------------------------
def test_a_view_of_a_choice_is_counted_and_one_of_a_choice_that_is_gone_says_so(lead):
    region = CustomField.objects.create(key="region", label="Region", kind="choice", choices=["EU", "US"])
    view = saved(lead, line="field.region:eu", shared=True)
    assert list(views.counted([view], actor=lead, at=AT)) == [f"view-{view.pk}"]
    CustomField.objects.filter(pk=region.pk).update(choices=["US"])
    assert views.counted([view], actor=lead, at=AT) == {}
    found = lists.of_view(view, actor=lead, at=AT)
    assert (list(found.cases), str(found.nothing).startswith("“eu” ")) == ([], True)


def test_an_incident_is_named_by_its_number_alone():
    with pytest.raises(Invalid):
        parse("incident:İNC-5")
    assert str(parse("incident:inc-5")) == "incident:inc-5"
