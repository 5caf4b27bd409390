import pytest

from cases.domain import escalation, lifecycle
from cases.models import Case, Escalation
from config.errors import Forbidden, Invalid, Refused
from outbox.models import Delivery
from tests.factories.cases import DAY, HOUR, MONDAY, RESOLUTION, clocks_of, worked_to
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db

AT = MONDAY + 2 * HOUR
TARGET = {"at": AT + DAY, "who": "Team Ingestion"}


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


def test_l1_to_l2_says_that_known_issues_were_searched():
    case = worked_to("in_progress")
    l1 = actor("l1", at=MONDAY)
    with pytest.raises(Invalid) as refusal:
        escalation.escalate(case_id=case.pk, to="L2", by=l1, at=AT)
    assert refusal.value.extra["errors"][0]["field"] == "known_issues_searched"
    assert Case.objects.get().version == case.version
    escalation.escalate(case_id=case.pk, to="L2", known_issues_searched=True, reason="Reproducible", by=l1, at=AT)
    written = Escalation.objects.get()
    assert (written.from_level, written.to_level, written.known_issues_searched, written.by) == (
        "L1",
        "L2",
        True,
        l1.label,
    )
    assert Case.objects.get().level == "L2"


@pytest.mark.parametrize("role", ["l1", "lead"])
def test_no_way_to_l3_for_l1_and_lead(role):
    case = worked_to("in_progress")
    with pytest.raises(Forbidden) as refusal:
        escalation.escalate(case_id=case.pk, to="L3", by=actor(role, at=MONDAY), at=AT)
    assert refusal.value.code == "no-way-to-l3"


def test_a_target_ends_the_resolution_as_met_and_runs_to_its_time(l2):
    case = worked_to("in_progress", by=l2)
    case = escalation.escalate(
        case_id=case.pk, to="L2", known_issues_searched=True, target=TARGET, reason="Code", by=l2, at=AT
    )
    clocks = clocks_of(case)
    assert (clocks["resolution", 1].ended_as, clocks["target", 1].due_at) == ("escalated", AT + DAY)
    assert (case.next_due_kind, case.next_due_at) == ("first_response", MONDAY + 4 * HOUR)
    told = Delivery.objects.get(created_at=AT)
    assert "Team Ingestion" in told.text
    assert told.automated
    later = AT + 3 * HOUR
    moved = {"at": AT + 2 * DAY, "who": "Team Ingestion"}
    with pytest.raises(Invalid) as refusal:
        escalation.escalate(case_id=case.pk, to="L2", target=moved, by=l2, at=later)
    assert refusal.value.extra["errors"][0]["field"] == "reason"
    case = escalation.escalate(case_id=case.pk, to="L2", target=moved, reason="Deeper than thought", by=l2, at=later)
    assert clocks_of(case)["target", 1].due_at == AT + 2 * DAY
    lifecycle.resolve(case_id=case.pk, by=l2, at=AT + DAY + HOUR, **RESOLUTION)
    assert clocks_of(case)["target", 1].ended_as == "met"


def test_for_a_p1_resolution_runs_on(l2):
    case = worked_to("in_progress", by=l2, priority="P1")
    case = escalation.escalate(case_id=case.pk, to="L3", target=TARGET, by=l2, at=AT)
    assert clocks_of(case)["resolution", 1].phase == "running"


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"at": AT + DAY},
        {"who": "x"},
        {"at": AT, "who": "x"},
        {"at": "tomorrow", "who": "x"},
        {"at": (AT + DAY).replace(tzinfo=None), "who": "x"},
        {"at": AT + DAY, "who": "x" * 201},
    ],
)
def test_bad_targets(l2, target):
    case = worked_to("in_progress", by=l2)
    with pytest.raises(Invalid) as refusal:
        escalation.escalate(case_id=case.pk, to="L3", target=target, by=l2, at=AT)
    assert refusal.value.extra["errors"][0]["field"] == "target"
    assert Case.objects.get().version == case.version


@pytest.mark.parametrize(("status", "code"), [("resolved", "not-open"), ("closed", "not-open")])
def test_nothing_to_escalate(l2, status, code):
    case = worked_to(status, by=l2)
    with pytest.raises(Refused) as refusal:
        escalation.escalate(case_id=case.pk, to="L3", by=l2, at=AT)
    assert refusal.value.code == code


def test_same_level_and_unaccepted(l2):
    case = worked_to("new")
    with pytest.raises(Refused):
        escalation.escalate(case_id=case.pk, to="L1", by=l2, at=AT)
    with pytest.raises(Refused) as refusal:
        escalation.escalate(case_id=case.pk, to="L3", target=TARGET, by=l2, at=AT)
    assert refusal.value.code == "not-accepted"
    with pytest.raises(Invalid):
        escalation.escalate(case_id=case.pk, to="L4", by=l2, at=AT)
