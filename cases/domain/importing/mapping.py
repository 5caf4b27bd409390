"""The mapping file: which columns of a foreign log mean what. Strict: a slip of the pen is an error, not a loss."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from cases.enums import Priority, Status
from config.errors import Invalid

LARGEST = 1_000_000  # bytes
FIELDS = (
    "subject",
    "description",
    "requester",
    "owner",
    "category",
    "group",
    "channel",
    "severity",
    "impact",
    "tags",
    "by",
    "note",
    "opened_at",
    "resolved_at",
    "closed_at",
)
TIMES = ("opened_at", "resolved_at", "closed_at")
FINAL = ("resolved_at", "closed_at")  # an event row that knew these would know the future
KEYS = frozenset(
    {"rows", "id", "source", "at", "time_format", "timezone", "fields", "accepted", "first_response", "priority"}
    | {"status", "empty", "delimiter", "encoding"}
)
ENCODINGS = {"utf-8": "utf-8-sig", "latin-1": "latin-1"}


class Rows(StrEnum):
    EVENT = "event"
    CASE = "case"


class Accepts(StrEnum):
    LEAVES_NEW = "leaves_new"
    FIRST_ASSIGNMENT = "first_assignment"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: a column, or the same for every row."""

    column: str = ""
    const: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A column whose values mean something here. `otherwise`: what a value not in `meanings` means, "" nothing."""

    column: str
    meanings: Table[str, str]
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`first_response` is "none", "leaves_new" or a column's name behind "column:"."""

    rows: Rows
    id: str
    source: str
    at: str
    time_format: str
    zone: ZoneInfo
    fields: Table[str, Source]
    accepted: Accepts
    first_response: str
    priority: Choice
    status: Choice
    rejects_unknown_status: bool
    empty: frozenset[str]
    delimiter: str
    encoding: str

    @property
    def first_response_column(self) -> str:
        return self.first_response.removeprefix("column:") if self.first_response.startswith("column:") else ""

    @property
    def columns(self) -> list[str]:
        """All that it reads, each once."""
        named = [source.column for source in self.fields.values()]
        all_of_them = [self.id, self.at, self.status.column, self.priority.column, self.first_response_column, *named]
        return [one for one in dict.fromkeys(all_of_them) if one]

    @property
    def identity(self) -> list[str]:
        """Columns that tell one row of a case from another. Not the final facts that a later export repeats on each."""
        if self.rows == Rows.CASE:
            return self.columns
        return [one for one in self.columns if one != self.first_response_column]


def read_mapping(path: Path) -> Mapping:
    """Raises Invalid, with one sentence that names the key."""
    try:
        if path.stat().st_size > LARGEST:
            raise Invalid(f"{path}: a mapping has at most {LARGEST:,} bytes.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as fault:
        raise Invalid(f"{path} cannot be read ({type(fault).__name__}).") from None
    try:
        document = yaml.load(text, Loader=_PlainLoader)  # noqa: S506  a BaseLoader makes texts, lists and tables only
    except (yaml.YAMLError, RecursionError) as fault:
        raise Invalid(f"{path} is no YAML: {' '.join(str(fault).split())}") from None
    try:
        return _mapping(document)
    except Invalid as refusal:
        raise Invalid(f"{path}: {refusal.message}") from None


class _PlainLoader(yaml.BaseLoader):
    """Every scalar is a text as it is written; a key given twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _value in node.value]
        for key in keys:
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, "a key is a word", node.start_mark)
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands there twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def _mapping(document: Any) -> Mapping:
    table = _table(document, "The mapping", KEYS)
    rows = _one_of(table.get("rows", "event"), "rows", Rows)
    events = rows == Rows.EVENT
    source = _text(table, "source", needed=True)
    if len(source) > 80:
        raise Invalid("source: at most 80 characters.")
    fields = {name: _source(value, f"fields.{name}") for name, value in _fields(table.get("fields", {})).items()}
    if events and (ahead := [name for name in FINAL if name in fields]):
        raise Invalid(f"fields.{ahead[0]} goes with rows: case only; an event row must not know what comes later.")
    if not events and "opened_at" not in fields:
        raise Invalid("fields.opened_at is needed with rows: case.")
    for name in TIMES:
        if name in fields and fields[name].const:
            raise Invalid(f"fields.{name} is a column: one time for every case is no time.")
    accepted = _one_of(table.get("accepted", "leaves_new"), "accepted", Accepts)
    if accepted == Accepts.FIRST_ASSIGNMENT and not {"owner", "group"} & fields.keys():
        raise Invalid("accepted: first_assignment needs fields.owner or fields.group.")
    status = _status(table.get("status"), needed=events)
    return Mapping(
        rows=rows,
        id=_text(table, "id", needed=True),
        source=source,
        at=_text(table, "at", needed=events),
        time_format=_time_format(table),
        zone=_zone(_text(table, "timezone") or "UTC"),
        fields=fields,
        accepted=accepted,
        first_response=_first_response(table.get("first_response", "none")),
        priority=_priority(table.get("priority")),
        status=status[0],
        rejects_unknown_status=status[1],
        empty=_empty(table.get("empty", [])),
        delimiter=_delimiter(table),
        encoding=_encoding(table),
    )


def _table(value: Any, name: str, allowed: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{name} is a table of names and values.")
    for key in value:
        if allowed is not None and key not in allowed:
            raise Invalid(f"{name}: {key!r} is not known here; there is {', '.join(sorted(allowed))}.")
    return value


def _fields(value: Any) -> dict[str, Any]:
    return _table(value, "fields", FIELDS)


def _text(table: Table[str, Any], key: str, *, needed: bool = False) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise Invalid(f"{key} is one word or text.")
    if needed and not value.strip():
        raise Invalid(f"{key} is needed.")
    return value.strip()


def _one_of(value: Any, key: str, kind: Any) -> Any:
    if not isinstance(value, str) or value not in list(kind):
        raise Invalid(f"{key}: {value!r} is none of {', '.join(kind)}.")
    return kind(value)


def _source(value: Any, name: str) -> Source:
    if isinstance(value, str) and value.strip():
        return Source(column=value.strip())
    if isinstance(value, dict) and list(value) == ["const"] and isinstance(value["const"], str):
        return Source(const=value["const"].strip())
    raise Invalid(f"{name} is a column's name or {{const: a value}}.")


def _first_response(value: Any) -> str:
    if value in ("none", "leaves_new"):
        return str(value)
    if isinstance(value, dict) and list(value) == ["column"] and isinstance(value["column"], str) and value["column"]:
        return f"column:{value['column'].strip()}"
    raise Invalid("first_response is none, leaves_new or {column: a name}.")


def _meanings(value: Any, name: str, kind: Any) -> dict[str, str]:
    meanings = _table(value, name, None)
    for said, means in meanings.items():
        if not isinstance(means, str) or means not in list(kind):
            raise Invalid(f"{name}: {said!r} means one of {', '.join(kind)}, not {means!r}.")
    return {said.strip(): means for said, means in meanings.items()}


def _priority(value: Any) -> Choice:
    if value is None:
        return Choice("", {}, Priority.P2)
    table = _table(value, "priority", {"column", "map", "default"})
    default = _one_of(table.get("default", Priority.P2.value), "priority.default", Priority)
    column = _text(table, "column")
    if not column:
        if "map" in table:
            raise Invalid("priority.column is needed where there is a priority.map.")
        return Choice("", {}, default)
    return Choice(column, _meanings(table.get("map", {}), "priority.map", Priority), default)


def _status(value: Any, *, needed: bool) -> tuple[Choice, bool]:
    if value is None and not needed:
        return Choice("", {}), False
    table = _table(value, "status", {"column", "map", "unknown"})
    unknown = table.get("unknown", "keep")
    if unknown not in ("keep", "reject"):
        raise Invalid(f"status.unknown: {unknown!r} is none of keep, reject.")
    if not (column := _text(table, "column")):
        raise Invalid("status.column is needed.")
    return Choice(column, _meanings(table.get("map", {}), "status.map", Status)), unknown == "reject"


def _time_format(table: Table[str, Any]) -> str:
    text = _text(table, "time_format")
    if text and "%" not in text:
        raise Invalid(f"time_format: {text!r} is no pattern such as %d/%m/%Y %H:%M.")
    return text


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"timezone: there is no zone {name!r}.") from None


def _empty(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Invalid('empty is a list such as ["?", ""].')
    return frozenset({one.strip() for one in value} | {""})


def _delimiter(table: Table[str, Any]) -> str:
    value = table.get("delimiter", "")
    if not isinstance(value, str):
        raise Invalid("delimiter is one character.")
    value = {"\\t": "\t", "tab": "\t"}.get(value, value)
    if len(value) > 1 or value in ('"', "\n", "\r", "\0"):
        raise Invalid(f"delimiter: {value!r} is not one character that can part columns.")
    return value


def _encoding(table: Table[str, Any]) -> str:
    value = _text(table, "encoding").lower()
    if value and value not in ENCODINGS:
        raise Invalid(f"encoding: {value!r} is none of {', '.join(ENCODINGS)}.")
    return ENCODINGS.get(value, "")
