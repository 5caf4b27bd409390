"""Somebody outside, colleagues or a level are asked beside a case: what lands where, who hears, who is refused."""

from uuid import uuid4

import pytest

from cases.domain import merging
from cases.domain.people import participants
from cases.domain.sending import AlreadySent
from cases.domain.side import reading, talks
from cases.domain.side.links import link_for, read_link
from cases.models import Case, Interaction, Notice, SidePerson, SideTalk, SideWord
from config.errors import Absent, Forbidden, Invalid, Refused, Unknown
from outbox.domain.relay import relay_round
from outbox.models import Delivery, Event
from tenants.domain.actors import actor_of_user
from tenants.models import Contact
from tests.factories.api import desk_state
from tests.factories.cases import HOUR, MINUTE, MONDAY, clocks_of, customer, opened, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR
LATER = AT + HOUR
SUPPLIER = {"address": "vera@supplier.example", "name": "Vera Supply"}


@pytest.fixture
def case():
    tenant = TenantFactory(name="Acme")
    return opened(requester=RequesterFactory(tenant=tenant, name="Ana Novak", email="ana@acme.example"))


@pytest.fixture
def mira():
    return UserFactory(role="l1", first_name="Mira", level="L1")


def acting(user):
    return actor_of_user(user, at=AT)


def begun(case, by, body="Is your gateway down?", *, at=AT, **whom):
    return talks.start(case_id=case.pk, subject="Gateway", body=body, by=by, at=at, **(whom or SUPPLIER))


def standing(case):
    """What no side talk may touch: status, clocks, who spoke last."""
    now = Case.objects.get(pk=case.pk)
    told = (
        "status",
        "first_response_at",
        "customer_waiting_since",
        "last_message_at",
        "last_message_by",
        "next_due_at",
    )
    clocks = {key: (clock.phase, clock.ended_as, clock.due_at) for key, clock in clocks_of(now).items()}
    return {name: getattr(now, name) for name in told}, clocks


def lines(case):
    return [
        (one.kind, one.public, one.actor_name, one.body) for one in Interaction.objects.filter(case=case).order_by("pk")
    ]


def test_somebody_outside_is_asked_by_mail_and_the_case_stands_as_it_stood(case, mira):
    before = standing(case)
    talk = begun(case, acting(mira))
    [word] = reading.words_of(talk)
    mail = Delivery.objects.get(pk=word.delivery_id)
    assert (word.name, word.theirs, word.body) == ("Mira Last", False, "Is your gateway down?")
    assert (mail.to, mail.subject, mail.about_kind, mail.about_id, mail.tenant_id) == (
        "vera@supplier.example",
        "Gateway",
        "side-talk",
        talk.pk,
        case.tenant_id,
    )
    assert mail.message_id.startswith(f"<side-{talk.pk}.")
    assert set(mail.headers.values()) == {f"<side-{talk.pk}@desk.example>"}
    for secret in ("Acme", "Ana Novak", case.reference, case.subject):
        assert secret not in mail.text + mail.subject + mail.html
    assert lines(case)[-1] == ("system", False, "Mira Last", "Side conversation with Vera Supply started: Gateway")
    assert standing(case) == before


def test_their_answer_lands_in_the_talk_and_who_asked_and_the_owner_hear(case, mira):
    owner = UserFactory(role="l2", level="L2")
    worked_to("waiting_on_customer", case=case)
    Case.objects.filter(pk=case.pk).update(owner=owner)
    follower = UserFactory(role="l1")
    participants.follow(case_id=case.pk, by=acting(follower), at=AT)
    talk = begun(case, acting(mira))
    relay_round(at=LATER)
    Notice.objects.all().delete()
    before, told = standing(case), len(lines(case))
    assert before[0]["status"] == "waiting_on_customer"
    signed = link_for(talk, at=AT).partition("/s/")[2].rstrip("/")
    for minute, body in enumerate(("It was, we restarted it.", "And it is up.")):
        talks.hear(talk_id=read_link(signed, at=AT).pk, body=body, at=AT + MINUTE * minute)
    assert [(one.name, one.theirs, one.body) for one in reading.words_of(talk)][1:] == [
        ("Vera Supply", True, "It was, we restarted it."),
        ("Vera Supply", True, "And it is up."),
    ]
    assert standing(case) == before
    assert lines(case)[told:] == [("system", False, "Vera Supply", "answered in the side conversation: Gateway")]
    relay_round(at=LATER)
    heard = Notice.objects.order_by("pk").values_list("user_id", "event", "side_talk_id", "words", "who")
    expected = [(mira.pk, "asked"), (owner.pk, "side"), (follower.pk, "side")]
    assert sorted(heard) == sorted(
        (user, event, talk.pk, words, "Vera Supply")
        for user, event in expected
        for words in ("It was, we restarted it.", "And it is up.")
    )


def test_going_on_takes_the_turn_back_and_is_mailed_in_the_same_thread(case, mira):
    talk = begun(case, acting(mira))
    talks.hear(talk_id=talk.pk, body="Which one?", at=AT)
    assert SideTalk.objects.get().answered_at == AT
    version = Case.objects.get(pk=case.pk).version
    talks.say(talk_id=talk.pk, body="eu-1", by=acting(mira), at=AT)
    assert (SideTalk.objects.get().answered_at, Case.objects.get(pk=case.pk).version) == (None, version)
    first, second = Delivery.objects.filter(about_kind="side-talk").order_by("pk")
    assert (first.headers, first.to) == (second.headers, second.to)
    assert first.message_id != second.message_id


def test_colleagues_are_asked_by_name_and_a_level_as_a_whole_until_one_speaks(case, mira):
    ben, eva, far = (
        UserFactory(role="l2", level="L2", first_name=name, **more)
        for name, more in (("Ben", {}), ("Eva", {}), ("Far", {"tenant": TenantFactory()}))
    )
    talk = begun(case, acting(mira), people=[ben.pk, mira.pk])
    assert (reading.named(talk), Delivery.objects.filter(about_kind="side-talk").count()) == ([ben.pk], 0)
    assert reading.whom(talk, ["Ben Last"]) == "Ben Last"
    levelled = begun(case, acting(mira), level="L2")
    relay_round(at=AT)
    asked = sorted(Notice.objects.values_list("user_id", "side_talk_id", "event"))
    assert asked == sorted([(ben.pk, talk.pk, "asked"), *((one.pk, levelled.pk, "asked") for one in (ben, eva))])
    assert far.pk not in {user for user, *_ in asked}
    assert reading.audience(levelled) == [mira.pk, ben.pk, eva.pk, far.pk]
    word = talks.say(talk_id=levelled.pk, body="I look.", by=acting(eva), at=AT)
    assert (word.theirs, reading.audience(levelled)) == (True, [mira.pk, eva.pk])
    assert talks.say(talk_id=levelled.pk, body="Thanks.", by=acting(mira), at=AT).theirs is False
    assert talks.say(talk_id=talk.pk, body="Not mine.", by=acting(eva), at=AT).theirs is False
    assert talks.say(talk_id=talk.pk, body="Mine.", by=acting(ben), at=AT).theirs is True


REFUSED = {
    "nobody": ({}, Invalid),
    "two sides": ({"address": "a@supplier.example", "level": "L2"}, Invalid),
    "no address": ({"address": "no address"}, Invalid),
    "who asked": ({"address": "ANA@acme.example"}, Invalid),
    "another one of the client's house": ({"address": "boss@acme.example"}, Invalid),
    "a contact of the client's": ({"address": "ops@elsewhere.example"}, Invalid),
    "one of us": ({"address": "ida@desk.example"}, Invalid),
    "no level": ({"level": "L9"}, Invalid),
    "nobody's number": ({"people": [987_654]}, Unknown),
    "L3": ({"level": "L3"}, Forbidden),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("role", ["l1", "lead"])
def test_whom_one_may_not_ask(case, name, role):
    whom, refusal = REFUSED[name]
    Contact.objects.create(tenant=case.tenant, name="Ops", email="ops@elsewhere.example", role="operations")
    UserFactory(role="l3", level="L3", email="ida@desk.example")
    by = actor(role)
    before = desk_state()
    with pytest.raises(refusal):
        talks.start(case_id=case.pk, subject="Gateway", body="Hello", by=by, at=AT, **whom)
    assert desk_state() == before


@pytest.mark.parametrize("role", ["l1", "lead"])
def test_l1_and_the_lead_have_no_way_to_l3_nor_into_its_talks(case, role):
    ida = UserFactory(role="l3", level="L3")
    po = UserFactory(role="po")
    by, l2 = actor(role), actor("l2")
    theirs = [begun(case, l2, people=[ida.pk]), begun(case, l2, level="L3"), begun(case, l2, people=[po.pk])]
    closed = begun(case, l2, level="L3")
    talks.close(talk_id=closed.pk, by=l2, at=AT)
    before = desk_state()
    for door, talk in ((talks.close, theirs[0]), (talks.reopen, closed)):
        with pytest.raises(Forbidden) as refused:
            door(talk_id=talk.pk, by=by, at=AT)
        assert refused.value.code == "no-way-to-l3"
    for person in (ida, po):
        with pytest.raises(Forbidden) as refused:
            begun(case, by, people=[person.pk])
        assert refused.value.code == "no-way-to-l3"
    for talk in theirs:
        with pytest.raises(Forbidden) as refused:
            talks.say(talk_id=talk.pk, body="Me too", by=by, at=AT)
        assert refused.value.code == "no-way-to-l3"
    assert desk_state() == before


@pytest.mark.parametrize("role", ["l1", "lead"])
def test_whoever_has_become_l3_since_is_out_of_reach_as_well(case, role):
    eva, by = UserFactory(role="l2", level="L2"), actor(role)
    talk = begun(case, by, people=[eva.pk])
    talks.say(talk_id=talk.pk, body="Well?", by=by, at=AT)
    eva.grants.update(role="l3")
    eva.level = "L3"
    eva.save(update_fields=["level"])
    before = desk_state()
    for door in (talks.close, lambda **told: talks.say(body="Now?", **told)):
        with pytest.raises(Forbidden) as refused:
            door(talk_id=talk.pk, by=by, at=AT)
        assert refused.value.code == "no-way-to-l3"
    assert desk_state() == before
    talks.say(talk_id=talk.pk, body="I am L3 now.", by=actor_of_user(eva, at=AT), at=AT)


def test_an_address_that_everybody_may_have_says_nothing_of_its_house(case, mira):
    RequesterFactory(tenant=case.tenant, email="carl@gmail.com")
    assert begun(case, acting(mira), address="supplier@gmail.com").address == "supplier@gmail.com"
    with pytest.raises(Invalid):
        begun(case, acting(mira), address="carl@gmail.com")


def test_closed_nobody_speaks_and_open_again_they_do(case, mira):
    talk = begun(case, acting(mira))
    assert talks.close(talk_id=talk.pk, by=acting(mira), at=AT).closed_at == AT
    assert talks.close(talk_id=talk.pk, by=acting(mira), at=AT + MINUTE).closed_at == AT
    before = desk_state()
    with pytest.raises(Refused) as refused:
        talks.say(talk_id=talk.pk, body="More", by=acting(mira), at=AT)
    assert refused.value.code == "closed"
    with pytest.raises(Refused):
        talks.hear(talk_id=talk.pk, body="More", at=AT)
    assert desk_state() == before
    assert talks.reopen(talk_id=talk.pk, by=acting(mira), at=AT).closed_at is None
    talks.hear(talk_id=talk.pk, body="More", at=AT)


def test_a_form_that_comes_twice_speaks_once(case, mira):
    token = uuid4()
    talk = begun(case, acting(mira), token=token, **SUPPLIER)
    before = desk_state()
    with pytest.raises(AlreadySent):
        begun(case, acting(mira), token=token, **SUPPLIER)
    with pytest.raises(AlreadySent):
        talks.say(talk_id=talk.pk, body="Again", token=token, by=acting(mira), at=AT)
    assert desk_state() == before
    assert talks.sent(token=token, body=" Is your gateway down? ", by=acting(mira)).talk == talk
    assert talks.sent(token=token, body="Other words", by=acting(mira)) is None


def test_to_others_it_is_not_there(case, mira):
    talk = begun(case, acting(mira))
    elsewhere = actor("l1", tenant=TenantFactory())
    ana, auditor = customer(case), actor("auditor")
    before = desk_state()
    for by in (elsewhere, ana):
        assert list(SideTalk.objects.visible_to(by)) == []
        for door in (
            lambda by: talks.say(talk_id=talk.pk, body="Hello", by=by, at=AT),
            lambda by: talks.close(talk_id=talk.pk, by=by, at=AT),
        ):
            with pytest.raises(Absent):
                door(by)
    with pytest.raises(Absent):
        begun(case, elsewhere)
    with pytest.raises(Forbidden):
        begun(case, ana)
    for door in (
        lambda: begun(case, auditor),
        lambda: talks.close(talk_id=talk.pk, by=auditor, at=AT),
    ):
        with pytest.raises(Forbidden):
            door()
    assert desk_state() == before


@pytest.mark.parametrize("broken", ["x", "forged", "late", "another address"])
def test_a_link_that_opens_nothing(case, mira, broken):
    talk = begun(case, acting(mira))
    signed, at = link_for(talk, at=AT).partition("/s/")[2].rstrip("/"), AT
    if broken == "late":
        at = AT + HOUR * 24 * 91
    elif broken == "another address":
        SideTalk.objects.update(address="other@supplier.example")
    else:
        signed = {"x": "x", "forged": signed[:-2] + "aa"}[broken]
    with pytest.raises(Absent):
        read_link(signed, at=at)


def test_after_a_merge_it_is_read_and_goes_on_at_the_root_and_back(case, mira):
    root = opened(requester=case.requester, subject="Late again")
    by = acting(mira)
    talk = begun(case, by)
    merging.merge(case_id=case.pk, into=root.pk, by=by, at=AT)
    assert [one.pk for one in reading.talks_of(Case.objects.get(pk=root.pk), actor=by)] == [talk.pk]
    talks.hear(talk_id=talk.pk, body="It is up.", at=AT + MINUTE)
    assert lines(root)[-1] == ("system", False, "Vera Supply", "answered in the side conversation: Gateway")
    later = begun(case, by, at=AT + MINUTE)
    assert later.case == root
    merging.undo(tie=merging.merge_of(case.pk, by=by), of=case.pk, by=by, at=AT + MINUTE * 2)
    assert [one.pk for one in reading.talks_of(Case.objects.get(pk=root.pk), actor=by)] == [later.pk]
    assert [one.pk for one in reading.talks_of(Case.objects.get(pk=case.pk), actor=by)] == [talk.pk]


def test_what_is_told_of_it_names_no_word(case, mira):
    talk = begun(case, acting(mira))
    [event] = Event.objects.filter(name="cases.side-word-written")
    word = SideWord.objects.get()
    assert event.payload == {
        "case_id": case.pk,
        "talk_id": talk.pk,
        "word_id": word.pk,
        "theirs": False,
        "by": f"user:{mira.pk}",
    }
    assert SidePerson.objects.count() == 0
