"""Kept or read from the rows, a figure is the same, whatever happens to past days."""

import random
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from cases.domain import editing, escalation, lifecycle, priorities, surveys, taking_back
from cases.domain.bulk.seeding import seed_bulk
from cases.models import Case, Category, Survey
from config.errors import DomainError
from reporting.domain import keeping, summing
from reporting.domain.coverage import Kept
from reporting.domain.facts import Span
from reporting.domain.keeping import forget, keep_days
from reporting.domain.metrics import metrics
from reporting.domain.period import Period
from reporting.models import DayCount, DayMark, DayValues, Keeping
from sla.domain.excuse import excuse
from sla.domain.sweep import sweep
from tenants.domain.actors import SYSTEM
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, RESOLUTION, clocks_of, customer, opened, says, worked_to
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db
LATER = MONDAY + 13 * DAY + 20 * MINUTE
PERIODS = [
    Period(date(2026, 11, 1), date(2026, 12, 15), "UTC"),
    Period(date(2026, 11, 17), date(2026, 11, 24), "Europe/Berlin"),
    Period(date(2026, 11, 10), date(2026, 11, 16), "Asia/Kolkata"),
    Period(date(2026, 11, 16), date(2026, 11, 16), "Pacific/Apia"),
]


def told(**asked):
    return [metrics(period=period, **{"actor": SYSTEM, **asked}).as_json() for period in PERIODS]


def from_rows(**asked):
    with transaction.atomic():
        Keeping.objects.update(kept_until=None)
        figures = told(**asked)
        transaction.set_rollback(True)
    return figures


def a_past(by):
    """Two cases that went the whole way, one of them late; one reopened, one that nobody has touched."""
    for number, at in enumerate([MONDAY - DAY, MONDAY, MONDAY + 3 * DAY]):
        case = opened(priority=f"P{number + 1}", by=by, at=at)
        says(case, by=by, at=at + (number + 1) * HOUR)
        worked_to("closed", case=case, by=by, at=at + number * DAY + 2 * HOUR)
    lifecycle.reopen(case_id=case.pk, reason="Again", by=customer(case), at=at + 4 * DAY)
    untouched = opened(by=by, at=MONDAY + DAY)
    sweep(at=MONDAY + 7 * DAY)
    return Case.objects.order_by("pk")[0], case, untouched


def spam(done, going, untouched, by):
    lifecycle.close(case_id=going.pk, as_="spam", reason="It was", by=by, at=LATER)


def excused(done, going, untouched, by):
    clock = clocks_of(untouched)["first_response", 1]
    lifecycle.close(case_id=untouched.pk, as_="withdrawn", reason="Withdrawn", by=by, at=MONDAY + 2 * DAY)
    lifecycle.reopen(case_id=untouched.pk, reason="Not so", by=by, at=MONDAY + 3 * DAY)
    clock.refresh_from_db()
    excuse(clock_id=clock.pk, agreed_with="Ada", reason="Agreed", by=SYSTEM, at=LATER)


def answered(done, going, untouched, by):
    surveys.answer(case_id=done.pk, csat=2, nps=3, by=customer(done), at=MONDAY + DAY)


def answered_otherwise(done, going, untouched, by):
    answered(done, going, untouched, by)
    surveys.answer(case_id=done.pk, csat=5, nps=10, by=customer(done), at=MONDAY + 2 * DAY)


def ranked(done, going, untouched, by):
    priorities.change_priority(case_id=going.pk, priority="P1", reason="Worse", by=by, at=LATER)


def sorted_in(done, going, untouched, by):
    category = Category.objects.order_by("pk")[0]
    editing.edit_case(case_id=going.pk, changes={"category": category.slug}, by=by, at=LATER)


def taken_back(done, going, untouched, by):
    lifecycle.resolve(case_id=going.pk, **RESOLUTION, by=by, at=MONDAY + 9 * DAY)
    keep_days(at=LATER)
    taking_back.take_back(case_id=going.pk, by=by, at=MONDAY + 9 * DAY + MINUTE)


def told_late(done, going, untouched, by):
    says(untouched, by=by, at=MONDAY + 5 * DAY)
    worked_to("resolved", case=untouched, by=by, at=MONDAY + 6 * DAY)
    escalation.escalate(
        case_id=going.pk, to="L2", known_issues_searched=True, reason="Code", by=by, at=MONDAY + 12 * DAY
    )


def seeded(done, going, untouched, by):
    seed_bulk(cases=30, processes=1, at=LATER - DAY, told=lambda done, wanted: None)


LATE = [spam, excused, answered, answered_otherwise, ranked, sorted_in, taken_back, told_late, seeded]


@pytest.mark.parametrize("late", LATE, ids=[late.__name__ for late in LATE])
def test_what_happens_to_a_kept_day_changes_its_figures(late):
    by = actor("l2", at=MONDAY)
    past = a_past(by)
    assert told() == from_rows()
    keep_days(at=LATER)
    before = told()
    assert before == from_rows()
    late(*past, by)
    assert DayMark.objects.exists()
    now = told()
    assert now == from_rows()
    assert (now == before) is (late is taken_back)
    assert keep_days(at=LATER).again > 0
    assert not DayMark.objects.exists()
    assert told() == now


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_anything(seed):
    """Also what is refused: it marks nothing and changes nothing."""
    dice = random.Random(seed)
    by = actor("l2", at=MONDAY)
    past = a_past(by)
    for _ in range(6):
        try:
            with transaction.atomic():
                dice.choice([late for late in LATE if late is not seeded])(*past, by)
        except DomainError:
            pass
        if dice.random() < 0.5:
            keep_days(at=LATER - dice.randrange(9) * DAY)
        assert told() == from_rows()


def test_a_tenant_and_a_reader_have_their_own():
    mine, theirs = TenantFactory(slug="mine"), TenantFactory()
    by = actor("l2", at=MONDAY)
    for tenant in (mine, theirs, theirs):
        worked_to("closed", case=opened(tenant=tenant, by=by), by=by)
    keep_days(at=LATER)
    reader = actor("l1", tenant=mine, at=MONDAY)
    assert [one["opened"] for one in told(actor=reader)] == [1, 0, 1, 1]
    for asked in ({"actor": reader}, {"tenant": mine}, {"tenant": theirs, "actor": reader}):
        assert told(**asked) == from_rows(**asked)
    assert told(tenant=theirs, actor=reader)[0]["opened"] == 0


def test_work_in_time_marks_nothing_and_the_hour_is_read_from_rows():
    keep_days(at=MONDAY + 20 * MINUTE)
    by = actor("l2", at=MONDAY)
    case = opened(by=by, at=MONDAY)
    worked_to("closed", case=case, by=by, at=MONDAY + MINUTE)
    assert not DayMark.objects.exists()
    assert told() == from_rows()
    keep_days(at=MONDAY + 2 * HOUR)
    assert Kept.now().until == MONDAY + 2 * HOUR
    assert set(DayCount.objects.values_list("day", flat=True)) == {MONDAY.date()}
    assert told() == from_rows()


def test_a_period_of_kept_days_reads_no_case():
    a_past(actor("l2", at=MONDAY))
    keep_days(at=LATER)
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 27, 1, tzinfo=UTC)
    assert Kept.now().covering(start, end - HOUR).rest == []
    assert Kept.now().covering(start - HOUR, end).rest == [Span(start - HOUR, start), Span(end - HOUR, end)]
    assert Kept.now().covering(None, end).rest == [Span(end - HOUR, end)]


def test_marked_days_are_read_from_rows_and_neighbours_at_once():
    keep_days(at=LATER)
    days = [date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 9)]
    DayMark.objects.bulk_create([DayMark(day=day, by_xid=1) for day in days])
    start = datetime(2026, 11, 1, tzinfo=UTC)
    assert Kept.now().covering(start, start + 15 * DAY).rest == [
        Span(start + 2 * DAY, start + 4 * DAY),
        Span(start + 8 * DAY, start + 9 * DAY),
    ]


def test_the_budget_ends_a_round_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 2)
    a_past(actor("l2", at=MONDAY))
    assert keep_days(at=LATER, budget_ms=0) == keeping.Kept(0, 0)
    assert told() == from_rows()
    assert keep_days(at=LATER).new == 15
    assert keep_days(at=LATER) == keeping.Kept(0, 0)


def test_days_are_summed_anew_by_command():
    a_past(actor("l2", at=MONDAY))
    keep_days(at=LATER)
    right = told()
    DayCount.objects.update(n=7)
    DayCount.objects.create(tenant=TenantFactory(), day=date(2020, 1, 1), figure="came", priority="", detail="", n=1)
    DayValues.objects.update(packed=b"")
    assert told() != right
    forget()
    assert told() == right
    keep_days(at=LATER)
    assert told() == right
    said = StringIO()
    call_command("keep_days", "--again", stdout=said)
    assert "days summed, 0 summed again" in said.getvalue()
    assert told() == right


def test_a_survey_unanswered_marks_nothing():
    keep_days(at=LATER)
    case = worked_to("closed", at=LATER, case=opened(at=LATER))
    DayMark.objects.all().delete()
    Survey.objects.filter(case=case).delete()
    assert not DayMark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_began_before_the_watch_is_not_missed():
    """It could not see that its day is watched: the day waits for it."""
    case = opened()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("update cases_case set priority = 'P1' where id = %s", [case.pk])
            assert keep_days(at=LATER).new == 0
            assert Kept.now().until is None
            other.commit()
        assert keep_days(at=LATER).new > 0
        with other.cursor() as cursor:  # from here on it marks
            cursor.execute("update cases_case set priority = 'P0' where id = %s", [case.pk])
            assert keep_days(at=LATER).again == 0
            other.commit()
        assert told()[0]["opened_by_priority"] == {"P0": 1}
        assert keep_days(at=LATER).again == 1
        assert told() == from_rows()
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_two_changes_of_a_day_do_not_wait_for_each_other():
    first, second = opened(), opened()
    keep_days(at=LATER)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("update cases_case set priority = 'P1' where id = %s", [first.pk])
            with transaction.atomic(), connection.cursor() as mine:
                mine.execute("set local lock_timeout = '2s'")
                mine.execute("update cases_case set priority = 'P1' where id = %s", [second.pk])
            assert keep_days(at=LATER).again == 1
            other.commit()
        assert DayMark.objects.count() == 1
        assert told() == from_rows()
    finally:
        other.close()


def test_a_day_that_is_kept_on_while_it_is_read_is_counted_once(monkeypatch):
    by = actor("l2", at=MONDAY)
    opened(by=by, at=MONDAY + 10 * MINUTE)
    opened(by=by, at=MONDAY + HOUR + 10 * MINUTE)
    keep_days(at=MONDAY + HOUR, budget_ms=None)
    period = Period(MONDAY.date(), MONDAY.date(), "UTC")
    read = summing.facts

    def and_meanwhile(**asked):
        found = read(**asked)
        keep_days(at=MONDAY + 3 * HOUR, budget_ms=None)
        return found

    monkeypatch.setattr(summing, "facts", and_meanwhile)
    figures = metrics(period=period, actor=SYSTEM).as_json()
    monkeypatch.undo()
    assert figures == metrics(period=period, actor=SYSTEM).as_json()
