"""Time spent: booked by the person who worked, taken back by an entry of its own, summed right over any days."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import Sum

from cases.domain import time_spent
from cases.models import Case, TimeEntry
from config.errors import Absent, Forbidden, Invalid, Refused
from outbox.models import Event
from tests.factories.cases import DAY, HOUR, MONDAY, opened
from tests.factories.tenants import TenantFactory, actor

LATER = MONDAY + HOUR
TODAY = LATER.date()


def booked(case, minutes=20, *, by, **more):
    return time_spent.book(case_id=case.pk, minutes=minutes, by=by, at=LATER, **{"worked_on": TODAY, **more})


def rows():
    return list(TimeEntry.objects.order_by("pk").values_list("minutes", "note", "worked_on", "user_id", "retracts_id"))


@pytest.mark.django_db
def test_booked_and_taken_back_on_the_same_day():
    case, mira, ben = opened(), actor("l1"), actor("l2")
    first = booked(case, 80, by=mira, note=" Read  the logs ", worked_on=TODAY - DAY)
    booked(case, 20, by=ben)
    assert TimeEntry.objects.aggregate(all=Sum("minutes")) == {"all": 100}
    time_spent.retract(case_id=case.pk, entry_id=first.pk, by=mira, at=LATER + DAY)
    assert rows() == [
        (80, "Read the logs", TODAY - DAY, mira.user_id, None),
        (20, "", TODAY, ben.user_id, None),
        (-80, "", TODAY - DAY, mira.user_id, first.pk),
    ]
    told = Event.objects.filter(name="cases.time-booked").order_by("pk").values_list("payload__minutes", flat=True)
    assert (list(told), Case.objects.get(pk=case.pk).version) == ([80, 20, -80], case.version)


@pytest.mark.django_db
def test_the_lead_takes_anybodys_back():
    case, mira, lead = opened(), actor("l1"), actor("lead")
    time_spent.retract(case_id=case.pk, entry_id=booked(case, by=mira).pk, by=lead, at=LATER)
    assert [(row[0], row[3]) for row in rows()] == [(20, mira.user_id), (-20, mira.user_id)]


@pytest.mark.django_db
def test_what_is_refused_changes_nothing():
    case, other, mira = opened(), opened(), actor("l1")
    entry = booked(case, by=mira)
    back = time_spent.retract(case_id=case.pk, entry_id=booked(case, by=mira).pk, by=mira, at=LATER)
    before = rows()
    for refusal, values in (
        *((Invalid, {"minutes": minutes}) for minutes in (0, -5, 1441)),
        *((Invalid, {"worked_on": day}) for day in (TODAY + 2 * DAY, TODAY - 367 * DAY)),
        (Invalid, {"note": "x" * 501}),
        (Forbidden, {"by": actor("auditor")}),
        (Forbidden, {"by": replace(actor("l1"), kind="automation", token_id=1)}),
        (Absent, {"by": actor("l1", tenant=TenantFactory())}),
    ):
        with pytest.raises(refusal):
            booked(case, **{"by": mira, **values})
    for refusal, entry_id, case_id, by in (
        (Forbidden, entry.pk, case.pk, actor("l1")),
        (Refused, back.retracts_id, case.pk, mira),
        (Absent, back.pk, case.pk, mira),
        (Absent, entry.pk, other.pk, mira),
    ):
        with pytest.raises(refusal):
            time_spent.retract(case_id=case_id, entry_id=entry_id, by=by, at=LATER)
    assert rows() == before


@pytest.mark.django_db
def test_no_entry_is_ever_changed():
    entry = booked(opened(), by=actor("l1"))
    with pytest.raises(ProgrammingError), transaction.atomic():
        TimeEntry.objects.filter(pk=entry.pk).update(minutes=5)
    with pytest.raises(ProgrammingError), transaction.atomic():
        TimeEntry.objects.filter(pk=entry.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_two_who_take_one_back_at_once_do_it_once():
    case, mira, lead = opened(), actor("l1"), actor("lead")
    entry = booked(case, by=mira)
    ready, answers = Barrier(2), []

    def work(by):
        try:
            ready.wait(10)
            time_spent.retract(case_id=case.pk, entry_id=entry.pk, by=by, at=LATER)
            answers.append("done")
        except Refused as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[by]) for by in (mira, lead)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == ["done", "retracted"]
    assert [row[0] for row in rows()] == [20, -20]
