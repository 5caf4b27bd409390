"""A press of a send button: once however often its form comes, and back whole while its mail is held."""

from datetime import timedelta
from threading import Thread
from time import monotonic, sleep
from uuid import uuid4

import pytest
from django.db import connection

from cases.domain import drafts, lifecycle, talking, unsending
from cases.domain.sending import HELD_FOR, AlreadySent, Press, done
from cases.enums import ComposerTab
from cases.models import Case, Draft, Sending
from config.db import unit_of_work
from config.errors import Absent, Forbidden, Refused
from outbox.domain.relay import deliver
from outbox.models import Delivery
from sla.domain.sweep import sweep
from sla.models import Alert
from tests.cases.domain.test_taking_back import state
from tests.factories.cases import HOUR, MINUTE, MONDAY, RESOLUTION, clocks_of, opened, says, worked_to
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
LATER = MONDAY + HOUR + 30 * MINUTE


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


def words(case):
    """What stands on the timeline of what people of ours said."""
    standing = case.interactions.filter(by_kind="person", retracted_by=None, retracts=None)
    return list(standing.order_by("pk").values_list("body", flat=True))


def reply(case, by, token, *, at=LATER, body="We look at it.", **more):
    press = Press(token, ComposerTab.REPLY)
    return says(case, body, by=by, at=at, press=press, **more)


def moved(name, case, by, token):
    asks = {"wait": {"ask": "Which region?"}, "resolve": RESOLUTION}[name]
    return getattr(lifecycle, name)(case_id=case.pk, by=by, at=LATER, send_as=True, press=Press(token), **asks)


@pytest.mark.parametrize("status", ["new", "in_progress", "waiting_on_customer", "resolved"])
def test_a_reply_comes_back_whole(status, l2):
    case = worked_to(status, by=l2)
    said, before, token = words(case), state(case), uuid4()
    reply(case, l2, token)
    assert Delivery.objects.latest("pk").next_attempt_at == LATER + HELD_FOR
    deliver(at=LATER + 9 * SECOND)
    assert Delivery.objects.latest("pk").status == "queued"
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=LATER + 9 * SECOND)
    assert (words(case), state(case)) == (said, before)
    assert Delivery.objects.latest("pk").status == "skipped"
    assert list(Draft.objects.values_list("case", "user", "tab", "body")) == [
        (case.pk, l2.user_id, "reply", "We look at it.")
    ]


def drafted(case, by, tab, body, at):
    drafts.keep(case_id=case.pk, tab=tab, body=body, by=by, at=at)


@pytest.mark.parametrize("tab", ["reply", "note"])
def test_what_was_begun_since_stands_behind_what_was_undone(tab, l2):
    case, token = opened(), uuid4()
    says(case, "One", kind="note", public=False, by=l2, at=LATER, press=Press(token, ComposerTab(tab)))
    drafted(case, l2, tab, "Two", LATER + SECOND)
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=LATER + 2 * SECOND)
    assert list(Draft.objects.values_list("tab", "body")) == [(tab, "One\n\nTwo")]


@pytest.mark.parametrize("name", ["wait", "resolve"])
def test_what_goes_out_by_a_sheet_leaves_a_reply_that_was_begun(name, l2):
    case, token = opened(), uuid4()
    drafted(case, l2, "reply", "Half a thou", LATER - SECOND)
    moved(name, case, l2, token)
    assert Draft.objects.get().body == "Half a thou"
    asked = {"wait": "Which region?", "resolve": RESOLUTION["summary"]}[name]
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=LATER + SECOND)
    assert Draft.objects.get().body == f"{asked}\n\nHalf a thou"


@pytest.mark.parametrize("name", ["wait", "resolve"])
def test_a_move_that_was_sent_comes_back_with_it(name, l2):
    case = opened()
    before, token = state(case), uuid4()
    moves = case.transitions.count()
    moved(name, case, l2, token)
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=LATER + SECOND)
    assert (words(case), state(case)) == ([], before)
    undone = case.transitions.filter(move="take_back").order_by("pk")
    assert case.transitions.count() - moves == 2 * undone.count() == 6
    assert (undone.first().from_status, undone.last().to_status) == (
        {"wait": "waiting_on_customer", "resolve": "resolved"}[name],
        "new",
    )
    assert Draft.objects.get().body == {"wait": "Which region?", "resolve": RESOLUTION["summary"]}[name]


def test_a_held_reply_keeps_its_promise(l2):
    """The clock is met at the press, not as the mail leaves."""
    case = opened()
    due = clocks_of(case)["first_response", 1].due_at
    said = reply(case, l2, uuid4(), at=due - SECOND)
    sweep(at=due + 5 * SECOND)
    clock = clocks_of(case)["first_response", 1]
    assert (clock.stopped_at, clock.breached_at) == (due - SECOND, None)
    assert not Alert.objects.filter(kind="breach").exists()
    for at, status in ((due + 8 * SECOND, "queued"), (due + 9 * SECOND, "sent")):
        deliver(at=at)
        assert Delivery.objects.get(pk=said.delivery_id).status == status


def test_undone_behind_its_deadline_it_is_late(l2):
    case, token = opened(), uuid4()
    due = clocks_of(case)["first_response", 1].due_at
    reply(case, l2, token, at=due - SECOND)
    sweep(at=due + SECOND)
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=due + 2 * SECOND)
    sweep(at=due + 3 * SECOND)
    assert clocks_of(case)["first_response", 1].breached_at == due


def refused(case, token, by, at):
    before = state(case), words(case), Draft.objects.count()
    with pytest.raises(Refused) as refusal:
        unsending.unsend(token=token, case_id=case.pk, by=by, at=at)
    assert (state(case), words(case), Draft.objects.count()) == before
    return refusal.value.code


def test_what_left_or_was_undone_stays(l2):
    case, token, again = opened(), uuid4(), uuid4()
    reply(case, l2, token)
    assert refused(case, token, l2, LATER + HELD_FOR + SECOND) == "cannot-take-back"
    reply(case, l2, again, at=LATER + MINUTE)
    deliver(at=LATER + 2 * MINUTE)
    assert refused(case, again, l2, LATER + MINUTE + SECOND) == "cannot-take-back"
    third = uuid4()
    reply(case, l2, third, at=LATER + 5 * MINUTE)
    unsending.unsend(token=third, case_id=case.pk, by=l2, at=LATER + 5 * MINUTE + SECOND)
    assert refused(case, third, l2, LATER + 5 * MINUTE + SECOND) == "cannot-take-back"


def test_anothers_note_in_between_stays_and_a_clients_word_holds_it(l2):
    case, token, again = worked_to("in_progress", by=l2), uuid4(), uuid4()
    said = words(case)
    reply(case, l2, token)
    says(case, "Seen.", kind="note", public=False, by=actor("l2", at=MONDAY), at=LATER + SECOND)
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=LATER + 2 * SECOND)
    assert words(case) == [*said, "Seen."]
    reply(case, l2, again, at=LATER + MINUTE)
    says(case, "And today?", at=LATER + MINUTE + SECOND)
    assert refused(case, again, l2, LATER + MINUTE + 2 * SECOND) == "cannot-take-back"


def promises(case):
    return {key: (clock.due_at, clock.stopped_at, clock.ended_as) for key, clock in clocks_of(case).items()}


def noted(case, by, token):
    """What a note changes of the case rests on nothing: it can be undone whatever comes after it."""
    press = Press(token, ComposerTab.NOTE)
    says(case, "For us.", kind="note", public=False, by=by, at=LATER, press=press)


def test_a_promise_that_the_clients_word_began_outlives_the_undone_note(l2):
    case, token = worked_to("in_progress", by=l2), uuid4()
    says(case, "We look at it.", by=l2, at=LATER - MINUTE)
    noted(case, l2, token)
    had = promises(case)
    says(case, "And today?", at=LATER + SECOND)
    began = promises(case)
    assert set(began) > set(had)
    due = Case.objects.get(pk=case.pk).next_due_at
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=LATER + 2 * SECOND)
    assert (promises(case), Case.objects.get(pk=case.pk).next_due_at) == (began, due)
    assert "For us." not in words(case)


def test_a_promise_that_anothers_move_began_outlives_the_undone_note(l2):
    case, token = opened(), uuid4()
    noted(case, l2, token)
    lifecycle.accept(case_id=case.pk, priority="P2", by=actor("l2", at=MONDAY), at=LATER + SECOND)
    began = promises(case)
    assert ("resolution", 1) in began
    unsending.unsend(token=token, case_id=case.pk, by=l2, at=LATER + 2 * SECOND)
    assert promises(case) == began
    sweep(at=LATER + 30 * 24 * HOUR)
    assert clocks_of(case)["resolution", 1].breached_at is not None


def test_anothers_press_is_not_there(l2):
    case, token = opened(), uuid4()
    reply(case, l2, token)
    for by, number in ((actor("l2", at=MONDAY), case.pk), (l2, opened().pk)):
        with pytest.raises(Absent):
            unsending.unsend(token=token, case_id=number, by=by, at=LATER + SECOND)
    assert words(case) == ["We look at it."]


def test_the_same_form_is_taken_once(l2):
    case, token = opened(), uuid4()
    drafts.keep(case_id=case.pk, tab="reply", body="We look at it.", token=token, by=l2, at=LATER)
    said = reply(case, l2, token)
    after = Case.objects.get(pk=case.pk).version
    assert (Sending.objects.get().entries, Draft.objects.count()) == ([said.pk], 0)
    assert done(token=token, body="We look at it.", by=l2)
    assert not done(token=token, body="Other words in the form of a page gone back to.", by=l2)
    assert not done(token=token, body="We look at it.", by=actor("l2", at=MONDAY))
    with pytest.raises(AlreadySent):
        reply(case, l2, token, at=LATER + SECOND)
    assert (words(case), Case.objects.get(pk=case.pk).version) == (["We look at it."], after)
    # The text that was on its way as the form was sent does not come back as a draft.
    assert drafts.keep(case_id=case.pk, tab="reply", body="We look", token=token, by=l2, at=LATER) is False
    assert not Draft.objects.exists()


def somebody_waits():
    """Until another connection stands before a lock."""
    ends = monotonic() + 10
    while monotonic() < ends:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        sleep(0.01)
    raise AssertionError("Nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_crosses_its_own_sending_is_not_left_over(l2):
    """The page is left as it is sent: what it keeps at its end comes while the message is being written down."""
    case, token, kept = opened(), uuid4(), []

    def keep():
        try:
            kept.append(drafts.keep(case_id=case.pk, tab="reply", body="We look", token=token, by=l2, at=LATER))
        finally:
            connection.close()

    leaving = Thread(target=keep)
    with unit_of_work(l2.label):
        reply(case, l2, token)
        leaving.start()
        somebody_waits()
    leaving.join()
    assert (kept, words(case), Draft.objects.count()) == ([False], ["We look at it."], 0)


def test_what_was_sent_long_ago_is_not_kept(l2):
    case, tokens = opened(), [uuid4() for _ in range(3)]
    for token, days in zip(tokens, (0, 7, 8), strict=True):
        reply(case, l2, token, at=LATER + timedelta(days=days))
    assert set(Sending.objects.values_list("token", flat=True)) == set(tokens[1:])


def test_a_program_sends_at_once(l2):
    case = opened()
    talking.add_interaction(case_id=case.pk, kind="message", public=True, body="Done.", by=l2, at=LATER)
    assert (Delivery.objects.latest("pk").next_attempt_at, Sending.objects.count()) == (LATER, 0)


def test_a_draft_is_of_one_person_case_and_tab(l2):
    case, other = opened(), actor("l2", at=MONDAY)
    for by, tab, body in [(l2, "reply", "One"), (l2, "note", "Two"), (other, "reply", "Three"), (l2, "reply", "Four")]:
        drafts.keep(case_id=case.pk, tab=tab, body=body, by=by, at=LATER)
    kept = set(Draft.objects.values_list("user", "tab", "body"))
    assert kept == {(l2.user_id, "reply", "Four"), (l2.user_id, "note", "Two"), (other.user_id, "reply", "Three")}
    drafts.keep(case_id=case.pk, tab="reply", body=" ", by=l2, at=LATER)
    assert Draft.objects.filter(user_id=l2.user_id).get().tab == "note"


def test_no_draft_where_one_may_not_write():
    case = opened()
    for by, refusal in ((actor("auditor", at=MONDAY), Forbidden), (actor("l2", tenant=opened().tenant), Absent)):
        with pytest.raises(refusal):
            drafts.keep(case_id=case.pk, tab="reply", body="Mine", by=by, at=LATER)
    assert not Draft.objects.exists()
