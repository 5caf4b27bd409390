"""Two cases become one conversation: what closes, what is read where, where words land, and the way back."""

from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest

from cases.domain import escalation, families, lifecycle, merging, moves, ownership, reading, taking_back, talking, ties
from cases.domain.attachments import attach, blob_of
from cases.domain.client.links import ClientLink
from cases.domain.client.view import client_view
from cases.models import Case, CaseTie, Interaction, Transition
from config.errors import Absent, Forbidden, Invalid, Refused, Stale, TransitionRefused, Unknown
from outbox.models import Delivery, Event
from sla.domain.sweep import sweep
from tenants.domain.actors import actor_of_requester
from tests.factories.api import desk_state
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, clocks_of, customer, opened, says, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor
from tests.factories.ties import ends_of, follow_the_fold, said, tie_between, whole

pytestmark = pytest.mark.django_db
LATER = MONDAY + 3 * HOUR


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


@pytest.fixture
def ann():
    return RequesterFactory(name="Ann")


@pytest.fixture
def two(ann):
    return opened(requester=ann, subject="Late"), opened(requester=ann, subject="Late, too", at=MONDAY + MINUTE)


def merged(gone, root, by, at=LATER, **more):
    return merging.merge(case_id=gone.pk, into=root.pk, by=by, at=at, **more)


def undone(gone, root, by, at):
    ties.untie(case_id=gone.pk, tie_id=tie_between(gone, root).pk, by=by, at=at)


def test_it_closes_as_merged_and_its_clocks_are_moved(two, l2):
    gone, root = two
    before = whole(root)
    now = merged(gone, root, l2, reason="The same")
    assert (now.status, now.closed_as, now.merged_into_id, now.closed_at) == ("closed", "merged", root.pk, LATER)
    assert ends_of(gone) == {("first_response", 1): "moved"}
    assert whole(root)[1] == before[1]  # first response runs there already
    assert Case.objects.get(pk=root.pk).customer_waiting_since == gone.opened_at
    last = Transition.objects.filter(case=gone).latest("pk")
    assert (last.move, last.from_status, last.to_status, last.reason) == ("merge", "new", "closed", "The same")
    assert [(one["kind"], one["what"]) for one in last.sla_impact] == [("first_response", "moved")]
    assert Interaction.objects.filter(case=root, data__merged=gone.pk).count() == 1
    names = set(Event.objects.filter(payload__case_id=gone.pk).values_list("name", flat=True))
    assert {"cases.case-moved", "cases.case-closed", "cases.case-merged"} <= names
    assert not Delivery.objects.filter(created_at=LATER).exists()  # the same requester: nothing to tell
    follow_the_fold(gone)


def test_each_word_is_read_once_in_time_order(two, l2):
    gone, root = two
    says(gone, "one", at=MONDAY + 2 * MINUTE)
    says(root, "two", at=MONDAY + 3 * MINUTE)
    says(gone, "three", by=l2, kind="note", public=False, at=MONDAY + 4 * MINUTE)
    file = attach(case_id=gone.pk, name="log.txt", stream=BytesIO(b"x"), by=l2, at=MONDAY + 5 * MINUTE)
    merged(gone, root, l2)
    assert said(root) == ["one", "two", "three"]
    assert said(gone) == ["one", "three"]
    assert [one.pk for one in reading.attachments(Case.objects.get(pk=root.pk), actor=l2)] == [file.pk]
    assert blob_of(case_id=root.pk, attachment_id=file.pk, actor=l2).name == "log.txt"
    talking.add_interaction(
        case_id=root.pk, kind="message", public=True, body="four", attachment_ids=[file.pk], by=l2, at=LATER + MINUTE
    )
    assert Interaction.objects.get(body="four").attachments.get() == file


def test_what_is_said_to_it_lands_on_the_root_through_chains(two, ann, l2):
    first, second = two
    third = opened(requester=ann, subject="Late again", at=MONDAY + 2 * MINUTE)
    says(third, "We look at it.", by=l2, at=MONDAY + 10 * MINUTE)
    merged(first, second, l2)
    merged(second, third, l2, at=LATER + MINUTE)
    word = says(first, "And now?", at=LATER + 2 * MINUTE)
    assert (word.case_id, word.written_to_id) == (third.pk, first.pk)
    now = Case.objects.get(pk=third.pk)
    assert (now.last_message_by, now.last_message_at) == ("customer", LATER + 2 * MINUTE)
    assert said(third)[-1] == "And now?"
    assert said(first) == []
    assert [Case.objects.get(pk=one.pk).status for one in (first, second)] == ["closed", "closed"]
    case = reading.case_header(case_id=third.pk, actor=l2)
    assert sorted(case.family_ids) == sorted([first.pk, second.pk, third.pk])
    assert [families.root_of(Case.objects.get(pk=one.pk)) for one in (first, second, third)] == [third.pk] * 3


def test_the_roots_clocks_hear_a_word_as_any(two, l2):
    gone, root = two
    worked_to("waiting_on_customer", case=root, by=l2, at=MONDAY + 5 * MINUTE)
    says(gone, "Thank you", by=l2, at=MONDAY + 20 * MINUTE)  # nobody waits for an answer on it
    merged(gone, root, l2)
    assert Case.objects.get(pk=root.pk).status == "waiting_on_customer"
    says(gone, "Here are the logs", at=LATER + MINUTE)
    assert Case.objects.get(pk=root.pk).status == "in_progress"
    assert ends_of(root) == {("first_response", 1): "met", ("resolution", 1): "running", ("next_reply", 1): "running"}
    assert clocks_of(root)["next_reply", 1].started_at == LATER + MINUTE


def test_a_word_not_answered_is_owed_on_the_root_from_when_it_was_said(two, l2):
    gone, root = two
    worked_to("waiting_on_customer", case=root, by=l2, at=MONDAY + 5 * MINUTE)
    before = whole(root)
    merged(gone, root, l2)
    now = Case.objects.get(pk=root.pk)
    assert (now.status, now.customer_waiting_since) == ("in_progress", gone.opened_at)
    assert clocks_of(root)["next_reply", 1].started_at == gone.opened_at
    assert ends_of(root) == {("first_response", 1): "met", ("resolution", 1): "running", ("next_reply", 1): "running"}
    follow_the_fold(root)
    undone(gone, root, l2, LATER + HOUR)
    assert whole(root) == before
    follow_the_fold(root)


@pytest.mark.parametrize("status", ["new", "triage", "in_progress", "waiting_on_customer", "resolved"])
def test_taken_back_both_are_what_they_were(two, l2, status):
    gone, root = two
    worked_to(status, case=gone, by=l2, at=MONDAY + 2 * MINUTE)
    worked_to("in_progress", case=root, by=l2, at=MONDAY + 3 * MINUTE)
    says(root, "We look at it.", by=l2, at=MONDAY + 10 * MINUTE)
    before = whole(gone), whole(root)
    merged(gone, root, l2)
    assert before != (whole(gone), whole(root))
    undone(gone, root, actor("l1", at=MONDAY), LATER + 23 * HOUR)
    assert before == (whole(gone), whole(root))
    follow_the_fold(gone)
    follow_the_fold(root)
    assert [one.undone_at for one in CaseTie.objects.all()] == [LATER + 23 * HOUR]
    last = Transition.objects.filter(case=gone).latest("pk")
    assert (last.move, last.undoes.move) == ("take_back", "merge")


def test_taken_back_by_the_move_itself_and_made_again(two, l2):
    gone, root = two
    before = whole(gone)
    merged(gone, root, l2)
    taking_back.take_back(case_id=gone.pk, by=actor("l2", at=MONDAY), at=LATER + MINUTE)
    assert whole(gone) == before
    merged(gone, root, l2, at=LATER + 2 * MINUTE)
    taking_back.take_back(case_id=gone.pk, by=l2, at=LATER + 3 * HOUR)
    assert whole(gone) == before
    follow_the_fold(gone)


def test_a_deadline_that_passed_meanwhile_is_missed_when_it_was(two, l2):
    gone, root = two
    merged(gone, root, l2, at=MONDAY + HOUR)
    due = MONDAY + 4 * HOUR
    sweep(at=MONDAY + 6 * HOUR)
    assert clocks_of(gone)["first_response", 1].breached_at is None
    undone(gone, root, l2, MONDAY + 8 * HOUR)
    sweep(at=MONDAY + 8 * HOUR + MINUTE)
    assert clocks_of(gone)["first_response", 1].breached_at == due


def test_what_was_said_on_the_root_stays_there_and_is_named(two, l2):
    gone, root = two
    says(root, "We look at it.", by=l2, at=MONDAY + 10 * MINUTE)
    says(gone, "We look at it.", by=l2, at=MONDAY + 10 * MINUTE)
    merged(gone, root, l2)
    word = says(gone, "And now?", at=LATER + MINUTE)
    says(root, "It is fixed.", by=l2, at=LATER + 2 * MINUTE)
    before = whole(root)
    undone(gone, root, l2, LATER + HOUR)
    assert said(root) == ["We look at it.", "And now?", "It is fixed."]
    assert said(gone) == ["We look at it."]
    assert whole(root) == before
    note = Interaction.objects.get(case=gone, data__unmerged_from=root.pk)
    assert note.data["stays"] == [word.pk]
    assert f"stays on {root.reference}" in note.body
    assert Case.objects.get(pk=gone.pk).status == "new"


def test_a_word_taken_over_goes_back_alone_when_the_root_went_on(two, l2):
    gone, root = two
    says(root, "We look at it.", by=l2, at=MONDAY + 10 * MINUTE)
    merged(gone, root, l2)
    says(root, "Look here", by=l2, kind="note", public=False, at=LATER + MINUTE)
    undone(gone, root, l2, LATER + HOUR)
    assert ends_of(root) == {("first_response", 1): "met", ("next_reply", 1): "moved"}
    now = Case.objects.get(pk=root.pk)
    assert (now.customer_waiting_since, now.next_due_at) == (None, None)
    assert ends_of(gone) == {("first_response", 1): "running"}
    follow_the_fold(root)


def test_a_word_of_theirs_since_keeps_the_clock(two, l2):
    gone, root = two
    says(root, "We look at it.", by=l2, at=MONDAY + 10 * MINUTE)
    merged(gone, root, l2)
    says(root, "Hurry", at=LATER + MINUTE)
    undone(gone, root, l2, LATER + HOUR)
    assert ends_of(root) == {("first_response", 1): "met", ("next_reply", 1): "running"}


def brought(ann, l2):
    """An answered root, and two cases with a word that nobody answered, merged into it one after the other."""
    root = opened(requester=ann)
    says(root, "We look at it.", by=l2, at=MONDAY + 10 * MINUTE)
    cases = [opened(requester=ann, at=MONDAY + minutes * MINUTE) for minutes in (20, 30)]
    for later, case in enumerate(cases):
        merged(case, root, l2, at=LATER + later * MINUTE)
    return root, *cases


def waits(root):
    now = Case.objects.get(pk=root.pk)
    return ends_of(root)["next_reply", 1], now.customer_waiting_since


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("noted", [False, True])
def test_taken_back_one_of_two_merges_leaves_the_others_word_promised(ann, l2, order, noted):
    root, *cases = brought(ann, l2)
    if noted:  # something happened there since: it goes on as it stands
        says(root, "Look here", by=l2, kind="note", public=False, at=LATER + 10 * MINUTE)
    first, second = (cases[one] for one in order)
    undone(first, root, l2, LATER + HOUR)
    assert waits(root) == ("running", second.opened_at)
    assert Case.objects.get(pk=root.pk).next_due_at is not None
    undone(second, root, l2, LATER + 2 * HOUR)
    assert waits(root) == ("moved", None)
    follow_the_fold(root)


def test_what_was_answered_before_keeps_no_promise(ann, l2):
    root, first, second = brought(ann, l2)
    third = opened(requester=ann, at=MONDAY + 40 * MINUTE)
    says(root, "It is fixed.", by=l2, at=LATER + 10 * MINUTE)
    merged(third, root, l2, at=LATER + 20 * MINUTE)
    undone(first, root, l2, LATER + HOUR)
    assert Case.objects.get(pk=root.pk).customer_waiting_since == third.opened_at
    undone(third, root, l2, LATER + HOUR + MINUTE)
    assert Case.objects.get(pk=root.pk).customer_waiting_since is None
    assert set(ends_of(root).values()) == {"met", "moved"}
    undone(second, root, l2, LATER + HOUR + 2 * MINUTE)
    follow_the_fold(root)


def refused(act, kind, code=None, field=None):
    before = desk_state()
    with pytest.raises(kind) as refusal:
        act()
    assert desk_state() == before
    assert code in (None, refusal.value.code)
    if field:
        assert [one["field"] for one in refusal.value.extra["errors"]] == [field]
    return refusal.value.message


def test_who_and_what_is_refused(two, ann, l2):
    gone, root = two
    elsewhere, closed = opened(), worked_to("closed", case=opened(requester=ann), by=l2)
    refused(partial(merged, gone, gone, l2), Invalid, field="into")
    refused(partial(merged, gone, elsewhere, l2), Unknown, field="into")
    refused(partial(merged, gone, Case(pk=10**12), l2), Unknown, field="into")
    refused(partial(merged, Case(pk=10**12), gone, l2), Absent)
    refused(partial(merged, gone, closed, l2), Refused, "closed")
    refused(partial(merged, closed, gone, l2), Refused, "closed")
    refused(partial(merged, gone, root, l2, expected_version=99), Stale)
    refused(partial(merged, gone, root, actor("auditor", at=MONDAY)), Forbidden)
    refused(partial(merged, gone, root, customer(gone)), Forbidden)
    stranger = actor("l2", at=MONDAY, tenant=TenantFactory())
    refused(partial(merged, gone, root, stranger), Absent)
    merged(gone, root, l2)
    third = opened(requester=ann)
    assert root.reference in refused(partial(merged, third, gone, l2), Invalid, field="into")
    refused(partial(merged, root, gone, l2), Invalid, field="into")
    refused(partial(merged, gone, third, l2), Refused, "closed")


@pytest.mark.parametrize("role", ["l1", "lead"])
@pytest.mark.parametrize("by_owner", [False, True])
def test_merging_is_no_way_to_l3(two, role, by_owner):
    gone, root = two
    po, by = actor("po", at=MONDAY), actor(role, at=MONDAY)
    if by_owner:
        engineer = UserFactory(role="l3", level="L3")
        ownership.assign(case_id=root.pk, owner_id=engineer.pk, by=po, at=MONDAY + MINUTE)
    else:
        escalation.escalate(
            case_id=root.pk, to="L3", known_issues_searched=True, reason="Deep", by=po, at=MONDAY + MINUTE
        )
    refused(partial(merged, gone, root, by), Forbidden, "no-way-to-l3")
    assert merged(root, gone, by).merged_into_id == gone.pk  # out of L3 anybody may
    undone(root, gone, po, LATER + MINUTE)
    assert merged(gone, root, actor("l2", at=MONDAY), at=LATER + HOUR).merged_into_id == root.pk


def test_two_cases_of_l3s_are_merged_by_anybody_who_works_them(two):
    gone, root = two
    for case in two:
        escalation.escalate(
            case_id=case.pk, to="L3", known_issues_searched=True, reason="Deep", by=actor("po"), at=MONDAY + MINUTE
        )
    assert merged(gone, root, actor("l1", at=MONDAY)).merged_into_id == root.pk


def test_what_a_merged_case_does_no_more(two, l2):
    gone, root = two
    merged(gone, root, l2)
    case = Case.objects.get(pk=gone.pk)
    assert moves.allowed(case, l2) == []
    refused(partial(lifecycle.reopen, case_id=gone.pk, reason="Back", by=l2, at=LATER + HOUR), TransitionRefused)
    refused(
        partial(lifecycle.close, case_id=root.pk, as_="duplicate", of=gone.pk, reason="Same", by=l2, at=LATER + HOUR),
        Invalid,
        field="of",
    )


def test_when_it_cannot_be_taken_back(two, ann, l2):
    gone, root = two
    merged(gone, root, l2)
    tie = tie_between(gone, root)

    def back(by=l2, at=LATER + HOUR, tie_id=tie.pk, case=gone):
        ties.untie(case_id=case.pk, tie_id=tie_id, by=by, at=at)

    refused(partial(back, at=LATER + DAY + timedelta(seconds=1)), Refused, "cannot-take-back")
    refused(partial(back, by=actor("auditor", at=MONDAY)), Forbidden)
    refused(partial(back, by=customer(gone)), Absent)
    refused(partial(back, by=actor("l2", at=MONDAY, tenant=TenantFactory())), Absent)
    refused(partial(back, tie_id=10**12), Absent)
    refused(partial(back, case=opened()), Absent)
    third = opened(requester=ann)
    merged(root, third, l2, at=LATER + MINUTE)
    assert third.reference in refused(back, Refused, "cannot-take-back")
    undone(root, third, l2, LATER + 2 * MINUTE)
    back()
    refused(back, Absent)


def test_a_colleague_is_told_and_reads_no_more_than_before(ann, l2):
    bob = RequesterFactory(tenant=ann.tenant, name="Bob", language="en")
    theirs, root = opened(requester=ann, subject="Ann's"), opened(requester=bob, subject="Bob's")
    says(theirs, "Of Ann", at=MONDAY + MINUTE)
    says(root, "Of Bob", at=MONDAY + MINUTE)
    merged(theirs, root, l2)
    [told] = Delivery.objects.filter(created_at=LATER)
    assert (told.to, root.reference in told.text) == (ann.email, True)
    says(theirs, "Ann again", at=LATER + MINUTE)
    assert said(root) == ["Of Ann", "Of Bob", "Ann again"]
    assert said(root, actor=actor_of_requester(bob)) == ["Of Bob"]
    assert said(theirs, actor=actor_of_requester(ann)) == ["Of Ann", "Ann again"]
    seen = client_view(link=ClientLink(theirs.pk, ann.pk), at=LATER + HOUR)
    assert (seen.case.pk, seen.can) == (theirs.pk, frozenset())
    with pytest.raises(Absent):
        reading.case_header(case_id=root.pk, actor=actor_of_requester(ann))


def test_a_word_long_after_the_root_closed_opens_a_case_called_as_ones_own(ann, l2):
    bob = RequesterFactory(tenant=ann.tenant, name="Bob")
    theirs = opened(requester=ann, subject="Ann's", tags=["hers"], channel="mail")
    root = opened(requester=bob, subject="Bob's secret", tags=["his"])
    merged(theirs, root, l2)
    worked_to("closed", case=root, by=l2, at=LATER + HOUR)
    says(theirs, "It is late once more", at=LATER + 60 * DAY)
    new = Case.objects.latest("pk")
    assert (new.requester_id, new.reopened_from_id) == (ann.pk, root.pk)
    assert (new.subject, new.tags, new.channel) == ("Ann's", ["hers"], "mail")


def test_ones_own_link_leads_to_the_root(two, ann, l2):
    gone, root = two
    says(gone, "one", at=MONDAY + 2 * MINUTE)
    merged(gone, root, l2)
    seen = client_view(link=ClientLink(gone.pk, ann.pk), at=LATER + HOUR)
    assert seen.case.pk == root.pk
    assert [entry.body for entry in seen.entries] == ["one"]
    assert [case.pk for case in seen.openings] == [root.pk, gone.pk]
