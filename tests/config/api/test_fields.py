from datetime import UTC, datetime

import pytest
from rest_framework.exceptions import ValidationError

from config.api.fields import Choice, Flag, Input, Moment, RowId, Text, Whole


class Everything(Input):
    text = Text(required=False, max_length=5)
    flag = Flag(required=False)
    whole = Whole(required=False)
    row = RowId(required=False)
    choice = Choice(choices=["a", "b"], required=False)
    moment = Moment(required=False)


def test_each_field_takes_its_own_type():
    body = {"text": " x ", "flag": False, "whole": -3, "row": 4, "choice": "a", "moment": "2026-03-02T09:30:00+02:00"}
    read = Everything(data=body)
    assert read.is_valid()
    assert read.validated_data == {
        "text": "x",
        "flag": False,
        "whole": -3,
        "row": 4,
        "choice": "a",
        "moment": datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
    }


def test_an_id_may_be_said_as_a_text():
    read = Everything(data={"row": "12"})
    assert read.is_valid()
    assert read.validated_data == {"row": 12}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("text", value) for value in (5, 5.5, True, ["x"], {"a": 1}, None, "", "   ", "123456")],
        *[("flag", value) for value in ("true", 1, 0, "", None, [], {})],
        *[("whole", value) for value in ("5", 5.0, True, None, [], 2**63, -(2**63) - 1)],
        *[("row", value) for value in (0, -1, "0", "x", "1.0", "9" * 19, "१", 2**63, True)],
        *[("choice", value) for value in ("c", 1, True, None, ["a"], {"a": 1}, "")],
        *[("moment", value) for value in (5, True, None, [], "", "2026-03-02", "2026-03-02T09:30:00", "soon")],
        *[("moment", f"{day}T23:59:59-23:00") for day in ("0001-01-01", "9999-12-31", "2026-02-30")],
    ],
)
def test_and_no_other(name, value):
    read = Everything(data={name: value})
    assert not read.is_valid()
    assert list(read.errors) == [name]


def test_an_unknown_name_is_refused_by_name():
    with pytest.raises(ValidationError) as refusal:
        Everything(data={"text": "x", "txet": "y"}).is_valid(raise_exception=True)
    assert refusal.value.get_codes() == {"txet": ["unknown-field"]}


def test_a_body_that_is_no_object_is_refused():
    assert not Everything(data=["x"]).is_valid()
    assert not Everything(data="x").is_valid()
