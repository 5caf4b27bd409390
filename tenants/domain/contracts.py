"""Data contracts of telemetry: what a snapshot of each kind must say. Told in docs/telemetry.md, and as JSON Schemas at
`/api/v1/telemetry/schemas/`; both the schema and the check are read from CONTRACTS.

A snapshot that is readable but breaks its contract is refused (422), so that the old value stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from tenants.enums import SnapshotKind, SnapshotStatus

MAX_SNAPSHOTS = 1000
AHEAD_AT_MOST = timedelta(minutes=5)
NUMBER_LIMIT = 10**13  # what a numeric(20, 6) column takes with room
NAME_LENGTH = 120
TEXT_LENGTH = 500

Fault = tuple[str, str, str]  # field, code, message


class Snapshot(TypedDict, total=False):
    """One reading as it is sent. `resource` is a key; `taken_at` is aware."""

    kind: str
    name: str
    resource: str | None
    value: float | int | None
    threshold: float | int | None
    status: str
    data: dict[str, Any]
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One name in `data`. `type` is JSON's own word, or `any`; `least` and `most` bound a number."""

    name: str
    type: str
    words: str
    required: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """`value` and `threshold` say what the numbers are; without words for `value` there may be none."""

    words: str
    value: str = ""
    threshold: str = ""
    data: tuple[Said, ...] = ()


UNIT = Said(name="unit", type="string", words="What the numbers count, such as ms or %.")
BY = Said(name="by", type="string", words="Who or what did it.")
URL = Said(name="url", type="string", words="Where it is told in full.")

CONTRACTS: Mapping[SnapshotKind, Contract] = {
    SnapshotKind.SLI: Contract(
        words="An indicator of how well the tenant is served, measured regularly.",
        value="What was measured.",
        threshold="What was promised.",
        data=(UNIT, Said(name="warning", type="number", words="Where trouble begins, before the threshold.")),
    ),
    SnapshotKind.ERROR_RATE: Contract(
        words="How much of what was asked failed.",
        value="The share of failures.",
        threshold="The most that is right.",
        data=(UNIT, Said(name="warning", type="number", words="Where trouble begins, before the threshold.")),
    ),
    SnapshotKind.ERROR_BUDGET: Contract(
        words="What is left of the errors that an objective allows in a month; its name is the objective's.",
        value="Percent of the month's budget that is left; below 0 when it is overspent.",
        data=(
            Said(
                name="burn_rate",
                type="number",
                words="How fast it is spent: at 1 the budget lasts exactly the month.",
                required=True,
                least=0,
            ),
            Said(name="objective", type="number", words="The objective in percent.", least=0, most=100),
        ),
    ),
    SnapshotKind.ALERT: Contract(
        words="An alarm of the monitoring: red or amber when it goes off, green when it is over.",
        data=(Said(name="summary", type="string", words="What it says.", required=True), URL),
    ),
    SnapshotKind.DEPLOYMENT: Contract(
        words="A version that went live; its name is what was deployed.",
        data=(
            Said(name="version", type="string", words="The version that runs now.", required=True),
            Said(name="previous", type="string", words="The version before."),
            BY,
            URL,
        ),
    ),
    SnapshotKind.CONFIG: Contract(
        words="A setting that was changed; its name is the setting's.",
        data=(
            Said(name="after", type="any", words="What it is now.", required=True),
            Said(name="before", type="any", words="What it was."),
            BY,
            URL,
        ),
    ),
    SnapshotKind.FLAG: Contract(
        words="A feature flag of the tenant's, sent when it is switched.",
        data=(Said(name="enabled", type="boolean", words="Whether it is on.", required=True), BY),
    ),
    SnapshotKind.EXPERIMENT: Contract(
        words="An experiment that the tenant is part of, sent when it begins, changes or ends.",
        data=(
            Said(name="running", type="boolean", words="Whether it still runs.", required=True),
            Said(name="variant", type="string", words="Which variant the tenant gets.", required=True),
            Said(name="share", type="number", words="Percent of its users who are in it.", least=0, most=100),
            URL,
        ),
    ),
    SnapshotKind.USAGE: Contract(
        words="How much the tenant uses, measured regularly.",
        value="The amount.",
        threshold="The limit of the plan.",
        data=(UNIT,),
    ),
    SnapshotKind.ENTITLEMENT: Contract(
        words="What the product answered when it checked an entitlement; its name is the feature's.",
        value="How much was asked for.",
        threshold="How much the tenant is entitled to.",
        data=(Said(name="allowed", type="boolean", words="Whether it was given.", required=True),),
    ),
}


def broken(snapshot: Snapshot, *, at: datetime) -> Iterator[Fault]:
    """What is wrong with it."""
    kind = snapshot["kind"]
    if kind not in SnapshotKind.values:
        yield "kind", "invalid_choice", f"One of {', '.join(SnapshotKind.values)}."
        return
    contract = CONTRACTS[SnapshotKind(kind)]
    if snapshot["status"] not in SnapshotStatus.values:
        yield "status", "invalid_choice", f"One of {', '.join(SnapshotStatus.values)}."
    if not snapshot["name"].strip() or len(snapshot["name"]) > NAME_LENGTH:
        yield "name", "invalid", f"1 to {NAME_LENGTH} characters."
    if contract.value and snapshot.get("value") is None:
        yield "value", "required", f"A snapshot of kind {kind} needs a value: {contract.value}"
    for name in ("value", "threshold"):
        number = snapshot.get(name)
        if isinstance(number, int | float) and not abs(number) < NUMBER_LIMIT:
            yield name, "out-of-range", "Too large."
    data = snapshot.get("data") or {}
    for said in contract.data:
        yield from _broken_name(said, data, kind=kind)
    if snapshot["taken_at"] > at + AHEAD_AT_MOST:
        yield "taken_at", "in-the-future", "More than five minutes ahead of our clock."


def _broken_name(said: Said, data: Mapping[str, Any], *, kind: str) -> Iterator[Fault]:
    field = f"data.{said.name}"
    if said.name not in data:
        if said.required:
            yield field, "required", f"A snapshot of kind {kind} must say this. {said.words}"
        return
    value = data[said.name]
    if said.type == "any":
        return
    if said.type == "boolean" and not isinstance(value, bool):
        yield field, "invalid", f"True or false. {said.words}"
    if said.type == "string" and not (isinstance(value, str) and said.required <= len(value) <= TEXT_LENGTH):
        yield field, "invalid", f"A text of {int(said.required)} to {TEXT_LENGTH} characters. {said.words}"
    if said.type == "number" and not _is_number(value, least=said.least, most=said.most):
        yield field, "invalid", f"A number{_bounds_in_words(said)}. {said.words}"


def _is_number(value: Any, *, least: float | None, most: float | None) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < NUMBER_LIMIT:
        return False
    return (least is None or value >= least) and (most is None or value <= most)


def _bounds_in_words(said: Said) -> str:
    if said.least is not None and said.most is not None:
        return f" from {said.least:g} to {said.most:g}"
    return "" if said.least is None else f" of {said.least:g} or more"


def schemas() -> dict[str, dict[str, Any]]:
    """By kind, the JSON Schema (2020-12) of one snapshot. That `taken_at` is not in the future no schema can say."""
    return {kind.value: _schema(kind, contract) for kind, contract in CONTRACTS.items()}


def _schema(kind: SnapshotKind, contract: Contract) -> dict[str, Any]:
    required = ["kind", "name", "status", "taken_at"]
    if contract.value:
        required.append("value")
    if needed := [said.name for said in contract.data if said.required]:
        required.append("data")
    data: dict[str, Any] = {"type": "object", "properties": {said.name: _schema_of(said) for said in contract.data}}
    if needed:
        data["required"] = needed
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Snapshot of kind {kind}",
        "description": contract.words,
        "type": "object",
        "properties": {
            "kind": {"const": kind.value},
            "name": {"type": "string", "pattern": r"\S", "maxLength": NAME_LENGTH},
            "resource": {"type": ["string", "null"], "maxLength": NAME_LENGTH, "description": "A resource's key."},
            "value": _number("number" if contract.value else ["number", "null"], contract.value),
            "threshold": _number(["number", "null"], contract.threshold),
            "status": {"enum": SnapshotStatus.values},
            "data": data,
            "taken_at": {"type": "string", "format": "date-time", "description": "When it was true."},
        },
        "required": required,
        "additionalProperties": False,
    }


def _number(kind: str | list[str], words: str) -> dict[str, Any]:
    bounds = {"exclusiveMinimum": -NUMBER_LIMIT, "exclusiveMaximum": NUMBER_LIMIT}
    return {"type": kind, **bounds} | ({"description": words} if words else {})


def _schema_of(said: Said) -> dict[str, Any]:
    if said.type == "any":
        return {"description": said.words}
    if said.type == "number":
        schema = _number("number", said.words)
        if said.least is not None:
            schema |= {"minimum": said.least}
            del schema["exclusiveMinimum"]
        if said.most is not None:
            schema |= {"maximum": said.most}
            del schema["exclusiveMaximum"]
        return schema
    schema = {"type": said.type, "description": said.words}
    if said.type == "string":
        schema |= {"minLength": int(said.required), "maxLength": TEXT_LENGTH}
    return schema
