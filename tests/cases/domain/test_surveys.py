import pytest

from cases.domain import lifecycle, surveys
from cases.models import Survey
from config.errors import Forbidden, Invalid, Refused
from outbox.models import Delivery
from tests.factories.cases import DAY, HOUR, MONDAY, customer, opened, worked_to
from tests.factories.tenants import RequesterFactory, actor

pytestmark = pytest.mark.django_db

AT = MONDAY + DAY


def test_one_answer_editable_for_a_week():
    case = worked_to("closed")
    mail = Delivery.objects.filter(about_id=case.pk).last()
    assert "/c/" in mail.text
    given = surveys.answer(case_id=case.pk, csat=2, nps=3, words="Slow", by=customer(case), at=AT)
    assert (given.answered_at, given.editable_until) == (AT, AT + 7 * DAY)
    surveys.answer(case_id=case.pk, csat=4, nps=9, words="Better", by=customer(case), at=AT + 7 * DAY)
    kept = Survey.objects.get()
    assert (kept.csat, kept.nps, kept.words, kept.answered_at) == (4, 9, "Better", AT)
    with pytest.raises(Refused):
        surveys.answer(case_id=case.pk, csat=1, by=customer(case), at=AT + 7 * DAY + HOUR)
    assert Survey.objects.get().csat == 4


@pytest.mark.parametrize(
    "bad", [{"csat": 0}, {"csat": 6}, {"csat": True}, {"csat": "5"}, {"nps": 11}, {"nps": -1}, {"words": "x" * 5001}]
)
def test_scores_out_of_range(bad):
    case = worked_to("closed")
    with pytest.raises(Invalid):
        surveys.answer(**{"case_id": case.pk, "csat": 5, "by": customer(case), "at": AT, **bad})
    assert Survey.objects.get().answered_at is None


def test_recommendation_is_asked_once_in_ninety_days():
    requester = RequesterFactory()
    asked = []
    for at in (MONDAY, MONDAY + 30 * DAY, MONDAY + 91 * DAY):
        case = worked_to("closed", case=opened(requester=requester, at=at), at=at + HOUR)
        asked.append(Survey.objects.get(case=case).asks_nps)
    assert asked == [True, False, True]
    second = Survey.objects.order_by("pk")[1].case
    with pytest.raises(Invalid):
        surveys.answer(case_id=second.pk, csat=5, nps=5, by=customer(second), at=MONDAY + 31 * DAY)


def test_only_the_requester_of_a_closed_case_answers():
    case = worked_to("closed")
    colleague = opened(requester=RequesterFactory(tenant=case.tenant, sees_all_tenant_cases=True))
    for by in (customer(colleague), actor("l1", at=MONDAY)):
        with pytest.raises(Forbidden):
            surveys.answer(case_id=case.pk, csat=5, by=by, at=AT)
    open_case = worked_to("resolved")
    with pytest.raises(Refused):
        surveys.answer(case_id=open_case.pk, csat=5, by=customer(open_case), at=AT)


@pytest.mark.parametrize("as_", ["spam", "withdrawn"])
def test_no_survey_for_what_was_never_worked(as_):
    case = opened()
    lifecycle.close(case_id=case.pk, as_=as_, reason="So", by=actor("l1", at=MONDAY), at=AT)
    assert not Survey.objects.exists()


def test_a_second_closing_asks_again():
    case = worked_to("closed")
    lifecycle.reopen(case_id=case.pk, reason="Back", by=customer(case), at=AT)
    l2 = actor("l2", at=MONDAY)
    case.refresh_from_db()
    from_here = {"summary": "Again", "validated": "Yes", "evidence": ["x"], "preventive_actions": "none needed"}
    lifecycle.resolve(case_id=case.pk, by=l2, at=AT + HOUR, **from_here)
    lifecycle.confirm(case_id=case.pk, by=customer(case), at=AT + 2 * HOUR)
    assert list(Survey.objects.values_list("window", flat=True)) == [1, 2]
