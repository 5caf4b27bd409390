"""A word in a side talk is taken back before it goes out: nobody was told of it, the text is in its box again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cases.domain import drafts, merging, talking, unsending
from cases.domain.people import participants
from cases.domain.sending import HELD_FOR, AlreadySent, Press
from cases.domain.side import reading, talks, unsaying
from cases.enums import ComposerTab
from cases.models import Case, Draft, Interaction, Notice, SideTalk, SideWord
from config.errors import Absent, Forbidden, Refused
from outbox.domain.relay import deliver, relay_round
from outbox.models import Delivery
from tenants.domain.actors import actor_of_user
from tests.factories.api import desk_state
from tests.factories.cases import HOUR, MONDAY, opened
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR
SECOND = timedelta(seconds=1)
SOON, LATE = AT + 9 * SECOND, AT + 11 * SECOND
SUPPLIER = {"address": "vera@supplier.example", "name": "Vera Supply"}


@pytest.fixture
def case():
    return opened(requester=RequesterFactory(tenant=TenantFactory(name="Acme"), email="ana@acme.example"))


@pytest.fixture
def mira():
    return UserFactory(role="l2", level="L2", first_name="Mira")


@pytest.fixture
def ben():
    return UserFactory(role="l2", level="L2", first_name="Ben")


def acting(user):
    return actor_of_user(user, at=AT)


def begun(case, by, **whom):
    return talks.start(
        case_id=case.pk, subject="Gateway", body="Is it down?", by=by, at=AT - HOUR, **(whom or SUPPLIER)
    )


def said(talk, by, body="Hurry up!", *, at=AT):
    token = uuid4()
    talks.say(talk_id=talk.pk, body=body, token=token, by=by, at=at)
    return token


def bodies(talk):
    return [word.body for word in reading.words_of(talk)]


def mails():
    return list(Delivery.objects.filter(about_kind="side-talk").order_by("pk").values_list("status", flat=True))


def test_a_mail_is_held_and_comes_back_whole(case, mira):
    by = acting(mira)
    talk = begun(case, by)
    talks.hear(talk_id=talk.pk, body="It was.", at=AT - SECOND)
    relay_round(at=AT - SECOND)
    before, version = Notice.objects.count(), Case.objects.get(pk=case.pk).version
    token = said(talk, by)
    assert SideTalk.objects.get().answered_at is None
    deliver(at=SOON)
    assert mails() == ["sent", "queued"]
    assert [word.body for word in reading.words_for_outside(talk, at=SOON)] == ["Is it down?", "It was."]
    unsaying.unsay(token=token, talk_id=talk.pk, by=by, at=SOON)
    assert (bodies(talk), mails()) == (["Is it down?", "It was."], ["sent", "skipped"])
    assert (SideTalk.objects.get().answered_at, Case.objects.get(pk=case.pk).version) == (AT - SECOND, version)
    assert drafts.of_talk(talk, by=by).body == "Hurry up!"
    deliver(at=AT + HOUR)
    relay_round(at=AT + HOUR)
    assert (mails(), Notice.objects.count()) == (["sent", "skipped"], before)


def test_what_was_begun_since_stays_behind_it_and_the_form_may_not_come_again(case, mira):
    by = acting(mira)
    talk = begun(case, by)
    token = said(talk, by)
    drafts.keep(case_id=case.pk, tab="side", talk_id=talk.pk, body="P.S.", by=by, at=AT)
    unsaying.unsay(token=token, talk_id=talk.pk, by=by, at=SOON)
    assert drafts.of_talk(talk, by=by).body == "Hurry up!\n\nP.S."
    before = desk_state()
    with pytest.raises(AlreadySent):
        talks.say(talk_id=talk.pk, body="Hurry up!", token=token, by=by, at=SOON)
    assert talks.sent(token=token, body="Hurry up!", by=by) is None
    assert desk_state() == before
    said(talk, by, "Please hurry.", at=SOON)
    assert bodies(talk) == ["Is it down?", "Please hurry."]


def test_a_colleagues_answer_is_unsaid_with_its_line_and_nobody_heard(case, mira, ben):
    talk = begun(case, acting(mira), people=[ben.pk])
    relay_round(at=AT)
    Notice.objects.all().delete()
    token = said(talk, acting(ben), "I broke it.")
    relay_round(at=SOON)
    assert (Notice.objects.count(), SideTalk.objects.get().answered_at) == (0, AT)
    unsaying.unsay(token=token, talk_id=talk.pk, by=acting(ben), at=SOON)
    assert SideTalk.objects.get().answered_at is None
    standing = Interaction.objects.filter(case=case, retracts=None, retracted_by=None, body__contains="answered in")
    assert not standing.exists()
    relay_round(at=AT + HOUR)
    assert Notice.objects.count() == 0
    said(talk, acting(ben), "I know who broke it.", at=AT + HOUR)
    relay_round(at=AT + 2 * HOUR)
    assert list(Notice.objects.values_list("user_id", "words")) == [(mira.pk, "I know who broke it.")]


def test_the_first_words_are_taken_back_too(case, mira):
    token, by = uuid4(), acting(mira)
    talk = talks.start(case_id=case.pk, subject="Gateway", body="Is it down?", token=token, by=by, at=AT, **SUPPLIER)
    unsaying.unsay(token=token, talk_id=talk.pk, by=by, at=SOON)
    deliver(at=AT + HOUR)
    assert (bodies(talk), mails(), drafts.of_talk(talk, by=by).body) == ([], ["skipped"], "Is it down?")


@pytest.mark.parametrize(
    "why", ["late", "sent", "twice", "answered", "another's", "another talk", "no right", "program"]
)
def test_what_is_not_taken_back(case, mira, ben, why):
    by, at = acting(mira), SOON
    talk = begun(case, by, **({"people": [ben.pk]} if why == "answered" else SUPPLIER))
    token, talk_id, refusal = said(talk, by), talk.pk, Refused
    if why == "late":
        at = LATE
    elif why == "sent":
        deliver(at=AT + HELD_FOR)
    elif why == "twice":
        unsaying.unsay(token=token, talk_id=talk.pk, by=by, at=at)
    elif why == "answered":
        said(talk, acting(ben), "Who says so?", at=AT + SECOND)
    elif why == "another's":
        by, refusal = acting(ben), Absent
    elif why == "another talk":
        talk_id, refusal = begun(case, by).pk, Absent
    elif why == "no right":
        mira.grants.update(role="auditor")
        by, refusal = acting(mira), Forbidden
    else:
        talks.say(talk_id=talk.pk, body="By a program", by=by, at=AT)
        assert SideWord.objects.latest("pk").held_until is None
        token, refusal = uuid4(), Absent
    before = desk_state()
    with pytest.raises(refusal):
        unsaying.unsay(token=token, talk_id=talk_id, by=by, at=at)
    assert desk_state() == before


def test_what_somebody_outside_writes_meanwhile_keeps_no_mail_from_being_taken_back(case, mira):
    talk = begun(case, acting(mira))
    token = said(talk, acting(mira))
    talks.hear(talk_id=talk.pk, body="It is up again.", at=AT + SECOND)
    unsaying.unsay(token=token, talk_id=talk.pk, by=acting(mira), at=SOON)
    assert bodies(talk) == ["Is it down?", "It is up again."]
    assert SideTalk.objects.get().answered_at == AT + SECOND


def test_after_a_merge_and_by_who_may_only_note(case, mira):
    rita = UserFactory(role="auditor")
    participants.let_note(case_id=case.pk, user_id=rita.pk, by=acting(mira), at=AT)
    talk = begun(case, acting(mira))
    root = opened(requester=case.requester, subject="Late again")
    merging.merge(case_id=case.pk, into=root.pk, by=acting(mira), at=AT)
    token = said(talk, acting(rita), "Ask for the log.")
    unsaying.unsay(token=token, talk_id=talk.pk, by=acting(rita), at=SOON)
    assert bodies(talk) == ["Is it down?"]
    [kept] = Draft.objects.all()
    assert (kept.case_id, kept.talk_id, kept.user_id, kept.body) == (case.pk, talk.pk, rita.pk, "Ask for the log.")


def test_of_a_note_too_nobody_hears_before_it_stands(case, mira, ben):
    """A mail to whom it names would have left before "nothing was sent" was said."""
    tokens = [uuid4(), uuid4()]
    for token, body in zip(tokens, ("@%s is to blame", "@%s knows"), strict=True):
        talking.add_interaction(
            case_id=case.pk,
            kind="note",
            public=False,
            body=body % ben.username,
            press=Press(token, ComposerTab.NOTE),
            by=acting(mira),
            at=AT,
        )
    relay_round(at=SOON)
    assert Notice.objects.count() == 0
    unsending.unsend(token=tokens[1], case_id=case.pk, by=acting(mira), at=SOON)
    relay_round(at=AT + HOUR)
    assert list(Notice.objects.values_list("user_id", "words")) == [(ben.pk, f"@{ben.username} is to blame")]


def test_a_neighbour_finds_nothing_to_take_back(case, mira):
    talk = begun(case, acting(mira))
    token = said(talk, acting(mira))
    far = actor("l2", tenant=TenantFactory())
    with pytest.raises(Absent):
        unsaying.unsay(token=token, talk_id=talk.pk, by=far, at=SOON)
