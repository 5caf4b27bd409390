"""JSON as strictly as RFC 8259 and our columns allow, so that nothing behind it meets a surprise.

Two kinds of refusal: `Unreadable` (400) for a text that is not JSON as we take it (not UTF-8, NaN, a name twice,
deeper than MAX_DEPTH) and `Invalid` (422, with the place) for values that JSON has but no column of ours can hold
(NUL, lone surrogates, integers beyond 64 bits).
"""

import json
import math
import re
from typing import Any, NoReturn

from config.api.problems import Unreadable
from config.errors import Invalid

MAX_DEPTH = 32
MAX_INTEGER_DIGITS = 19
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class _BeyondSixtyFourBits:
    """Stands for an integer too long to be worth converting, until its place in the document is known."""


_TOO_BIG = _BeyondSixtyFourBits()


def read_json(raw: bytes) -> Any:
    """The document in `raw`. Raises Unreadable or Invalid."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None
    try:
        document = json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_unique_names,
        )
    except json.JSONDecodeError as exc:
        raise Unreadable(f"The body is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}.") from None
    except RecursionError:
        raise Unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    _check(document, path="", depth=1)
    return document


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(f"{name} is not JSON.")


def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise Unreadable("A number is too large.")
    return value


def _integer(literal: str) -> int | _BeyondSixtyFourBits:
    if len(literal.lstrip("-")) > MAX_INTEGER_DIGITS:
        return _TOO_BIG
    value = int(literal)
    return value if -(2**63) <= value < 2**63 else _TOO_BIG


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"The name {twice[:50]!a} occurs twice in one object.")
    return members


def _check(value: Any, *, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        _check_text(value, path)
    elif value is _TOO_BIG:
        raise Invalid("An integer must fit into 64 bits.", field=path or "body", code="integer-too-large")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name, path)
            _check(inner, path=f"{path}.{name[:50]}".lstrip("."), depth=depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _check(inner, path=f"{path}.{place}".lstrip("."), depth=depth + 1)


def _check_text(value: str, path: str) -> None:
    if "\x00" in value:
        raise Invalid("NUL characters are not allowed.", field=path or "body", code="nul-character")
    if _LONE_SURROGATE.search(value):
        raise Invalid("Half of a surrogate pair is not a character.", field=path or "body", code="lone-surrogate")
