import pytest

from cases.domain import lifecycle
from cases.models import Case
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, RESOLUTION, clocks_of, customer, opened, says
from tests.factories.tenants import actor

pytestmark = pytest.mark.django_db


def test_a_case_from_the_first_word_to_the_last():
    case = opened(impact="down")
    assert (case.reference, case.status, case.priority, case.version) == (f"CASE-{case.pk}", "new", "P0", 1)
    assert case.pk >= 1001
    l2 = actor("l2", at=MONDAY)
    case = lifecycle.accept(case_id=case.pk, by=l2, at=MONDAY + MINUTE)
    assert case.owner_id == l2.user_id
    case = lifecycle.start(case_id=case.pk, by=l2, at=MONDAY + 2 * MINUTE)
    case = lifecycle.wait(case_id=case.pk, ask="Which region?", by=l2, at=MONDAY + 3 * MINUTE)
    says(case, at=MONDAY + HOUR)
    case.refresh_from_db()
    assert case.status == "in_progress"
    case = lifecycle.resolve(case_id=case.pk, by=l2, at=MONDAY + 2 * HOUR, **RESOLUTION)
    case = lifecycle.confirm(case_id=case.pk, by=customer(case), at=MONDAY + DAY)
    assert (case.status, case.closed_as) == ("closed", "solved")
    assert [t.move for t in case.transitions.all()] == [
        "open", "accept", "start", "wait", "resume", "resolve", "confirm"
    ]  # fmt: skip
    assert {key: clock.ended_as for key, clock in clocks_of(case).items()} == {
        ("first_response", 1): "met",
        ("next_reply", 1): "late",
        ("resolution", 1): "met",
    }
    assert Case.objects.get().version == 7
