import pytest

from config.api.json_reader import MAX_DEPTH, read_json
from config.api.problems import Unreadable
from config.errors import Invalid


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    ],
)
def test_reads(raw, value):
    read = read_json(raw)
    if value is not None:
        assert read == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a": 1,}',
        b"NaN",
        b"[Infinity]",
        b'{"a": -Infinity}',
        b"1e999",
        b'{"a": 1, "a": 2}',
        b'{"deep": {"a": 1, "a": 1}}',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '{"a": "ä"}'.encode("utf-16"),
        b"{} {}",
        b"'a'",
    ],
)
def test_refuses_what_is_not_json_as_we_take_it(raw):
    with pytest.raises(Unreadable):
        read_json(raw)


@pytest.mark.parametrize(
    ("raw", "field", "code"),
    [
        (b'{"a": {"b": ["x", "\\u0000"]}}', "a.b.1", "nul-character"),
        (b'{"a\\u0000": 1}', "body", "nul-character"),
        (b'{"a": "\\ud800"}', "a", "lone-surrogate"),
        (b'{"a": "\\udc00\\ud800"}', "a", "lone-surrogate"),
        (b'{"a": 9223372036854775808}', "a", "integer-too-large"),
        (b'{"a": -9223372036854775809}', "a", "integer-too-large"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "a", "integer-too-large"),
        (b"99999999999999999999", "body", "integer-too-large"),
    ],
)
def test_refuses_values_that_no_column_can_hold(raw, field, code):
    with pytest.raises(Invalid) as refusal:
        read_json(raw)
    assert [(error["field"], error["code"]) for error in refusal.value.extra["errors"]] == [(field, code)]
