"""What is published is what is checked: a body is good by its JSON Schema if and only if the door takes it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tenants.domain.contracts import CONTRACTS, NUMBER_LIMIT, TEXT_LENGTH, broken, schemas
from tenants.enums import SnapshotKind, SnapshotStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = {
    "sli": {"value": 812.5, "threshold": 500, "data": {"unit": "ms", "warning": 400}},
    "error_rate": {"value": 0.4},
    "error_budget": {"value": -3.5, "data": {"burn_rate": 14.4, "objective": 99.5}},
    "alert": {"data": {"summary": "Ingest is slow", "url": "https://alerts.example/7"}},
    "deployment": {"data": {"version": "4.18.2", "previous": "4.18.1", "by": "release train"}},
    "config": {"data": {"before": 180, "after": None, "by": "Omar"}},
    "flag": {"data": {"enabled": False}},
    "experiment": {"data": {"running": True, "variant": "B", "share": 50}},
    "usage": {"value": 178, "threshold": 200, "data": {"unit": "GB"}},
    "entitlement": {"value": 212, "threshold": 200, "data": {"allowed": False}},
}


def snapshot(kind, **fields):
    return {"kind": kind, "name": "one", "status": "green", "taken_at": NOON} | GOOD[kind] | fields


def good_by_schema(one):
    validator = Draft202012Validator(schemas()[one["kind"]], format_checker=FormatChecker())
    return validator.is_valid(one | {"taken_at": one["taken_at"].isoformat()})


def faults(one):
    return [(field, code) for field, code, _message in broken(one, at=NOON)]


def test_every_kind_has_a_contract_a_schema_and_words():
    told = Path(__file__).resolve().parents[3].joinpath("docs/telemetry.md").read_text()
    assert set(CONTRACTS) == set(schemas()) == set(GOOD) == set(SnapshotKind.values)
    for kind, schema in schemas().items():
        Draft202012Validator.check_schema(schema)
        assert f"| `{kind}` |" in told
        missing = [said.name for said in CONTRACTS[kind].data if f"`data.{said.name}`" not in told]
        assert missing == []


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_one_is_taken(kind):
    one = snapshot(kind)
    assert (faults(one), good_by_schema(one)) == ([], True)


@pytest.mark.parametrize(
    ("kind", "wrong", "found"),
    [
        ("error_budget", {"value": None}, [("value", "required")]),
        ("error_budget", {"data": {}}, [("data.burn_rate", "required")]),
        ("error_budget", {"data": {"burn_rate": -1}}, [("data.burn_rate", "invalid")]),
        ("error_budget", {"data": {"burn_rate": True}}, [("data.burn_rate", "invalid")]),
        ("error_budget", {"data": {"burn_rate": 1, "objective": 100.5}}, [("data.objective", "invalid")]),
        ("config", {"data": {"before": 1}}, [("data.after", "required")]),
        ("deployment", {"data": {"version": ""}}, [("data.version", "invalid")]),
        ("deployment", {"data": {"version": "1", "by": 7}}, [("data.by", "invalid")]),
        ("alert", {"data": {"summary": "x" * (TEXT_LENGTH + 1)}}, [("data.summary", "invalid")]),
        ("flag", {"data": {"enabled": "yes"}}, [("data.enabled", "invalid")]),
        ("experiment", {"data": {"running": True}}, [("data.variant", "required")]),
        ("experiment", {"data": {"running": True, "variant": "B", "share": 101}}, [("data.share", "invalid")]),
        ("entitlement", {"value": None, "data": {}}, [("value", "required"), ("data.allowed", "required")]),
        ("sli", {"data": {"warning": "soon"}}, [("data.warning", "invalid")]),
        ("sli", {"data": {"warning": 1e13}}, [("data.warning", "invalid")]),
        ("usage", {"status": "blue"}, [("status", "invalid_choice")]),
    ],
)
def test_a_broken_one_is_refused_by_both(kind, wrong, found):
    one = snapshot(kind, **wrong)
    assert (faults(one), good_by_schema(one)) == (found, False)


NAMES = sorted({said.name for contract in CONTRACTS.values() for said in contract.data})
VALUES = st.one_of(
    st.booleans(),
    st.none(),
    st.sampled_from([-1, 0, 0.5, 100, 101, NUMBER_LIMIT, -NUMBER_LIMIT, [], {}]),
    st.sampled_from(["", "B", "x" * TEXT_LENGTH, "x" * (TEXT_LENGTH + 1)]),
)
NUMBERS = st.one_of(st.none(), st.sampled_from([0, -7, 0.25, NUMBER_LIMIT, NUMBER_LIMIT - 1]))


@given(
    kind=st.sampled_from(SnapshotKind.values),
    name=st.sampled_from(["", " ", "p95", "x" * 120, "x" * 121]),
    status=st.sampled_from([*SnapshotStatus.values, "blue"]),
    value=NUMBERS,
    threshold=NUMBERS,
    data=st.dictionaries(st.sampled_from([*NAMES, "anything"]), VALUES, max_size=4),
)
def test_schema_and_check_agree(kind, **fields):
    one = {"kind": kind, "taken_at": NOON} | fields
    assert good_by_schema(one) == (faults(one) == [])
