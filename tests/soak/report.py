"""What came of a run: the table for people, and whether it is good."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.soak.watch import grown

LONG_ENOUGH = 8  # minutes of load after which growth says something: at the start everything grows


def problems(report: Mapping[str, Any]) -> list[str]:
    """Everything that a good run has not; empty for a good one."""
    found = [f"{check}: {line}" for check, lines in report["findings"].items() for line in lines]
    found += [f"client: {line}" for line in report["wrong answers"]]
    if report["minutes"] >= LONG_ENOUGH:
        found += [f"grows: {row['figure']}" for row in report["growth"] if grown(row)]
    for row in report["readiness"]:
        if row["named after"] is None or row["named after"] > row["within"]:
            found.append(f"readiness: {row['fault']} for {row['lasted']} s, named after {row['named after']}")
    if not report["settled"]["green"]:
        found.append(f"not ready again after {report['settled']['seconds']} s: {report['settled']['health']}")
    if report["settled"]["owed"]:
        found.append(f"still owed after {report['settled']['seconds']} s: {report['settled']['owed']}")
    if report["zombies"]:
        found.append(f"zombies: {report['zombies']}")
    if report["stop"]["left"]:
        found.append(f"left behind: {report['stop']['left']}")
    return found


def table(report: Mapping[str, Any]) -> str:
    lines = [
        f"soak: seed {report['seed']}, {report['minutes']:g} minutes of load, {report['faults']} faults,"
        f" machine load {report['machine load']}",
        f"disk full by {report['disk full by']}",
        "",
        *_rows("requests", report["requests"]),
        *_rows("answers", report["answers"]),
        *_rows("rows", report["counted"]),
        *_rows("faults", report["kinds"]),
        f"settled in {report['settled']['seconds']} s, stopped in {report['stop']['seconds']} s",
        "",
        f"{'figure':<20} {'3rd quarter':>12} {'last quarter':>12} {'worst':>8}",
    ]
    lines += [
        f"{row['figure']:<20} {row['third quarter']:>12g} {row['last quarter']:>12g} {row['worst']:>8g}"
        for row in report["growth"]
    ]
    lines += ["", f"{'readiness named':<24} {'times':>5} {'slowest':>8}"]
    for name, times in _by_fault(report["readiness"]).items():
        slowest = "never" if None in times else f"{max(times):g} s"
        lines.append(f"{name:<24} {len(times):>5} {slowest:>8}")
    lines += ["", f"{'check':<60} found"]
    lines += [f"{name:<60} {len(found):>5}" for name, found in report["findings"].items()]
    bad = problems(report)
    lines += ["", *bad, f"{len(bad)} problems" if bad else "nothing found"]
    return "\n".join(lines)


def outcomes(asked: Sequence[Any]) -> dict[str, int]:
    return dict(sorted(Counter(f"{one.what} {one.outcome}" for one in asked).items()))


def _by_fault(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["fault"], []).append(row["named after"])
    return found


def _rows(title: str, values: Mapping[str, Any]) -> list[str]:
    return [f"{title}: " + ", ".join(f"{name} {value}" for name, value in values.items()), ""]
