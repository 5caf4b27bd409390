"""The figures for people: one table, then how each line grows with the number of cases."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.bench.figures import Figure

COLUMNS = ("line", "size", "bar", "", "cold", "median", "p95", "worst", "cpu", "n", "stmts", "bare", "ratio", "MiB")
GROWTH = ("line", "size", "median", "against the smallest", "against the one before")


def table(figures: Sequence[Figure], about: dict[str, object]) -> str:
    head = [f"{name}: {value}" for name, value in about.items()]
    parts = ["\n".join(head), _laid_out([COLUMNS, *map(_row, figures)]), _notes(figures)]
    if grown := list(_growth(figures)):
        parts.append(_laid_out([GROWTH, *grown]))
    return "\n\n".join(part for part in parts if part)


def _row(one: Figure) -> tuple[str, ...]:
    verdict = {None: "", True: "met", False: "MISSED"}[one.met]
    return (
        one.line,
        "" if one.size is None else f"{one.size:,}",
        _bar(one),
        verdict,
        _number(one.cold, one.unit),
        _number(one.median, one.unit),
        _number(one.p95, one.unit),
        _number(one.worst, one.unit),
        _number(one.processor, one.unit),
        str(one.repeats),
        "" if one.statements is None else str(one.statements),
        _number(one.bare, one.unit),
        f"{_ratio(one):.1f}" if one.bare else "",
        "" if one.memory is None else f"{one.memory:,.0f}",
    )


def _bar(one: Figure) -> str:
    parts = []
    if one.bar is not None:
        sign = "≥" if one.at_least else "≤"
        parts.append(f"{one.bar_on} {sign} {_number(one.bar, one.unit)}")
    if one.statements_bar is not None:
        parts.append(f"≤ {one.statements_bar} stmts")
    return ", ".join(parts)


def _ratio(one: Figure) -> float:
    return one.bare / one.median if one.at_least else one.median / one.bare


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def _notes(figures: Sequence[Figure]) -> str:
    return "\n".join(f"{one.line}{f' ({one.size:,})' if one.size else ''}: {one.note}" for one in figures if one.note)


def _growth(figures: Sequence[Figure]) -> Iterator[tuple[str, ...]]:
    lines: dict[str, list[Figure]] = {}
    for one in figures:
        if one.size is not None:
            lines.setdefault(one.line, []).append(one)
    for line, sized in lines.items():
        for before, one in pairwise(sized):
            yield (
                line,
                f"{one.size:,}",
                _number(one.median, one.unit),
                f"× {one.median / sized[0].median:.2f}",
                f"× {one.median / before.median:.2f}",
            )


def _laid_out(rows: Sequence[Sequence[str]]) -> str:
    """Words to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
