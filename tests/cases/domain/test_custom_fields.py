"""The desk's own fields: what may stand in one, who fills it in, that each change is told, what resolving asks."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.domain import lifecycle, taking_back
from cases.domain.custom_fields import Definition, value_of
from cases.domain.desk import filters
from cases.domain.editing import amend_case, edit_case
from cases.enums import FieldKind
from cases.models import Case, Category, Interaction
from config.errors import Absent, Forbidden, Invalid, Stale
from tenants.domain.actors import SYSTEM
from tests.factories.cases import HOUR, MINUTE, MONDAY, RESOLUTION, macro, opened, says, worked_to
from tests.factories.filling import custom_field
from tests.factories.tenants import TenantFactory, actor

LATER = MONDAY + 2 * HOUR


def definition(kind="text", **values):
    usual = {"key": "f", "label": "F", "help": "", "choices": [], "required": False, "archived": False}
    return Definition(**{**usual, "category_ids": [], "kind": kind, **values})


def kept(case):
    return Case.objects.get(pk=case.pk).custom_fields


def put(case, fields, *, by=None, **more):
    return edit_case(case_id=case.pk, changes={"fields": fields}, by=by or actor("l1"), at=LATER, **more)


# --- Values ---------------------------------------------------------------------------------------------------------
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=30),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)


@given(some.sampled_from(FieldKind.values), JSON)
def test_whatever_is_given_is_kept_as_json_that_reads_as_the_same_or_refused(kind, value):
    asked = definition(kind, choices=["eu", "us"] if kind.startswith("choice") else [])
    try:
        clean = value_of(asked, value)
    except Invalid:
        return
    assert clean is None or clean == json.loads(json.dumps(clean))
    assert value_of(asked, clean) == clean


@given(some.floats(-1e14, 1e14) | some.integers(-(10**15) + 1, 10**15 - 1))
def test_a_number_stays_what_it_is_to_six_places(number):
    clean = value_of(definition("number"), number)
    assert math.isclose(clean, number, abs_tol=1e-6)
    assert isinstance(clean, int) or clean != int(clean)


@given(some.lists(some.sampled_from(["eu", "us", "ap"])))
def test_several_choices_are_each_once_in_the_order_of_the_list(chosen):
    asked = definition("choices", choices=["us", "ap", "eu"])
    assert value_of(asked, chosen) == ([one for one in asked.choices if one in chosen] or None)


@pytest.mark.parametrize(
    ("kind", "value", "clean"),
    [
        ("text", "  two words ", "two words"),
        ("text", "  ", None),
        ("number", 3.0, 3),
        ("yes_no", False, False),
        ("date", "2026-02-28", "2026-02-28"),
        ("link", "https://a.example/x", "https://a.example/x"),
        ("choice", "", None),
    ],
)
def test_what_is_kept(kind, value, clean):
    assert value_of(definition(kind, choices=["eu"]), value) == clean


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("text", 5), ("text", "a\0b"), ("text", "x" * 2001), ("number", "5"), ("number", True), ("number", 10**15)),
        *(("number", math.inf), ("yes_no", "yes"), ("yes_no", 1), ("date", "2026-02-30"), ("date", "31.1.2026")),
        *(("date", "0001-01-01"), ("link", "javascript:alert(1)"), ("link", "a.example"), ("choice", "EU")),
        *(("choice", ["eu"]), ("choices", "eu"), ("choices", ["eu", "mars"]), ("choices", [{}])),
    ],
)
def test_what_may_not_stand_in_a_field(kind, value):
    with pytest.raises(Invalid) as refused:
        value_of(definition(kind, choices=["eu"]), value)
    assert [error["field"] for error in refused.value.extra["errors"]] == ["fields.f"]


def test_a_choice_that_was_withdrawn_may_stay_where_it_stands():
    asked = definition("choices", choices=["eu"])
    assert value_of(asked, ["us", "eu"], before=["us"]) == ["eu", "us"]
    with pytest.raises(Invalid):
        value_of(asked, ["us"], before=["eu"])


# --- On a case ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_change_is_told_once_and_raises_the_version():
    custom_field()
    custom_field("seats", kind="number", label="Seats")
    case, by = opened(), actor("l1")
    put(case, {"region": "eu", "seats": 40}, by=by)
    put(case, {"region": "us"}, by=by)
    put(case, {"region": "us", "seats": 40}, by=by)
    put(case, {"seats": None}, by=by)
    assert kept(case) == {"region": "us"}
    assert Case.objects.get(pk=case.pk).version == case.version + 3
    told = Interaction.objects.filter(case=case, kind="system").order_by("pk")
    assert [(one.body, one.data, one.actor_name, one.public) for one in told] == [
        (
            "Region: none → eu; Seats: none → 40",
            {"fields": {"region": [None, "eu"], "seats": [None, 40]}},
            by.name,
            False,
        ),
        ("Region: eu → us", {"fields": {"region": ["eu", "us"]}}, by.name, False),
        ("Seats: 40 → none", {"fields": {"seats": [40, None]}}, by.name, False),
    ]


@pytest.mark.django_db
def test_what_is_refused_changes_nothing():
    custom_field()
    custom_field("invoice", kind="text", categories=["billing"])
    custom_field("old", kind="text", archived=True)
    case = opened()
    told = Interaction.objects.count()
    with pytest.raises(Invalid) as refused:
        put(case, {"region": "mars", "invoice": "R-1", "old": "x", "no": 1})
    assert [(error["field"], error["code"]) for error in refused.value.extra["errors"]] == [
        ("fields.region", "invalid"),
        ("fields.invoice", "unknown-field"),
        ("fields.old", "unknown-field"),
        ("fields.no", "unknown-field"),
    ]
    with pytest.raises(Forbidden):
        put(case, {"region": "eu"}, by=actor("auditor"))
    with pytest.raises(Absent):
        put(case, {"region": "eu"}, by=actor("l1", tenant=TenantFactory()))
    with pytest.raises(Stale):
        put(case, {"region": "eu"}, expected_version=case.version + 1)
    assert (kept(case), Case.objects.get(pk=case.pk).version, Interaction.objects.count()) == ({}, case.version, told)


@pytest.mark.django_db
def test_a_category_brings_its_form_and_takes_no_value_away():
    custom_field("invoice", kind="text", categories=["billing"])
    case = opened()
    amend_case(case_id=case.pk, changes={"category": "billing", "fields": {"invoice": "R-1"}}, by=actor("l1"), at=LATER)
    edit_case(case_id=case.pk, changes={"category": "access"}, by=actor("l1"), at=LATER)
    assert kept(case) == {"invoice": "R-1"}
    with pytest.raises(Invalid):
        put(case, {"invoice": "R-2"})


@pytest.mark.django_db
def test_a_case_comes_in_with_them():
    custom_field()
    assert kept(opened(own_fields={"region": "eu"})) == {"region": "eu"}
    with pytest.raises(Invalid):
        opened(own_fields={"region": "mars"})
    assert Case.objects.count() == 1


# --- Resolving ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_resolving_asks_for_what_is_required_of_its_category_alone():
    custom_field(required_to_resolve=True, label="Data region")
    custom_field("invoice", kind="text", categories=["billing"], required_to_resolve=True)
    custom_field("old", kind="text", archived=True, required_to_resolve=True)
    case, by = worked_to("in_progress"), actor("l2")
    before = (Case.objects.get(pk=case.pk).version, Interaction.objects.count())
    with pytest.raises(Invalid) as refused:
        lifecycle.resolve(case_id=case.pk, **RESOLUTION, by=by, at=LATER)
    assert refused.value.message == "Before it is resolved, fill in: Data region."
    assert refused.value.extra["errors"] == [
        {"field": "fields.region", "code": "required", "message": "“Data region” is needed to resolve."}
    ]
    assert (Case.objects.get(pk=case.pk).version, Interaction.objects.count()) == before
    done = lifecycle.resolve(case_id=case.pk, **RESOLUTION, fields={"region": "eu"}, by=by, at=LATER)
    assert (done.status, kept(case)) == ("resolved", {"region": "eu"})
    assert taking_back.take_back(case_id=case.pk, by=by, at=LATER + MINUTE).custom_fields == {}


@pytest.mark.django_db
def test_a_macro_that_sets_the_category_brings_what_is_required():
    custom_field("invoice", kind="text", categories=["billing"], required_to_resolve=True)
    case = worked_to("in_progress")
    billing = category("billing")
    answer = macro("Raised.", send_as="resolved", validated="Seen", evidence=["x"], sets_category=billing)
    with pytest.raises(Invalid) as refused:
        lifecycle.resolve(case_id=case.pk, **RESOLUTION, macro_id=answer.pk, by=actor("l2"), at=LATER)
    assert refused.value.message == "Before it is resolved, fill in: Invoice."
    assert Case.objects.get(pk=case.pk).category_id is None


@pytest.mark.django_db
def test_no_answer_resolves_without_them():
    custom_field(required_to_resolve=True)
    case = worked_to("waiting_on_customer")
    with lifecycle.changing(case_id=case.pk, by=SYSTEM, at=LATER) as change:
        lifecycle.resolve_unanswered(change, days=10)
    assert Case.objects.get(pk=case.pk).status == "resolved"


def category(slug):
    return Category.objects.get(slug=slug)


# --- Finding --------------------------------------------------------------------------------------------------------
def found(line):
    asks, by = filters.parse(line), actor("l1")
    asked = filters.asked_by(asks, actor=by, at=LATER)
    return set(filters.keyed(Case.objects.visible_to(by), asks, asked))


@pytest.mark.django_db
def test_the_line_finds_by_each_kind():
    custom_field()
    for kind in ("text", "number", "yes_no", "date", "choices"):
        custom_field(f"a_{kind}", kind=kind, **({"choices": ["One", "Two"]} if kind == "choices" else {}))
    eu, us, neither = opened(), opened(), opened()
    put(eu, {"region": "eu", "a_number": 1.5, "a_yes_no": False, "a_date": "2026-01-31", "a_choices": ["One", "Two"]})
    put(us, {"region": "us", "a_text": "two words", "a_choices": ["One"]})
    says(neither, "hello")
    assert {line: found(line) for line in LINES} == {
        "field.region:eu": {eu},
        "field.region:EU,us": {eu, us},
        "field.region:none": {neither},
        "FIELD.region:us status:new": {us},
        'field.a_text:"two words"': {us},
        "field.a_number:1.50": {eu},
        "field.a_yes_no:no": {eu},
        "field.a_date:2026-01-31": {eu},
        "field.a_choices:one": {eu, us},
        "field.a_choices:two field.region:us": set(),
    }


LINES = [
    *("field.region:eu", "field.region:EU,us", "field.region:none", "FIELD.region:us status:new"),
    *('field.a_text:"two words"', "field.a_number:1.50", "field.a_yes_no:no", "field.a_date:2026-01-31"),
    *("field.a_choices:one", "field.a_choices:two field.region:us"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("field.region:mars", "“mars” is nothing that field.region: can be. One of eu, us."),
        ("field.planet:mars", "There is no field “planet”. There are field.region."),
        ("field.region:", "“field.region:” wants a value, like field.region:eu."),
    ],
)
def test_the_line_names_the_word_that_it_does_not_know(line, words):
    custom_field()
    with pytest.raises(Invalid) as refused:
        found(line)
    assert refused.value.message == words


@given(
    some.dictionaries(
        some.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z"), some.text("ab ,c", min_size=1).filter(str.strip), max_size=3
    )
)
def test_a_line_with_fields_reads_back_as_the_same(values):
    line = " ".join(f'field.{key}:"{value}"' for key, value in values.items())
    read = filters.parse(line)
    assert filters.parse(str(read)) == read
