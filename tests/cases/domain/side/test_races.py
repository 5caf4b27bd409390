"""Two of us, or one of us and somebody outside, at one side talk at once: in real threads, nothing half done."""

from functools import partial
from uuid import uuid4

import pytest

from cases.domain import merging
from cases.domain.sending import AlreadySent
from cases.domain.side import reading, talks, unsaying
from cases.models import Case, Interaction, Notice, SideTalk, SideWord
from config.errors import Refused
from outbox.domain.relay import deliver, relay_round
from outbox.models import Delivery, Event
from tests.cases.domain.test_races import at_once
from tests.factories.cases import HOUR, MONDAY, opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db(transaction=True)
AT = MONDAY + HOUR
SUPPLIER = {"address": "vera@supplier.example", "name": "Vera Supply"}
ROUNDS = 5


@pytest.fixture
def case():
    return opened(requester=RequesterFactory(tenant=TenantFactory(), email="ana@acme.example"))


def begun(case, by, **whom):
    return talks.start(case_id=case.pk, subject="Gateway", body="Is it down?", by=by, at=AT, **(whom or SUPPLIER))


def whole(talk):
    """Each word has its event; each of ours its mail; the talk's turn is the last word's."""
    words = list(SideWord.objects.filter(talk=talk).order_by("pk"))
    told = Event.objects.filter(name="cases.side-word-written", payload__talk_id=talk.pk)
    assert sorted(told.values_list("payload__word_id", flat=True)) == [word.pk for word in words]
    mails = Delivery.objects.filter(about_kind="side-talk", about_id=talk.pk)
    assert sorted(mails.values_list("pk", flat=True)) == sorted(
        word.delivery_id for word in words if word.delivery_id is not None
    )
    now = SideTalk.objects.get(pk=talk.pk)
    assert now.answered_at == (words[-1].at if words[-1].theirs else None)
    return words


def test_two_of_us_go_on_at_once(case):
    one, other = actor("l1"), actor("l2")
    talk = begun(case, one)
    outcomes = at_once(
        *(lambda by=by: talks.say(talk_id=talk.pk, body="Well?", token=uuid4(), by=by, at=AT) for by in (one, other))
    )
    assert (outcomes, len(whole(talk))) == (["ok", "ok"], 3)


def test_one_press_that_comes_twice_at_once_speaks_once(case):
    by, token = actor("l2"), uuid4()
    talk = begun(case, by)
    say = partial(talks.say, talk_id=talk.pk, body="Well?", token=token, by=by, at=AT)
    assert sorted(map(str, at_once(say, say, say))) == sorted(map(str, ["ok", AlreadySent, AlreadySent]))
    assert [word.body for word in whole(talk)] == ["Is it down?", "Well?"]


def test_one_answers_while_another_closes(case):
    one, other = actor("l1"), actor("l2")
    for _round in range(ROUNDS):
        talk = begun(case, one)
        said, closed = at_once(
            partial(talks.say, talk_id=talk.pk, body="Well?", by=one, at=AT),
            partial(talks.close, talk_id=talk.pk, by=other, at=AT),
        )
        assert (closed, len(whole(talk))) == ("ok", 2 if said == "ok" else 1)
        assert said in ("ok", Refused)
        assert SideTalk.objects.get(pk=talk.pk).closed_at == AT


def test_somebody_outside_answers_while_we_close(case):
    by = actor("l2")
    for _round in range(ROUNDS):
        talk = begun(case, by)
        lines = Interaction.objects.filter(case=case, data__side_talk=talk.pk)
        heard, closed = at_once(
            partial(talks.hear, talk_id=talk.pk, body="It was.", at=AT),
            partial(talks.close, talk_id=talk.pk, by=by, at=AT),
        )
        assert (closed, heard in ("ok", Refused)) == ("ok", True)
        words = whole(talk)
        assert [word.body for word in words][1:] == (["It was."] if heard == "ok" else [])
        assert lines.count() == len(words)  # it began, and it was answered
        assert SideTalk.objects.get(pk=talk.pk).closed_at == AT


def test_two_close_and_one_opens_again(case):
    one, other, third = actor("l1"), actor("l2"), actor("lead")
    talk = begun(case, one)
    outcomes = at_once(
        *(lambda by=by: talks.close(talk_id=talk.pk, by=by, at=AT) for by in (one, other)),
        lambda: talks.reopen(talk_id=talk.pk, by=third, at=AT),
    )
    assert outcomes == ["ok"] * 3
    assert SideTalk.objects.get().closed_at in (None, AT)


def test_we_go_on_and_they_answer_while_the_case_is_merged_and_taken_back(case):
    """Locks go from the case to its talk, in whichever case that is by then."""
    by = actor("l2")
    root = opened(requester=case.requester, subject="Late again")
    talk = begun(case, by)
    outcomes = at_once(
        lambda: talks.say(talk_id=talk.pk, body="Well?", by=by, at=AT),
        lambda: merging.merge(case_id=case.pk, into=root.pk, by=by, at=AT),
        lambda: talks.hear(talk_id=talk.pk, body="It was.", at=AT),
    )
    assert (outcomes, len(whole(talk))) == (["ok"] * 3, 3)
    outcomes = at_once(
        lambda: talks.hear(talk_id=talk.pk, body="And is again.", at=AT),
        lambda: merging.undo(tie=merging.merge_of(case.pk, by=by), of=case.pk, by=by, at=AT),
    )
    assert outcomes[0] == "ok"
    assert len(whole(talk)) == 4


def test_a_word_is_taken_back_while_its_mail_goes_and_people_are_told(case):
    """Either it left and stands, or it is gone and nobody had it."""
    by, asked = actor("l2"), UserFactory(role="l2")
    due = AT + talks.HELD_FOR
    for _round in range(ROUNDS):
        mailed, told = begun(case, by), begun(case, by, people=[asked.pk])
        deliver(at=AT)
        relay_round(at=AT)
        tokens = {talk.pk: uuid4() for talk in (mailed, told)}
        for talk_id, token in tokens.items():
            talks.say(talk_id=talk_id, body="Too rash", token=token, by=by, at=AT)
        backs = [partial(unsaying.unsay, token=token, talk_id=pk, by=by, at=due) for pk, token in tokens.items()]
        *_others, mail_back, note_back = at_once(lambda: deliver(at=due), lambda: relay_round(at=due), *backs)
        mail = Delivery.objects.filter(about_id=mailed.pk, about_kind="side-talk").latest("pk")
        stands = "Too rash" in [word.body for word in reading.words_of(mailed)]
        assert (mail.status, stands) == (("skipped", False) if mail_back == "ok" else ("sent", True))
        heard = asked.notices.filter(side_talk_id=told.pk, words="Too rash").exists()
        stands = "Too rash" in [word.body for word in reading.words_of(told)]
        heard = Notice.objects.filter(user=asked, side_talk_id=told.pk, words="Too rash").exists()
        assert (heard, stands) == ((False, False) if note_back == "ok" else (True, True))


def test_the_last_place_is_taken_once(case, monkeypatch):
    by = actor("l2")
    monkeypatch.setattr(talks, "AT_MOST", 1)
    outcomes = at_once(lambda: begun(case, by), lambda: begun(case, by))
    assert sorted(map(str, outcomes)) == sorted(map(str, ["ok", Refused]))
    monkeypatch.setattr(talks, "AN_HOUR", 1)
    talk = SideTalk.objects.get()
    hear = partial(talks.hear, talk_id=talk.pk, body="It was.", at=AT)
    assert at_once(hear, hear, hear).count("ok") == 1
    assert Case.objects.get(pk=case.pk).status == case.status
