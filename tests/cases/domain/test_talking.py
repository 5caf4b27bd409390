"""Who said what, and what it did to the promises."""

import pytest

from cases.domain import lifecycle, talking
from cases.models import Case, Interaction
from config.errors import Absent, Forbidden, Invalid
from outbox.models import Delivery
from tenants.domain.actors import SYSTEM, Actor
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, clocks_of, customer, opened, says, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def l1():
    return actor("l1", at=MONDAY)


def again(case):
    return Case.objects.get(pk=case.pk)


def automation(person):
    return Actor(kind="automation", name="Bot", access=person.access, user_id=person.user_id, token_id=5)


def test_the_first_public_reply_by_a_person_meets_first_response_before_accept(l1):
    case = opened()
    said = says(case, "We are on it.", by=l1, at=MONDAY + MINUTE)
    clock = clocks_of(case)["first_response", 1]
    assert (clock.ended_as, clock.stopped_at) == ("met", MONDAY + MINUTE)
    now = again(case)
    assert (now.status, now.first_response_at, now.customer_waiting_since) == ("new", MONDAY + MINUTE, None)
    assert [impact["what"] for impact in said.data["sla"]] == ["met"]
    mail = Delivery.objects.get(pk=said.delivery_id)
    assert (mail.to, mail.automated) == (case.requester.email, False)
    assert "We are on it." in mail.text
    assert "/c/" in mail.text


@pytest.mark.parametrize(
    ("kind", "public", "meets"),
    [
        ("message", True, True),
        ("call", True, True),
        ("call", False, False),
        ("message", False, False),
        ("note", False, False),
        ("action", True, False),
        ("action", False, False),
    ],
)
def test_what_counts_as_an_answer(l1, kind, public, meets):
    case = opened()
    says(case, "Words", kind=kind, public=public, by=l1, at=MONDAY + MINUTE)
    assert (clocks_of(case)["first_response", 1].ended_as == "met") is meets
    assert Delivery.objects.filter(about_kind="case", automated=False).exists() is (kind == "message" and public)


def test_automation_never_meets_a_clock(l1):
    case = opened()
    said = says(case, "We got it.", by=automation(l1), at=MONDAY + MINUTE)
    assert (said.by_kind, said.user_id) == ("automation", None)
    assert clocks_of(case)["first_response", 1].phase == "running"
    assert again(case).first_response_at is None
    assert Delivery.objects.get(pk=said.delivery_id).automated


def test_several_customer_messages_keep_the_first_time(l1):
    case = opened()
    says(case, "Hello", by=l1, at=MONDAY + MINUTE)
    says(case, "Still late", at=MONDAY + HOUR)
    says(case, "Hello?", at=MONDAY + 2 * HOUR)
    assert clocks_of(case)["next_reply", 1].started_at == MONDAY + HOUR
    assert again(case).customer_waiting_since == MONDAY + HOUR
    says(case, "Yes", by=l1, at=MONDAY + 3 * HOUR)
    says(case, "Thanks, and?", at=MONDAY + 4 * HOUR)
    assert clocks_of(case)["next_reply", 2].started_at == MONDAY + 4 * HOUR


def test_a_case_opened_by_us_has_no_first_response_until_the_client_speaks(l1):
    case = opened(opened_by="us", by=l1)
    assert clocks_of(case) == {}
    assert Delivery.objects.get().automated is False
    says(case, "What is this?", at=MONDAY + HOUR)
    assert clocks_of(case)["first_response", 1].started_at == MONDAY + HOUR


def test_a_customers_word_ends_a_wait():
    case = worked_to("waiting_on_customer")
    says(case, "eu-central", at=MONDAY + DAY)
    now = again(case)
    assert (now.status, now.waiting_since, now.next_timer) == ("in_progress", None, "")
    moved = now.transitions.last()
    assert (moved.move, moved.by_label, moved.reason) == ("resume", customer(case).label, "The customer answered.")
    assert sorted(impact["what"] for impact in moved.sla_impact) == ["resumed", "started"]


def test_a_message_on_a_resolved_case_waits_for_a_person(l1):
    case = worked_to("resolved")
    assert again(case).next_timer == "close_reminder"
    says(case, "It is late again", at=MONDAY + DAY)
    now = again(case)
    assert (now.status, now.next_timer, now.customer_waiting_since) == ("resolved", "", MONDAY + DAY)
    assert clocks_of(case)["next_reply", 1].phase == "running"
    assert clocks_of(case)["resolution", 1].ended_as == "met"
    says(case, "That is another queue, we look.", by=l1, at=MONDAY + DAY + HOUR)
    now = again(case)
    assert (now.status, now.next_timer, now.next_timer_at) == ("resolved", "close_reminder", MONDAY + 6 * DAY + HOUR)


def test_a_word_soon_after_closing_reopens():
    case = worked_to("closed")
    says(case, "It is late again", at=MONDAY + 3 * DAY)
    now = again(case)
    assert (now.status, now.window, now.reopen_count, now.closed_as) == ("in_progress", 2, 1, "")
    assert {key for key, clock in clocks_of(case).items() if clock.phase == "running"} == {
        ("resolution", 2),
        ("next_reply", 1),
    }
    assert now.transitions.last().move == "reopen"


@pytest.mark.parametrize("words", ["Thank you!", "Perfect, thanks a lot", "Vielen Dank!"])
def test_a_short_thank_you_is_offered_not_decided(words):
    case = worked_to("closed")
    said = says(case, words, at=MONDAY + 3 * DAY)
    now = again(case)
    assert (now.status, now.possible_thanks_at) == ("closed", MONDAY + 3 * DAY)
    assert said.data == {"possible_thanks": True}
    reopened = lifecycle.reopen(case_id=case.pk, reason="They meant it", by=SYSTEM, at=MONDAY + 4 * DAY)
    assert reopened.possible_thanks_at is None


@pytest.mark.parametrize("words", ["Thanks, but it is late again", "Thank you. Why did it happen?"])
def test_thanks_with_a_doubt_is_no_thank_you(words):
    case = worked_to("closed")
    says(case, words, at=MONDAY + 3 * DAY)
    assert again(case).status == "in_progress"


def test_a_word_long_after_closing_opens_a_linked_case():
    case = worked_to("closed")
    said = says(case, "It is late once more", at=MONDAY + 30 * DAY)
    follow_up = Case.objects.exclude(pk=case.pk).get()
    assert (follow_up.reopened_from_id, follow_up.status, follow_up.description) == (
        case.pk,
        "new",
        "It is late once more",
    )
    assert follow_up.requester_id == case.requester_id
    assert again(case).status == "closed"
    assert said.data == {"continued_in": follow_up.reference}


def test_on_behalf_of_is_the_customers_word(l1):
    case = worked_to("waiting_on_customer")
    colleague = RequesterFactory(tenant=case.tenant)
    said = says(case, "She says: eu-central", by=l1, on_behalf_of=colleague.pk, at=MONDAY + DAY)
    assert (said.by_kind, said.requester_id, said.user_id, said.public) == ("customer", colleague.pk, None, True)
    assert said.data["entered_by"] == l1.label
    assert again(case).status == "in_progress"
    with pytest.raises(Invalid):
        says(case, "x", by=l1, on_behalf_of=RequesterFactory().pk, at=MONDAY + DAY)
    with pytest.raises(Invalid):
        says(case, "x", kind="note", public=False, by=l1, on_behalf_of=colleague.pk, at=MONDAY + DAY)


@pytest.mark.parametrize(
    "bad",
    [
        {"body": "  "},
        {"body": "x" * 100_001},
        {"kind": "shout"},
        {"kind": "note", "public": True},
        {"attachment_ids": [99]},
        {"attachment_ids": list(range(1, 30))},
    ],
)
def test_refused_words_leave_nothing(l1, bad):
    case = opened()
    before = Interaction.objects.count()
    with pytest.raises(Invalid):
        talking.add_interaction(
            **{"case_id": case.pk, "kind": "message", "public": True, "body": "x", "by": l1, "at": MONDAY, **bad}
        )
    assert Interaction.objects.count() == before
    assert again(case).version == 1


def test_customers_write_public_messages_on_their_own_cases_only(l1):
    case = opened()
    says(case, "Anything?", public=False, at=MONDAY + HOUR)
    assert Interaction.objects.last().public
    with pytest.raises(Invalid):
        says(case, "x", kind="note", at=MONDAY + HOUR)
    colleague = opened(tenant=case.tenant)
    with pytest.raises(Absent):
        says(case, "x", by=customer(colleague), at=MONDAY + HOUR)
    sees_all = RequesterFactory(tenant=case.tenant, sees_all_tenant_cases=True)
    other = opened(requester=sees_all)
    says(case, "I watch this too", by=customer(other), at=MONDAY + HOUR)


def test_auditors_and_strangers_say_nothing():
    case = opened()
    with pytest.raises(Forbidden):
        says(case, "x", by=actor("auditor", at=MONDAY), at=MONDAY + HOUR)
    with pytest.raises(Absent):
        says(case, "x", by=actor("l1", at=MONDAY, tenant=TenantFactory()), at=MONDAY + HOUR)


def test_reply_and_wait_in_one_stroke_meets_first_response_before_the_pause(l1):
    case = opened()
    case = lifecycle.wait(case_id=case.pk, ask="Which region?", send_as=True, by=l1, at=MONDAY + MINUTE)
    clocks = clocks_of(case)
    assert (clocks["first_response", 1].ended_as, clocks["resolution", 1].phase) == ("met", "paused")
