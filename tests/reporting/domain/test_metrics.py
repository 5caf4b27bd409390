"""Figures against a desk small enough to count by hand."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.domain import lifecycle, merging, taking_back
from reporting.domain.metrics import Share, metrics
from reporting.domain.period import Period
from tenants.domain.actors import SYSTEM
from tests.factories.cases import HOUR, MINUTE, MONDAY, RESOLUTION, customer, opened, says, worked_to
from tests.factories.tenants import TenantFactory, actor

pytestmark = pytest.mark.django_db
WEEK = Period(date(2026, 11, 16), date(2026, 11, 22), "UTC")


def promise(figures, kind, priority="all"):
    found = [one.figures for one in figures.promises if (one.kind, one.priority) == (kind, priority)]
    return found[0] if found else None


def test_by_hand():
    acme = TenantFactory(slug="acme")
    l2 = actor("l2", at=MONDAY)
    quick = opened(tenant=acme, priority="P1", by=l2)
    says(quick, by=l2, at=MONDAY + 10 * MINUTE)
    worked_to("closed", case=quick, by=l2, at=MONDAY + HOUR)
    slow = opened(tenant=acme, priority="P1", by=l2)
    says(slow, by=l2, at=MONDAY + 2 * HOUR)
    worked_to("resolved", case=slow, by=l2, at=MONDAY + 3 * HOUR)
    lifecycle.reject(case_id=slow.pk, reason="Not for us", by=customer(slow), at=MONDAY + 5 * HOUR)
    spam = opened(tenant=acme, priority="P3", by=l2)
    lifecycle.close(case_id=spam.pk, as_="spam", reason="Advertising", by=l2, at=MONDAY + HOUR)
    opened(tenant=acme, priority="P2", by=l2, at=MONDAY - timedelta(days=1))
    figures = metrics(period=WEEK, tenant=acme, actor=SYSTEM)
    assert (figures.opened, figures.opened_by_priority) == (2, {"P1": 2})
    assert (figures.resolved, figures.closed, figures.rejected, figures.open_at_end) == (2, 1, 1, 2)
    assert (figures.first_response.n, figures.first_response.median_seconds) == (2, 65 * 60.0)
    assert (figures.time_to_accept.n, figures.resolution.n) == (2, 1)
    first = promise(figures, "first_response")
    assert (first.windows, first.met, first.late, first.rate) == (2, 1, 1, 0.5)
    resolved = promise(figures, "resolution", "P1")
    assert (resolved.windows, resolved.met, resolved.rate) == (1, 1, 1.0)
    assert figures.reopened == Share(0, 1)


def test_a_merged_case_counts_nowhere_and_again_once_that_is_taken_back():
    acme, l2 = TenantFactory(slug="acme"), actor("l2", at=MONDAY)
    root, gone = opened(tenant=acme, by=l2), opened(tenant=acme, by=l2)
    says(gone, by=l2, at=MONDAY + 10 * MINUTE)

    def counted():
        figures = metrics(period=WEEK, tenant=acme, actor=SYSTEM)
        return figures.opened, figures.closed, figures.first_response.n, figures.open_at_end

    assert counted() == (2, 0, 1, 2)
    merging.merge(case_id=gone.pk, into=root.pk, by=l2, at=MONDAY + HOUR)
    assert counted() == (1, 0, 0, 1)
    taking_back.take_back(case_id=gone.pk, by=l2, at=MONDAY + 2 * HOUR)
    assert counted() == (2, 0, 1, 2)


def test_a_reopened_case_counts_two_windows():
    l2 = actor("l2", at=MONDAY)
    case = worked_to("closed", by=l2, at=MONDAY + HOUR)
    lifecycle.reopen(case_id=case.pk, reason="Again", by=customer(case), at=MONDAY + 5 * HOUR)
    lifecycle.resolve(case_id=case.pk, **RESOLUTION, by=l2, at=MONDAY + 6 * HOUR)
    figures = metrics(period=WEEK, actor=SYSTEM)
    assert promise(figures, "resolution").windows == 2
    assert (figures.reopened.part, figures.reopened.whole, figures.reopened.rate) == (1, 1, 1.0)


def test_only_what_the_reader_sees():
    mine, theirs = TenantFactory(), TenantFactory()
    opened(tenant=mine)
    opened(tenant=theirs)
    assert metrics(period=WEEK, actor=actor("l1", tenant=mine, at=MONDAY)).opened == 1


def test_nothing_is_nothing_and_no_error():
    figures = metrics(period=WEEK, actor=SYSTEM).as_json()
    assert (figures["opened"], figures["promises"], figures["reopened"]["rate"]) == (0, [], None)
    assert figures["first_response"] == {"n": 0, "median_seconds": None, "p90_seconds": None, "mean_seconds": None}


def test_the_command_says_the_same():
    opened()
    told = StringIO()
    call_command("metrics", "--from", "2026-11-16", "--to", "2026-11-22", "--json", stdout=told)
    assert json.loads(told.getvalue()) == metrics(period=WEEK, actor=SYSTEM).as_json()
    told = StringIO()
    call_command("metrics", "--from", "2026-11-16", "--to", "2026-11-22", stdout=told)
    assert "opened 1 (" in told.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "yesterday", "--to", "2026-11-22"],
        ["--from", "2026-11-22", "--to", "2026-11-16"],
        ["--from", "2026-11-16", "--to", "2026-11-22", "--tenant", "nobody"],
    ],
)
def test_the_command_refuses_with_one_line(arguments):
    with pytest.raises(CommandError):
        call_command("metrics", *arguments, stdout=StringIO())


@pytest.mark.parametrize("count", [1, 3])
def test_statements(count, django_assert_num_queries):
    l2 = actor("l2", at=MONDAY)
    for _ in range(count):
        case = opened(priority="P1", by=l2)
        says(case, by=l2, at=MONDAY + MINUTE)
        worked_to("closed", case=case, by=l2)
    with django_assert_num_queries(6):
        metrics(period=WEEK, actor=SYSTEM)
