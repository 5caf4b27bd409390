"""Who gets copies and who follows: added, told, heard, and kept from what is not theirs."""

from uuid import uuid4

import pytest

from cases.domain import lifecycle, merging, talking
from cases.domain.client.links import link_for, read_link
from cases.domain.client.view import client_view
from cases.domain.people import participants
from cases.domain.sending import HELD_FOR, Press
from cases.domain.unsending import unsend
from cases.models import Case, Interaction, Participant, Transition
from config.errors import Absent, Forbidden, Invalid, Refused
from outbox.models import Delivery
from tenants.domain.actors import actor_of_requester, actor_of_user
from tenants.models import Contact, Requester
from tests.factories.cases import HOUR, MINUTE, MONDAY, opened, says, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR


@pytest.fixture
def case():
    tenant = TenantFactory(name="Acme")
    return opened(requester=RequesterFactory(tenant=tenant, name="Ana Novak", email="ana@acme.example"))


@pytest.fixture
def eva(case):
    return RequesterFactory(tenant=case.tenant, name="Eva Blum", email="eva@acme.example")


def copied(case, email="eva@acme.example", by=None, **more):
    return participants.copy_to(case_id=case.pk, email=email, by=by or actor("l1"), at=AT, **more)


def mails_to(address):
    return list(Delivery.objects.filter(to=address).order_by("pk"))


def test_who_gets_copies_has_each_public_reply_with_a_link_of_their_own(case, eva):
    copied(case, "EVA@acme.example")
    said = says(case, "Which region?", by=actor("l1"), at=AT)
    [mail] = mails_to("eva@acme.example")
    assert (mail.subject, mail.tenant_id, mail.about_id) == (
        f"[{case.reference}] Ingestion is late",
        case.tenant_id,
        case.pk,
    )
    for words in ("Hello Eva Blum,", "wrote to Ana Novak:", "Which region?"):
        assert words in mail.text
    assert said.data == {"sla": said.data["sla"], "copies": [mail.pk], "copied": ["Eva Blum"]}
    signed = mail.text.partition("/c/")[2].split()[0].rstrip("/")
    assert read_link(signed, at=AT).requester_id == eva.pk


def test_a_note_is_copied_to_nobody(case, eva):
    copied(case)
    says(case, "They are angry.", by=actor("l1"), kind="note", public=False, at=AT)
    assert mails_to("eva@acme.example") == []


def test_their_answer_lands_on_the_case_and_they_read_the_public_part_alone(case, eva):
    other = opened(requester=case.requester, subject="Another one")
    says(case, "For the team.", by=actor("l1"), kind="note", public=False, at=AT)
    as_eva = actor_of_requester(eva)
    assert list(Case.objects.visible_to(as_eva)) == []
    with pytest.raises(Absent):
        says(case, "It is me.", by=as_eva, at=AT)
    copied(case)
    assert list(Case.objects.visible_to(as_eva)) == [case]
    says(case, "eu-central", by=as_eva, at=AT)
    view = client_view(link=read_link(_signed(case, eva), at=AT), at=AT)
    assert [(one.actor_name, one.body) for one in view.entries] == [("Eva Blum", "eu-central")]
    assert other not in Case.objects.visible_to(as_eva)


def test_who_gets_copies_moves_nothing(case, eva):
    copied(case)
    resolved = worked_to("resolved", case=case)
    view = client_view(link=read_link(_signed(resolved, eva), at=AT), at=AT)
    asked = client_view(link=read_link(_signed(resolved, case.requester), at=AT), at=AT)
    assert (sorted(view.can), sorted(asked.can)) == ([], ["close", "confirm", "reject"])


def test_a_contact_becomes_a_requester_and_a_stranger_only_when_it_is_meant(case):
    Contact.objects.create(tenant=case.tenant, name="Ops of Acme", email="ops@acme.example", role="operations")
    assert copied(case, "ops@acme.example").requester.name == "Ops of Acme"
    before = Requester.objects.count(), Participant.objects.count(), Interaction.objects.count()
    with pytest.raises(Invalid) as refused:
        copied(case, "who@else.example")
    assert refused.value.extra["errors"][0]["code"] == "stranger"
    assert (Requester.objects.count(), Participant.objects.count(), Interaction.objects.count()) == before
    met = copied(case, "who@else.example", stranger=True).requester
    assert (met.tenant_id, met.email, met.sees_all_tenant_cases) == (case.tenant_id, "who@else.example", False)


@pytest.mark.parametrize(("email", "code"), [("ana@acme.example", "requester"), ("no address", "invalid")])
def test_an_address_that_gets_no_copies(case, email, code):
    with pytest.raises(Invalid) as refused:
        copied(case, email)
    assert (refused.value.extra["errors"][0]["code"], Participant.objects.count()) == (code, 0)


def test_copies_twice_are_copies_once_and_end(case, eva):
    first = copied(case)
    assert copied(case) == first
    version = Case.objects.get(pk=case.pk).version
    participants.remove(case_id=case.pk, participant_id=first.pk, by=actor("l1"), at=AT)
    says(case, "Which region?", by=actor("l1"), at=AT)
    assert (mails_to("eva@acme.example"), Case.objects.get(pk=case.pk).version) == ([], version + 2)
    with pytest.raises(Absent):
        participants.remove(case_id=case.pk, participant_id=first.pk, by=actor("l1"), at=AT)


def test_another_tenants_people_and_clients_change_nothing(case, eva):
    elsewhere = actor("l1", tenant=TenantFactory())
    with pytest.raises(Absent):
        copied(case, by=elsewhere)
    with pytest.raises(Forbidden):
        copied(case, by=actor("auditor"))
    with pytest.raises(Forbidden):
        copied(case, by=actor_of_requester(case.requester))
    with pytest.raises(Forbidden):
        participants.follow(case_id=case.pk, by=actor_of_requester(case.requester), at=AT)
    assert Participant.objects.count() == 0


def test_twenty_get_copies_and_no_more(case):
    for n in range(participants.AT_MOST):
        copied(case, f"p{n}@acme.example", stranger=True)
    with pytest.raises(Refused) as refused:
        copied(case, "one@more.example", stranger=True)
    assert (refused.value.code, Requester.objects.filter(email="one@more.example").exists()) == ("too-many", False)


def test_one_follows_oneself_once_and_no_more_without_a_change_of_the_case(case):
    by = actor("auditor")
    version = case.version
    first = participants.follow(case_id=case.pk, by=by, at=AT)
    assert (participants.follow(case_id=case.pk, by=by, at=AT), first.user_id) == (first, by.user_id)
    participants.unfollow(case_id=case.pk, by=by, at=AT)
    participants.unfollow(case_id=case.pk, by=by, at=AT)
    assert (Participant.objects.count(), Case.objects.get(pk=case.pk).version) == (0, version)


@pytest.mark.parametrize("role", ["l1", "lead"])
def test_l3_is_out_of_reach_for_l1_and_the_lead(case, role):
    engineer = UserFactory(role="l3", first_name="Ida", level="L3")
    with pytest.raises(Forbidden) as refused:
        participants.follow(case_id=case.pk, user_id=engineer.pk, by=actor(role), at=AT)
    assert (refused.value.code, Participant.objects.count()) == ("no-way-to-l3", 0)
    participants.follow(case_id=case.pk, user_id=engineer.pk, by=actor("l2"), at=AT)
    assert Participant.objects.get().user == engineer


def test_a_colleague_who_may_not_see_the_client_is_refused_by_name(case):
    stranger = UserFactory(role="l1", first_name="Udo", last_name="Far", tenant=TenantFactory())
    with pytest.raises(Invalid) as refused:
        participants.follow(case_id=case.pk, user_id=stranger.pk, by=actor("l2"), at=AT)
    assert (refused.value.message, Participant.objects.count()) == ("Udo Far may not see Acme.", 0)


def test_a_merged_case_takes_nobody_on(case, eva):
    from_other = opened(requester=case.requester)
    by = actor("l2")

    merging.merge(case_id=case.pk, into=from_other.pk, by=by, at=AT)
    with pytest.raises(Refused) as refused:
        copied(case, by=by)
    assert (refused.value.code, Participant.objects.count()) == ("merged", 0)


def test_a_move_taken_back_names_the_copies_too(case, eva):

    copied(case)
    by = actor_of_user(UserFactory(role="l2"), at=AT)
    worked_to("in_progress", case=case, by=by)
    lifecycle.wait(case_id=case.pk, ask="Which region?", by=by, at=AT + 9 * MINUTE)
    point = Transition.objects.get(case=case, move="wait").restore_point
    asked = Delivery.objects.filter(about_id=case.pk, text__contains="Which region?")
    assert sorted(point["deliveries"]) == sorted(asked.values_list("pk", flat=True))
    assert asked.count() == 2


def test_a_follow_up_and_words_of_the_customer_are_not_copied(case, eva):
    copied(case)
    talking.add_interaction(
        case_id=case.pk, kind="message", public=True, body="Still.", by=actor_of_requester(case.requester), at=AT
    )
    assert mails_to("eva@acme.example") == []


def test_a_press_taken_back_takes_the_copies_back(case, eva):
    copied(case)
    by, token = actor_of_user(UserFactory(role="l2"), at=AT), uuid4()
    says(case, "Which region?", by=by, at=AT, press=Press(token))
    mails = Delivery.objects.filter(about_id=case.pk, text__contains="Which region?")
    assert [mail.next_attempt_at - AT for mail in mails] == [HELD_FOR, HELD_FOR]
    unsend(token=token, case_id=case.pk, by=by, at=AT + HELD_FOR)
    assert [mail.status for mail in mails.all()] == ["skipped", "skipped"]


def _signed(case, reader):
    return link_for(case, reader_id=reader.pk, at=AT).partition("/c/")[2].rstrip("/")
