"""A move taken back leaves the case and its clocks as they were; what left the house cannot be."""

from io import BytesIO

import pytest
from django.forms.models import model_to_dict

from cases.domain import lifecycle, priorities, reading, taking_back
from cases.domain.attachments import attach
from cases.models import Case, CaseClock
from config.errors import Refused
from outbox.models import Delivery
from sla.domain import fold, histories
from sla.domain.rows import state_of
from tests.factories.cases import HOUR, MINUTE, MONDAY, RESOLUTION, customer, opened, says, worked_to
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db

LATER = MONDAY + HOUR + 30 * MINUTE  # before any promise of a P2 is late


def state(case):
    """What must be the same again: all but the version, which rises."""
    columns = model_to_dict(Case.objects.get(pk=case.pk))
    del columns["version"], columns["timer_retry_after"]
    links = CaseClock.objects.filter(case_id=case.pk).select_related("clock").order_by("pk")
    return columns, [(link.kind, link.window, state_of(link.clock), link.clock.next_at) for link in links]


MOVES = [
    ("new", "accept", {}),
    ("new", "accept", {"priority": "P3", "note": "Looks bad"}),
    ("triage", "start", {}),
    ("in_progress", "wait", {"ask": "Which region?"}),
    ("new", "wait", {"ask": "Which region?", "send_as": True}),
    ("waiting_on_customer", "resume", {}),
    ("in_progress", "resolve", RESOLUTION),
    ("new", "resolve", {**RESOLUTION, "send_as": True}),
    ("resolved", "reject", {"reason": "Still late"}),
    ("in_progress", "close", {"as_": "spam", "reason": "An advertisement"}),
    ("closed", "reopen", {"reason": "It came back"}),
]


@pytest.mark.parametrize(("status", "move", "asks"), MOVES)
def test_back_to_what_it_was(status, move, asks):
    l2 = actor("l2", at=MONDAY)
    case = worked_to(status, by=l2)
    before = state(case)
    moved = getattr(lifecycle, move)(case_id=case.pk, by=l2, at=LATER, **asks)
    moves = list(moved.transitions.filter(case_version=moved.version))
    back = taking_back.take_back(case_id=case.pk, reason="A slip", by=l2, at=LATER + 9 * MINUTE)
    assert state(case) == before
    assert back.version == moved.version + 1
    undone = list(back.transitions.filter(move="take_back").order_by("pk"))
    assert [one.undoes for one in undone] == moves[::-1]
    assert (undone[0].from_status, undone[-1].to_status) == (moved.status, status)
    for link in back.case_clocks.select_related("clock"):
        events = histories.fold_events(link.clock, link.clock.events.order_by("pk"))
        assert fold.fold(events) == state_of(link.clock)
    shown = back.interactions.shown_to_client().filter(at=LATER)
    assert not shown.exists()
    assert not Delivery.objects.filter(created_at=LATER, status="queued").exists()


@pytest.mark.parametrize(("status", "move", "asks"), [MOVES[0], MOVES[3]])
def test_it_can_be_made_again(status, move, asks):
    l2 = actor("l2", at=MONDAY)
    case = worked_to(status, by=l2)
    getattr(lifecycle, move)(case_id=case.pk, by=l2, at=LATER, **asks)
    taking_back.take_back(case_id=case.pk, by=l2, at=LATER + MINUTE)
    again = getattr(lifecycle, move)(case_id=case.pk, by=l2, at=LATER + HOUR, **asks)
    assert again.transitions.last().move == move
    with pytest.raises(Refused):
        taking_back.take_back(case_id=case.pk, by=actor("l2", at=MONDAY), at=LATER + HOUR)


def refused(case, by, at):
    before = state(case)
    with pytest.raises(Refused) as refusal:
        taking_back.take_back(case_id=case.pk, by=by, at=at)
    assert refusal.value.code == "cannot-take-back"
    assert state(case) == before


def test_not_after_ten_minutes_nor_twice_nor_anothers():
    l2, other = actor("l2", at=MONDAY), actor("l2", at=MONDAY)
    case = worked_to("triage", by=l2)
    lifecycle.start(case_id=case.pk, by=l2, at=LATER)
    refused(case, other, LATER + MINUTE)
    refused(case, l2, LATER + 11 * MINUTE)
    taking_back.take_back(case_id=case.pk, by=l2, at=LATER + MINUTE)
    refused(case, l2, LATER + 2 * MINUTE)


def test_not_when_the_client_was_told():
    l2 = actor("l2", at=MONDAY)
    case = worked_to("in_progress", by=l2)
    lifecycle.wait(case_id=case.pk, ask="Which region?", by=l2, at=LATER)
    Delivery.objects.filter(created_at=LATER).update(status="sent", settled_at=LATER)
    refused(case, l2, LATER + MINUTE)


def test_not_when_something_happened_since():
    l2 = actor("l2", at=MONDAY)
    case = worked_to("triage", by=l2)
    lifecycle.start(case_id=case.pk, by=l2, at=LATER)
    says(case, "A note", kind="note", public=False, by=l2, at=LATER + MINUTE)
    refused(case, l2, LATER + 2 * MINUTE)
    priorities.change_priority(case_id=case.pk, priority="P1", by=l2, at=LATER + MINUTE)
    refused(case, l2, LATER + 2 * MINUTE)


def test_not_a_confirmation():
    l2 = actor("l2", at=MONDAY)
    case = worked_to("resolved", by=l2)
    lifecycle.confirm(case_id=case.pk, by=l2, at=LATER)
    refused(case, l2, LATER + MINUTE)


def test_a_breach_that_the_move_brought_to_light_stays():
    l2 = actor("l2", at=MONDAY)
    case = opened()
    late = MONDAY + 5 * HOUR
    says(case, "note", kind="note", public=False, by=l2, at=MONDAY + HOUR)
    lifecycle.wait(case_id=case.pk, ask="Which region?", send_as=True, by=l2, at=late)
    taking_back.take_back(case_id=case.pk, by=l2, at=late + MINUTE)
    [link] = CaseClock.objects.filter(case_id=case.pk).select_related("clock")
    assert (link.clock.phase, link.clock.breached_at) == ("running", MONDAY + 4 * HOUR)


def test_files_of_a_message_taken_back_wait_again(settings, tmp_path):
    settings.BLOB_ROOT = tmp_path
    l2 = actor("l2", at=MONDAY)
    case = worked_to("in_progress", by=l2)
    file = attach(case_id=case.pk, name="log.txt", stream=BytesIO(b"E-7"), by=l2, at=LATER)
    lifecycle.wait(case_id=case.pk, ask="Is this yours?", attachment_ids=[file.pk], by=l2, at=LATER)
    assert [one.pk for one in reading.attachments(case, actor=customer(case))] == [file.pk]
    taking_back.take_back(case_id=case.pk, by=l2, at=LATER + MINUTE)
    assert list(reading.attachments(case, actor=customer(case))) == []
    file.refresh_from_db()
    assert (file.interaction_id, file.public) == (None, False)
