"""Every move from every status: as INTERFACES draws it, or refused with nothing changed."""

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from cases.domain import lifecycle, moves
from cases.enums import Status
from cases.models import Case, Interaction, Transition
from config.errors import TransitionRefused
from outbox.models import Delivery, Event
from sla.models import Clock, ClockEvent
from tests.factories.cases import DAY, MONDAY, RESOLUTION, opened, worked_to
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db

LEADS_TO = {
    ("new", "accept"): "triage",
    ("triage", "start"): "in_progress",
    ("triage", "wait"): "waiting_on_customer",
    ("in_progress", "wait"): "waiting_on_customer",
    ("waiting_on_customer", "resume"): "in_progress",
    ("triage", "resolve"): "resolved",
    ("in_progress", "resolve"): "resolved",
    ("waiting_on_customer", "resolve"): "resolved",
    ("resolved", "confirm"): "closed",
    ("resolved", "reject"): "in_progress",
    ("resolved", "close"): "closed",
    ("closed", "reopen"): "in_progress",
}
WITHOUT_WORK = {(status.value, "close-as-spam"): "closed" for status in Status if status != Status.CLOSED}
ASKS = {
    "wait": {"ask": "Which region?"},
    "resolve": RESOLUTION,
    "reject": {"reason": "Still late"},
    "close": {"reason": "Nobody objects"},
    "close-as-spam": {"reason": "An advertisement", "as_": "spam"},
    "reopen": {"reason": "It came back"},
}
DOORS = {name: getattr(lifecycle, name) for name in [move.value for move in moves.TABLE]} | {
    "close-as-spam": lifecycle.close
}


def everything(case):
    """All that a refused move must leave alone."""
    return (
        model_to_dict(Case.objects.get(pk=case.pk)),
        list(Clock.objects.order_by("pk").values()),
        [model.objects.count() for model in (Interaction, Transition, ClockEvent, Event, Delivery)],
    )


@pytest.mark.parametrize("status", Status.values)
def test_moves(status):
    l2 = actor("l2", at=MONDAY)
    case = worked_to(status, by=l2)
    before = everything(case)
    for name in DOORS:
        to = (LEADS_TO | WITHOUT_WORK).get((status, name))
        with transaction.atomic():
            if to is None:
                refused(case, name, by=l2)
                assert everything(case) == before
            else:
                made(case, name, to, by=l2)
            transaction.set_rollback(True)  # the next move starts from the same status


def refused(case, name, *, by):
    with pytest.raises(TransitionRefused) as refusal:
        DOORS[name](case_id=case.pk, by=by, at=MONDAY + DAY, **ASKS.get(name, {}))
    possible = {move.removesuffix("-as-spam") for status, move in LEADS_TO | WITHOUT_WORK if status == case.status}
    assert set(refusal.value.extra["allowed"]) == possible


def made(case, name, to, *, by):
    moved = DOORS[name](case_id=case.pk, by=by, at=MONDAY + DAY, **ASKS.get(name, {}))
    assert moved.status == to
    assert Case.objects.get(pk=case.pk).version == case.version + 1
    logged = case.transitions.last()
    assert (logged.move, logged.from_status, logged.to_status, logged.by_label) == (
        name.removesuffix("-as-spam"),
        case.status,
        to,
        by.label,
    )


@pytest.mark.parametrize(
    ("status", "name", "logged"),
    [
        ("new", "wait", ["accept", "start", "wait"]),
        ("triage", "wait", ["start", "wait"]),
        ("in_progress", "wait", ["wait"]),
        ("new", "resolve", ["accept", "start", "resolve"]),
        ("triage", "resolve", ["start", "resolve"]),
    ],
)
def test_send_as_runs_the_moves_in_between(status, name, logged):
    l2 = actor("l2", at=MONDAY)
    case = worked_to(status, by=l2)
    before = case.transitions.count()
    case = DOORS[name](case_id=case.pk, by=l2, at=MONDAY + DAY, send_as=True, **ASKS[name])
    assert [one.move for one in case.transitions.order_by("pk")[before:]] == logged
    assert case.owner_id == l2.user_id
    if status == "new":
        resolution = case.case_clocks.get(kind="resolution").clock
        assert resolution.started_at == MONDAY + DAY


def test_send_as_a_waiting_case_again_is_refused():
    l2 = actor("l2", at=MONDAY)
    case = worked_to("waiting_on_customer", by=l2)
    before = everything(case)
    with pytest.raises(TransitionRefused):
        lifecycle.wait(case_id=case.pk, ask="Well?", send_as=True, by=l2, at=MONDAY + DAY)
    assert everything(case) == before


def test_greyed_moves_say_why():
    case = opened()
    l1 = actor("l1", at=MONDAY)
    why_not = {move.value: moves.why_not(case, move, l1) for move in moves.TABLE}
    assert [name for name, why in why_not.items() if not why] == ["accept", "close"] == moves.allowed(case, l1)
    assert why_not["resolve"] == (
        f"{case.reference} is in “New”; “Resolve” follows from Triage or In progress or Waiting on customer."
    )
    auditor = {moves.why_not(case, move, actor("auditor", at=MONDAY)) for move in moves.TABLE}
    assert auditor == {"Your role reads this case; it does not move it."}
