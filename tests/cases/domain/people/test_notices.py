"""Who is told of what: once, by what they chose, in the inbox and by mail, never of their own acts."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cases.domain import lifecycle, ownership
from cases.domain.people import choosing, inbox, notice_mail, participants
from cases.domain.people.notices import Happened, tell
from cases.domain.sending import HELD_FOR, Press
from cases.domain.unsending import unsend
from cases.enums import ComposerTab, NoticeEvent
from cases.models import Case, Notice, NoticeChoice
from cases.models.notices import usual_cells
from config.errors import Absent, Forbidden, Invalid
from outbox.domain.relay import relay_round
from outbox.models import Delivery
from tenants.domain.actors import actor_of_requester, actor_of_user
from tenants.models import Grant
from tests.factories.cases import HOUR, MINUTE, MONDAY, opened, says
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR
SECOND = timedelta(seconds=1)


@pytest.fixture
def ben():
    return UserFactory(role="l2", username="ben", first_name="Ben", level="L2")


@pytest.fixture
def case(ben):
    tenant = TenantFactory(name="Acme")
    made = opened(requester=RequesterFactory(tenant=tenant, name="Ana Novak"))
    relay_round(at=MONDAY)
    Case.objects.filter(pk=made.pk).update(owner=ben)
    return made


def chose(user, *cells, **more):
    values = {"cells": list(cells), "pace": "at_once", "daily_at": 8, **more}
    return choosing.choose(**values, by=actor_of_user(user, at=AT), at=AT)


def told(user):
    return [(one.event, one.scope, one.who, one.words) for one in Notice.objects.filter(user=user).order_by("pk")]


def mailed(user):
    return list(Delivery.objects.filter(to=user.email).order_by("pk"))


def test_an_owner_is_told_of_the_customers_word_in_the_inbox_and_by_mail(case, ben):
    says(case, "Still broken.", at=AT)
    relay_round(at=AT)
    assert told(ben) == [("customer", "mine", "Ana Novak", "Still broken.")]
    [mail] = mailed(ben)
    assert (mail.subject, mail.tenant_id) == (f"[{case.reference}] Ana Novak (Acme) wrote", case.tenant_id)
    assert "Still broken." in mail.text
    notice = Notice.objects.get()
    assert (notice.mail_due_at, notice.delivery_id) == (None, mail.pk)
    relay_round(at=AT + HOUR)
    assert len(mailed(ben)) == 1


def test_one_thing_tells_one_person_once_whatever_the_reasons(case, ben):
    participants.follow(case_id=case.pk, by=actor_of_user(ben, at=AT), at=AT)
    says(case, "@ben look", by=actor("l2"), kind="note", public=False, at=AT)
    relay_round(at=AT)
    [(event, scope, _who, words)] = told(ben)
    assert (event, scope, words, len(mailed(ben))) == ("mention", "", "@ben look", 1)


def test_own_acts_tell_nobody(case, ben):
    by = actor_of_user(ben, at=AT)
    says(case, "Mine, @ben", by=by, kind="note", public=False, at=AT)
    says(case, "They called: still broken.", by=by, on_behalf_of=case.requester_id, at=AT)
    ownership.assign(case_id=case.pk, owner_id=None, by=by, at=AT)
    ownership.assign(case_id=case.pk, owner_id=ben.pk, by=by, at=AT)
    relay_round(at=AT)
    assert told(ben) == []


def test_whom_a_case_is_given_to_is_told(case):
    ida = UserFactory(role="l1", first_name="Ida", level="L1")
    lead = UserFactory(role="lead", first_name="Clara")
    ownership.assign(case_id=case.pk, owner_id=ida.pk, by=actor_of_user(lead, at=AT), at=AT)
    relay_round(at=AT + HELD_FOR - SECOND)
    assert (told(ida), mailed(ida)) == ([], [])
    relay_round(at=AT + HELD_FOR)
    assert told(ida) == [("assigned", "", "Clara Last", "")]
    assert len(mailed(ida)) == 1


def test_who_had_a_case_for_a_moment_only_is_not_told(case):
    ida, eva = UserFactory(role="l1", level="L1"), UserFactory(role="l1", level="L1")
    lead = actor("lead")
    ownership.assign(case_id=case.pk, owner_id=ida.pk, by=lead, at=AT)
    ownership.assign(case_id=case.pk, owner_id=eva.pk, by=lead, at=AT + SECOND)
    relay_round(at=AT + SECOND + HELD_FOR)
    assert (told(ida), len(told(eva)), mailed(ida), len(mailed(eva))) == ([], 1, [], 1)


@pytest.mark.parametrize(("taken_back", "heard"), [(False, ["mention"]), (True, [])])
def test_a_note_is_nobodys_news_while_it_can_be_taken_back(taken_back, heard, case, ben):
    by, token = actor("l2", at=AT), uuid4()
    says(case, "@ben look", kind="note", public=False, by=by, at=AT, press=Press(token, ComposerTab.NOTE))
    relay_round(at=AT + HELD_FOR - SECOND)
    assert (told(ben), mailed(ben)) == ([], [])
    if taken_back:
        unsend(token=token, case_id=case.pk, by=by, at=AT + HELD_FOR - SECOND)
    relay_round(at=AT + HELD_FOR)
    assert ([event for event, *_rest in told(ben)], len(mailed(ben))) == (heard, len(heard))


def test_moves_of_a_press_that_was_taken_back_are_not_told(case, ben):
    eva = UserFactory(role="l1", level="L1")
    participants.follow(case_id=case.pk, by=actor_of_user(eva, at=AT), at=AT)
    by, token = actor("l2", at=AT), uuid4()
    lifecycle.wait(case_id=case.pk, ask="Which region?", send_as=True, press=Press(token), by=by, at=AT)
    unsend(token=token, case_id=case.pk, by=by, at=AT + SECOND)
    relay_round(at=AT + HOUR)
    assert Case.objects.get(pk=case.pk).status == "new"
    assert (told(eva), told(ben)) == ([], [])


def test_followers_hear_of_moves_and_the_level_of_what_it_asked_for(case, ben):
    eva = UserFactory(role="l1", first_name="Eva", level="L1")
    participants.follow(case_id=case.pk, by=actor_of_user(eva, at=AT), at=AT)
    watcher = UserFactory(role="l1", level="L1")
    chose(watcher, "moved.level.bell")
    other_level = UserFactory(role="l2", level="L2")
    chose(other_level, "moved.level.bell")
    by = UserFactory(role="l2", first_name="Max")
    lifecycle.accept(case_id=case.pk, owner_id=ben.pk, by=actor_of_user(by, at=AT), at=AT)
    relay_round(at=AT)
    words = "Accept: New → Triage"
    assert told(eva) == [("moved", "followed", "Max Last", words)]
    assert told(watcher) == [("moved", "level", "Max Last", words)]
    assert told(other_level) == []


def test_who_may_not_see_the_client_is_told_nothing(case, ben):
    participants.follow(case_id=case.pk, by=actor_of_user(ben, at=AT), at=AT)
    Grant.objects.filter(user=ben).delete()
    says(case, "Still broken.", at=AT)
    relay_round(at=AT)
    assert (told(ben), mailed(ben)) == ([], [])


def test_what_they_chose_decides(case, ben):
    chose(ben, "customer.mine.bell")
    says(case, "Still broken.", at=AT)
    says(case, "A note", by=actor("l2"), kind="note", public=False, at=AT)
    relay_round(at=AT)
    assert (told(ben), mailed(ben)) == ([("customer", "mine", "Ana Novak", "Still broken.")], [])


def test_hourly_mail_tells_all_in_one(case, ben):
    chose(ben, "customer.mine.mail", pace="hourly")
    for n in range(3):
        says(case, f"Word {n}", at=AT + n * MINUTE)
        relay_round(at=AT + n * MINUTE)
    assert notice_mail.send_due(at=AT + 59 * MINUTE) == 0
    assert notice_mail.send_due(at=AT + HOUR) == 1
    [mail] = mailed(ben)
    assert (mail.subject, mail.tenant_id, mail.about_kind) == (
        "3 things happened on your cases",
        case.tenant_id,
        "notices",
    )
    assert [f"Ana Novak: Word {n}" in mail.text for n in range(3)] == [True] * 3
    assert notice_mail.send_due(at=AT + 2 * HOUR) == 0
    assert inbox.page(actor=actor_of_user(ben, at=AT))[0] == []  # only mail was chosen


def test_quiet_hours_hold_the_mail_and_not_the_inbox(case, ben):
    ben.time_zone = "Europe/Berlin"
    ben.save(update_fields=["time_zone"])
    chose(ben, *usual_cells(), quiet_from=19, quiet_to=7)
    night = MONDAY.replace(hour=20)
    says(case, "At night.", at=night)
    relay_round(at=night)
    assert (len(told(ben)), mailed(ben)) == (1, [])
    assert notice_mail.send_due(at=night + timedelta(hours=10)) == 1
    assert len(mailed(ben)) == 1


def test_the_digest_leaves_out_whom_one_sees_no_more(case, ben):
    chose(ben, "customer.mine.mail", pace="hourly")
    says(case, "Word", at=AT)
    relay_round(at=AT)
    Grant.objects.filter(user=ben).delete()
    assert notice_mail.send_due(at=AT + HOUR) == 0
    assert (mailed(ben), Notice.objects.filter(mail_due_at__isnull=False).count()) == ([], 0)


def test_a_mail_that_fails_holds_back_nobody_elses(case, ben):
    chose(ben, "customer.mine.mail", pace="hourly")
    eva = UserFactory(role="l1")
    participants.follow(case_id=case.pk, by=actor_of_user(eva, at=AT), at=AT)
    chose(eva, "customer.followed.mail", pace="hourly")
    says(case, "Word", at=AT)
    relay_round(at=AT)
    type(ben).objects.filter(pk=ben.pk).update(email="no address")
    assert notice_mail.send_due(at=AT + HOUR) == 1
    assert len(mailed(eva)) == 1
    assert Notice.objects.get(user=ben).mail_due_at == AT + 2 * HOUR


@pytest.mark.parametrize("count", [1, 3])
def test_many_things_cost_what_one_does(case, ben, count, django_assert_num_queries):
    chose(ben, "customer.mine.bell")
    at_once = [
        Happened(
            event_id=n, case_id=case.pk, at=AT, event=NoticeEvent.CUSTOMER, by="customer:1", who="Ana", words="Word"
        )
        for n in range(count)
    ]
    with django_assert_num_queries(4):
        assert len(tell(happened=at_once, at=AT)) == count


def test_an_inbox_is_ones_own_and_read_once(case, ben):
    for n in range(3):
        says(case, f"Word {n}", at=AT + n * MINUTE)
    relay_round(at=AT + HOUR)
    mine, at = actor_of_user(ben, at=AT), AT + HOUR
    rows, before = inbox.page(actor=mine)
    assert ([row.words for row in rows], before) == (["Word 2", "Word 1", "Word 0"], None)
    with pytest.raises(Absent):
        inbox.read(notice_id=rows[0].pk, by=actor("l2"), at=at)
    inbox.read(notice_id=rows[1].pk, by=mine, at=at)
    inbox.read(notice_id=rows[1].pk, by=mine, at=at + HOUR)
    assert Notice.objects.get(pk=rows[1].pk).read_at == at
    assert [row.words for row in inbox.page(actor=mine, only_unread=True)[0]] == ["Word 2", "Word 0"]
    assert inbox.read_all(up_to=rows[1].pk, by=mine, at=at) == 1
    assert inbox.read_all(by=mine, at=at) == 1
    assert inbox.unread(mine).count() == 0
    assert inbox.told_to(actor_of_requester(case.requester)).count() == 0


def test_what_is_old_is_forgotten(case, ben):
    says(case, "Word", at=AT)
    relay_round(at=AT)
    assert notice_mail.forget(at=AT + notice_mail.KEPT) == 0
    assert notice_mail.forget(at=AT + notice_mail.KEPT + MINUTE) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cells": ["customer.mine.pigeon"]}, "cells"),
        ({"pace": "yearly"}, "pace"),
        ({"daily_at": 24}, "daily_at"),
        ({"quiet_from": 19}, "quiet_to"),
        ({"quiet_from": 7, "quiet_to": 7}, "quiet_to"),
    ],
)
def test_a_choice_that_is_none(ben, wrong, field):
    with pytest.raises(Invalid) as refused:
        chose(ben, **wrong)
    assert (refused.value.extra["errors"][0]["field"], NoticeChoice.objects.count()) == (field, 0)


def test_a_client_chooses_nothing(case):
    with pytest.raises(Forbidden):
        choosing.choice_for(actor_of_requester(case.requester))
