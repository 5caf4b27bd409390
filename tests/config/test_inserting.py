"""Rows by one JSON document are the rows that `bulk_create` would have saved."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, transaction

from cases.models import CaseClock, Interaction
from config.bulk import bare
from config.inserting import insert
from config.models import Heartbeat
from outbox.models import Delivery, Event
from sla.models import Clock
from tenants.models import AccessEntry
from tests.factories.cases import MONDAY, opened
from tests.factories.sla import promised

pytestmark = pytest.mark.django_db
WORDS = 'a\tb\nc\rd\\e\\n "quoted", {braces}, \\N, %s, 😀 ’, \x01, \u2028'


def said(case, body, **columns):
    values = {"case_id": case.pk, "tenant_id": case.tenant_id, "at": MONDAY, "recorded_at": MONDAY, "kind": "note"}
    return bare(Interaction, **values, by_kind="person", body=body, **columns)


def columns_of(row, *apart):
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if one.attname not in apart}


def test_they_are_kept_in_their_order_whatever_they_hold():
    case = opened()
    data = {"words": WORDS, "list": [1, None, True, 0.1, 2**63, {"ä": "\\"}], "empty": {}}
    rows = insert([said(case, WORDS, data=data), said(case, "", source_key=WORDS[:9].strip()), said(case, "null")])
    kept = list(Interaction.objects.filter(case=case, kind="note").order_by("pk"))
    assert [columns_of(one) for one in kept] == [columns_of(one) for one in rows]
    assert [one.body for one in kept] == [WORDS, "", "null"]
    assert not any(one._state.adding for one in rows)


def test_a_clock_is_the_one_that_would_have_been_saved():
    saved = promised()
    values = columns_of(saved, "id") | {
        "warn_steps": [Decimal("0.500"), Decimal("0.875")], "used": 2**62, "due_at": MONDAY + timedelta(microseconds=1)
    }  # fmt: skip
    [new] = insert([Clock(**values)])
    assert columns_of(Clock.objects.get(pk=new.pk), "id") == values


def test_the_database_fills_in_what_is_its_own_and_times_of_writing_are_written():
    [event] = insert([bare(Event, name="cases.case-opened", tenant_id=None, payload={}, key="", at=MONDAY)])
    kept = Event.objects.get()
    assert (kept.request_id, kept.created_at) == (event.request_id, event.created_at)


def test_a_key_that_was_drawn_here_and_no_address():
    [delivery] = insert(
        [Delivery(channel="mail", to="a@b.example", automated=True, created_at=MONDAY, next_attempt_at=MONDAY)]
    )
    assert Delivery.objects.get().key == delivery.key
    insert([AccessEntry(at=MONDAY, actor="system", method="GET", path="/", ip="", rows=0, tenant_ids=[], grant_ids=[])])
    assert AccessEntry.objects.get().ip is None


def test_nothing_is_asked_for_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert([]) == []


def test_refusals_are_the_databases_and_leave_nothing():
    case = opened()
    [link] = CaseClock.objects.filter(case=case)
    before = Interaction.objects.count()
    double = CaseClock(case=case, tenant_id=case.tenant_id, clock_id=link.clock_id, kind=link.kind, window=link.window)
    for refused, rows in (
        (IntegrityError, [double]),
        (DataError, [said(case, "fine"), said(case, "", source_key="x" * 500)]),
    ):
        with pytest.raises(refused), transaction.atomic():
            insert(rows)
    assert (CaseClock.objects.filter(case=case).count(), Interaction.objects.count()) == (1, before)


def test_a_model_that_makes_its_keys_is_refused():
    with pytest.raises(TypeError, match="makes its keys itself"):
        insert([Heartbeat(name="x", at=MONDAY)])
