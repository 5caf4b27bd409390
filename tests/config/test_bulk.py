"""Rows by COPY are the rows that would have been saved, whatever their text holds."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DataError, transaction

from cases.models import Case, Interaction
from config.bulk import bare, copy_in, write_back
from outbox.models import Delivery
from sla.models import Clock
from tests.factories.cases import MONDAY, opened
from tests.factories.sla import promised

pytestmark = pytest.mark.django_db
WORDS = 'a\tb\nc\rd\\e\\n "quoted", {braces}, \\N, \\., 😀 ’, \x01'


def said(case, body, **columns):
    values = {"case_id": case.pk, "tenant_id": case.tenant_id, "at": MONDAY, "recorded_at": MONDAY, "kind": "note"}
    return bare(Interaction, **values, by_kind="person", body=body, **columns)


def columns_of(row, *apart):
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if one.attname not in apart}


def test_text_and_json_of_any_kind():
    case = opened()
    data = {"words": WORDS, "list": [1, None, True, {"ä": "\\"}], "empty": {}}
    copy_in([said(case, WORDS, data=data), said(case, "", data={}, source_key=WORDS[:20]), said(case, "\\N")])
    kept = list(Interaction.objects.filter(case=case, kind="note").order_by("pk"))
    assert [(one.body, one.data, one.source_key) for one in kept] == [
        (WORDS, data, None),
        ("", {}, WORDS[:20]),
        ("\\N", {}, None),
    ]


def test_lists_numbers_moments_and_nothing():
    whole = Case.objects.get(pk=opened().pk)
    whole.__dict__ |= {"tags": [WORDS, "", 'a"b,c'], "error_ids": [], "needed_by": MONDAY + timedelta(microseconds=1)}
    whole.__dict__ |= {"resolution_preventive_actions": "none needed", "pk": None, "id": 999_999}
    copy_in([whole])
    assert columns_of(Case.objects.get(pk=999_999)) == columns_of(whole)


def test_decimals_and_flags_of_a_clock():
    clock = Clock.objects.get(pk=promised().pk)
    clock.__dict__ |= {"id": 999_999, "warn_steps": [Decimal("0.500"), Decimal("0.750")]}
    copy_in([clock])
    assert columns_of(Clock.objects.get(pk=999_999)) == columns_of(clock)


def test_what_the_database_cannot_hold_is_refused():
    case = opened()
    with pytest.raises(DataError), transaction.atomic():
        copy_in([said(case, "a\x00b")])
    assert not Interaction.objects.filter(case=case, kind="note").exists()


def test_a_column_that_nobody_has_needed_yet():
    with pytest.raises(TypeError, match="no way into COPY"):
        copy_in([bare(Delivery)])


def test_writing_back_is_what_saving_each_would_be(django_assert_num_queries):
    clocks = [promised(), promised()]
    moment = MONDAY + timedelta(microseconds=123456)
    for number, clock in enumerate(clocks):
        clock.error, clock.next_at, clock.used = WORDS.replace("\x01", ""), moment, number + 7
        clock.warn_steps, clock.policy_id = [Decimal("0.125"), Decimal("0.9")], None
    with django_assert_num_queries(1):
        write_back(clocks, ["error", "next_at", "used", "warn_steps", "policy"])
    for clock in clocks:
        before = columns_of(clock)
        clock.refresh_from_db()
        assert columns_of(clock) == before
    case = opened()
    case.custom_fields, case.tags, case.needed_by = {"words": WORDS, "list": [1, None]}, [WORDS], None
    before = columns_of(case)
    write_back([case], ["custom_fields", "tags", "needed_by"])
    case.refresh_from_db()
    assert columns_of(case) == before
