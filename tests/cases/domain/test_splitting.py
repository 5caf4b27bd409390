"""Part of a conversation becomes a case of its own, shown on both, and goes back within a day."""

from functools import partial
from io import BytesIO

import pytest

from cases.domain import lifecycle, merging, reading, splitting, talking, ties
from cases.domain.attachments import attach, blob_of
from cases.domain.desk.workspace import workspace
from cases.enums import TieKind
from cases.models import Case, CaseTie, Interaction
from config.errors import Absent, Forbidden, Invalid, Refused, Stale, Unknown
from outbox.models import Delivery, Event
from tenants.domain.actors import actor_of_requester
from tests.cases.domain.test_merging import refused
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, clocks_of, customer, opened, says, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, actor
from tests.factories.ties import ends_of, follow_the_fold, said, tie_between, whole

pytestmark = pytest.mark.django_db
LATER = MONDAY + 3 * HOUR


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


@pytest.fixture
def case(l2):
    """Two matters in one: the second was brought up in the conversation on the first."""
    case = opened(subject="Late")
    worked_to("in_progress", case=case, by=l2, at=MONDAY + MINUTE)
    says(case, "We look at it.", by=l2, at=MONDAY + 5 * MINUTE)
    return case


def split(case, *chosen, by, at=LATER, **more):
    return splitting.split(case_id=case.pk, interaction_ids=[one.pk for one in chosen], by=by, at=at, **more)


def test_a_new_case_of_what_was_chosen(case, l2):
    asked = says(case, "And the invoice is wrong", at=MONDAY + HOUR)
    answered = says(case, "Which invoice?", by=l2, at=MONDAY + HOUR + MINUTE)
    before = whole(case)
    new = split(case, answered, asked, by=l2, subject="Invoice")
    assert (new.subject, new.description, new.status, new.opened_at) == ("Invoice", asked.body, "new", LATER)
    assert (new.tenant_id, new.requester_id, new.first_response_at) == (case.tenant_id, case.requester_id, None)
    assert ends_of(new) == {("first_response", 1): "running"}
    assert clocks_of(new)["first_response", 1].started_at == LATER
    assert whole(case) == before
    assert said(new) == ["And the invoice is wrong", "Which invoice?"]
    assert said(case) == ["We look at it.", "And the invoice is wrong", "Which invoice?"]
    tie = tie_between(case, new)
    assert (tie.kind, tie.entries, tie.made_at, tie.made_by) == ("split", [asked.pk, answered.pk], LATER, l2.label)
    assert Interaction.objects.get(case=case, data__split_to=new.pk).body.startswith("2 messages continued in")
    assert Event.objects.filter(name="cases.case-split", payload__new_case_id=new.pk).count() == 1
    assert Delivery.objects.filter(about_id=new.pk, to=case.requester.email).exists()


def test_both_pages_show_it_once_and_say_where(case, l2):
    asked = says(case, "And the invoice is wrong", at=MONDAY + HOUR)
    new = split(case, asked, by=l2)
    old_lines = workspace(case_id=case.pk, actor=l2, at=LATER).entries
    assert [entry.continued_in for entry in old_lines if entry.row.pk == asked.pk and entry.key[0] == "i"] == [new.pk]
    told = [entry for entry in workspace(case_id=new.pk, actor=l2, at=LATER).entries if entry.side == "them"]
    assert [(entry.key, entry.said_on) for entry in told] == [(f"i{asked.pk}", case.pk)]


def test_its_files_come_along(case, l2):
    file = attach(case_id=case.pk, name="bill.pdf", stream=BytesIO(b"x"), by=customer(case), at=MONDAY + HOUR)
    asked = talking.add_interaction(
        case_id=case.pk, kind="message", public=True, body="See here", attachment_ids=[file.pk],
        by=customer(case), at=MONDAY + HOUR,
    )  # fmt: skip
    new = split(case, asked, by=l2)
    assert [one.pk for one in reading.attachments(new, actor=customer(new))] == [file.pk]
    assert blob_of(case_id=new.pk, attachment_id=file.pk, actor=customer(new)).name == "bill.pdf"


def test_of_a_merged_cases_words_too(case, l2):
    ann = RequesterFactory(tenant=case.tenant, name="Ann")
    gone = opened(requester=ann, subject="Ann's", tags=["hers"])
    asked = says(gone, "Of Ann", at=MONDAY + HOUR)
    merging.merge(case_id=gone.pk, into=case.pk, by=l2, at=MONDAY + 2 * HOUR)
    new = split(case, asked, by=l2)
    assert (new.requester_id, said(new)) == (ann.pk, ["Of Ann"])
    assert (new.subject, new.tags) == ("Ann's", ["hers"])  # nothing of a colleague's is said of it
    refused(partial(split, gone, asked, by=l2), Refused, "merged")


def test_the_words_of_several_people_are_not_split_off_together(case, l2):
    bob = RequesterFactory(tenant=case.tenant, name="Bob")
    gone = opened(requester=bob)
    his, ours = says(gone, "Of Bob", at=MONDAY + HOUR), says(gone, "To Bob", by=l2, at=MONDAY + HOUR + MINUTE)
    merging.merge(case_id=gone.pk, into=case.pk, by=l2, at=MONDAY + 2 * HOUR)
    later, hers = says(gone, "Bob again", at=LATER), says(case, "Of hers", at=LATER + MINUTE)
    for chosen in ([his, hers], [hers, later], [hers, ours]):
        refused(partial(split, case, *chosen, by=l2, at=LATER + HOUR), Invalid, field="interactions")
    new = split(case, his, ours, later, by=l2, at=LATER + HOUR)
    assert (new.requester_id, said(new, actor=customer(new))) == (bob.pk, ["Of Bob", "To Bob", "Bob again"])


def test_who_sees_all_of_the_tenants_takes_a_colleagues_words_along(case, l2):
    boss = RequesterFactory(tenant=case.tenant, name="Boss", sees_all_tenant_cases=True)
    hers = says(case, "Of hers", at=MONDAY + HOUR)
    theirs = says(case, "Of the boss", by=actor_of_requester(boss), at=MONDAY + HOUR - MINUTE)
    assert split(case, hers, theirs, by=l2).requester_id == boss.pk


def test_a_merged_split_opens_no_words_to_a_colleague(case, l2):
    """Bob's message goes to a case of its own, which is then merged with his colleague's."""
    bob = RequesterFactory(tenant=case.tenant, name="Bob")
    first = opened(requester=bob)
    file = attach(case_id=first.pk, name="bill.pdf", stream=BytesIO(b"x"), by=customer(first), at=MONDAY + HOUR)
    his = talking.add_interaction(
        case_id=first.pk, kind="message", public=True, body="Of Bob", attachment_ids=[file.pk],
        by=customer(first), at=MONDAY + HOUR,
    )  # fmt: skip
    hers = says(case, "Of hers", at=MONDAY + HOUR)
    second = split(first, his, by=l2)
    own = split(case, hers, by=l2)
    for gone in (second, own):
        merging.merge(case_id=gone.pk, into=case.pk, by=l2, at=LATER + MINUTE)
    seen = Case.objects.get(pk=case.pk)
    assert said(case) == ["We look at it.", "Of Bob", "Of hers"]
    assert said(case, actor=customer(case)) == ["We look at it.", "Of hers"]
    assert list(reading.attachments(seen, actor=customer(case))) == []
    with pytest.raises(Absent):
        blob_of(case_id=case.pk, attachment_id=file.pk, actor=customer(case))
    assert said(second, actor=customer(second)) == ["Of Bob"]


def test_who_and_what_is_refused(case, l2):
    asked = says(case, "And the invoice is wrong", at=MONDAY + HOUR)
    ours = says(case, "Which invoice?", by=l2, at=MONDAY + HOUR + MINUTE)
    note = says(case, "Odd", by=l2, kind="note", public=False, at=MONDAY + HOUR + MINUTE)
    foreign = says(opened(), "Elsewhere", at=MONDAY + HOUR)
    refused(partial(split, case, by=l2), Invalid, field="interactions")
    refused(partial(split, case, ours, by=l2), Invalid, field="interactions")
    refused(partial(split, case, asked, note, by=l2), Unknown, field="interactions")
    refused(partial(split, case, asked, foreign, by=l2), Unknown, field="interactions")
    refused(partial(split, case, asked, by=l2, expected_version=99), Stale)
    refused(partial(split, case, asked, by=actor("auditor", at=MONDAY)), Forbidden)
    refused(partial(split, case, asked, by=customer(case)), Forbidden)
    refused(partial(split, case, asked, by=actor("l2", at=MONDAY, tenant=TenantFactory())), Absent)
    split(case, asked, by=l2)
    refused(partial(split, case, asked, by=l2, at=LATER + MINUTE), Refused, "split-already")


def back(case, new, by, at=LATER + HOUR):
    ties.untie(case_id=case.pk, tie_id=tie_between(case, new).pk, by=by, at=at)


def test_taken_back_the_old_case_is_whole_and_the_new_one_gone(case, l2):
    asked = says(case, "And the invoice is wrong", at=MONDAY + HOUR)
    before = whole(case)
    new = split(case, asked, by=l2)
    back(case, new, actor("l1", at=MONDAY))
    assert whole(case) == before
    now = Case.objects.get(pk=new.pk)
    assert (now.status, now.closed_as, now.merged_into_id) == ("closed", "merged", case.pk)
    assert ends_of(new) == {("first_response", 1): "moved"}
    assert said(case) == ["We look at it.", "And the invoice is wrong"]
    shown = [entry.row.pk for entry in workspace(case_id=case.pk, actor=l2, at=LATER).entries if entry.side == "them"]
    assert shown == [case.pk, asked.pk]
    assert not CaseTie.objects.standing().filter(kind=TieKind.SPLIT).exists()
    again = split(case, asked, by=l2, at=LATER + 2 * HOUR)
    assert again.pk != new.pk


def test_a_word_on_the_new_case_is_owed_on_the_old_one(case, l2):
    asked = says(case, "And the invoice is wrong", at=MONDAY + HOUR)
    says(case, "Soon", by=l2, at=MONDAY + HOUR + MINUTE)
    new = split(case, asked, by=l2)
    says(new, "Well?", at=LATER + MINUTE)
    back(case, new, l2)
    assert clocks_of(case)["next_reply", 2].started_at == LATER + MINUTE
    assert said(case)[-1] == "Well?"
    follow_the_fold(case)


def test_when_it_cannot_be_taken_back(case, l2):
    asked = says(case, "And the invoice is wrong", at=MONDAY + HOUR)
    new = split(case, asked, by=l2)
    refused(partial(back, case, new, l2, at=LATER + DAY + MINUTE), Refused, "cannot-take-back")
    refused(partial(back, case, new, actor("auditor", at=MONDAY)), Forbidden)
    says(new, "We look at it.", by=l2, at=LATER + MINUTE)
    assert "answered" in refused(partial(back, case, new, l2), Refused, "cannot-take-back")


def test_nor_once_it_was_taken_up_or_the_old_one_is_closed(case, l2):
    asked = says(case, "And the invoice is wrong", at=MONDAY + HOUR)
    new = split(case, asked, by=l2)
    lifecycle.accept(case_id=new.pk, by=l2, at=LATER + MINUTE)
    refused(partial(back, case, new, l2), Refused, "cannot-take-back")
    other = split(case, says(case, "More", at=LATER), by=l2)
    lifecycle.close(case_id=case.pk, as_="spam", reason="Odd", by=l2, at=LATER + MINUTE)
    refused(partial(back, case, other, l2), Refused, "cannot-take-back")
