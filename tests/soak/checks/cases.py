"""Every case is where its last move brought it, and shows the deadline that comes next."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from cases.models import Case, CaseClock
from sla.domain.rows import next_due
from tests.soak.evidence import Evidence

NOT_WHERE_IT_WENT = """
    select one.id, one.status, last.to_status from cases_case as one
    left join lateral (
        select to_status from cases_transition where case_id = one.id order by id desc limit 1) as last on true
    where last.to_status is distinct from one.status
"""
JUMPS = """
    select case_id, id, from_status, came from (
        select case_id, id, from_status, lag(to_status, 1, '') over (partition by case_id order by id) as came
        from cases_transition) as moves
    where from_status <> came
"""
UNKNOWN_BREACH = """
    select distinct one.id from cases_case as one
    join cases_caseclock as link on link.case_id = one.id join sla_clock as clock on clock.id = link.clock_id
    where clock.breached_at is not null and not one.breached
"""


def status_is_where_the_last_move_led(evidence: Evidence) -> Iterator[str]:
    for case, status, last in _all(NOT_WHERE_IT_WENT):
        yield f"CASE-{case} is {status}, its last move led to {last}"


def each_move_begins_where_the_last_one_ended(evidence: Evidence) -> Iterator[str]:
    for case, transition, before, came in _all(JUMPS):
        yield f"CASE-{case}: transition {transition} begins in {before!r}, the one before it ended in {came!r}"


def next_due_is_the_first_of_its_clocks(evidence: Evidence) -> Iterator[str]:
    clocks = defaultdict(list)
    for link in CaseClock.objects.select_related("clock").iterator(chunk_size=2000):
        clocks[link.case_id].append(link.clock)
    for pk, due_at, kind in Case.objects.values_list("pk", "next_due_at", "next_due_kind").iterator():
        should = next_due(clocks[pk])
        if (due_at, kind) != should:
            yield f"CASE-{pk} shows {kind or 'nothing'} at {due_at}, next is {should[1] or 'nothing'} at {should[0]}"


def a_broken_promise_shows_on_its_case(evidence: Evidence) -> Iterator[str]:
    for (case,) in _all(UNKNOWN_BREACH):
        yield f"CASE-{case} does not know that a promise of it is broken"


def _all(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
