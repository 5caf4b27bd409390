"""Data contracts of telemetry: what a snapshot of each kind must say. Published in docs/telemetry.md.

A snapshot that is readable but breaks its contract is refused (422), so that the old value stays.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict

from tenants.enums import SnapshotKind, SnapshotStatus

MAX_SNAPSHOTS = 1000
AHEAD_AT_MOST = timedelta(minutes=5)
NUMBER_LIMIT = 10**13  # what a numeric(20, 6) column takes with room


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


NEEDS_VALUE = frozenset({SnapshotKind.SLI, SnapshotKind.USAGE, SnapshotKind.ERROR_RATE})
# kind: the names in `data` that must be there, with their types.
DATA: Mapping[str, Mapping[str, type]] = {
    SnapshotKind.FLAG: {"enabled": bool},
    SnapshotKind.DEPLOYMENT: {"version": str},
    SnapshotKind.ALERT: {"summary": str},
}


def broken(snapshot: Snapshot, *, at: datetime) -> Iterator[tuple[str, str, str]]:
    """What is wrong with it: (field, code, message) each."""
    kind = snapshot["kind"]
    if kind not in SnapshotKind.values:
        yield "kind", "invalid_choice", f"One of {', '.join(SnapshotKind.values)}."
        return
    if snapshot["status"] not in SnapshotStatus.values:
        yield "status", "invalid_choice", f"One of {', '.join(SnapshotStatus.values)}."
    if not snapshot["name"].strip() or len(snapshot["name"]) > 120:
        yield "name", "invalid", "1 to 120 characters."
    if kind in NEEDS_VALUE and snapshot.get("value") is None:
        yield "value", "required", f"A snapshot of kind {kind} needs a value."
    for name in ("value", "threshold"):
        number = snapshot.get(name)
        if isinstance(number, int | float) and not abs(number) < NUMBER_LIMIT:
            yield name, "out-of-range", "Too large."
    data = snapshot.get("data") or {}
    for name, wanted in DATA.get(kind, {}).items():
        if not isinstance(data.get(name), wanted):
            yield f"data.{name}", "required", f"A snapshot of kind {kind} says this as {TYPE_NAMES[wanted]}."
    if snapshot["taken_at"] > at + AHEAD_AT_MOST:
        yield "taken_at", "in-the-future", "More than five minutes ahead of our clock."


TYPE_NAMES = {bool: "true or false", str: "a text"}
