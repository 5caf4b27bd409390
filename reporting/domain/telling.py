"""Figures as lines of text, for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.formats import number_format

from reporting.domain.metrics import Metrics, Share, Times
from reporting.domain.replay import Replay


def lines(figures: Metrics) -> Iterator[str]:
    period = figures.period
    yield f"{figures.tenant or 'all tenants'}, {period.first} to {period.last} ({period.zone}), both days counted"
    yield ""
    by_priority = ", ".join(f"{name} {n}" for name, n in figures.opened_by_priority.items())
    yield f"opened {figures.opened}" + (f" ({by_priority})" if by_priority else "")
    yield f"resolved {figures.resolved} · closed {figures.closed} · open at the end {figures.open_at_end}"
    yield f"reopened {share(figures.reopened)} of closed · resolutions rejected {figures.rejected}"
    yield f"escalated {share(figures.escalated)} of opened"
    yield f"first response   {times(figures.first_response)}"
    yield f"time to accept   {times(figures.time_to_accept)}"
    yield f"resolution       {times(figures.resolution)}"
    yield f"CSAT {figures.csat_mean if figures.csat_mean is not None else '–'} (n = {figures.csat_n})"
    yield ""
    yield f"{'promise':<16} {'for':<4} {'windows':>8} {'met':>8} {'late':>8} {'escalated':>9}  attainment (excused out)"
    for promise in figures.promises:
        row = promise.figures
        yield (
            f"{promise.kind:<16} {promise.priority:<4} {row.windows:>8} {row.met:>8} {row.late:>8} "
            f"{row.escalated:>9}  {percent(row.rate)} ({percent(row.rate_without_excused)})"
        )


def replay_lines(found: Replay) -> Iterator[str]:
    period = found.period
    yield f"{found.cases} cases opened {period.first} to {period.last} ({period.zone}), under the policy {found.policy}"
    yield ""
    yield f"{'promise':<16} {'for':<4} {'windows':>8} {'then':>8} {'now':>8} {'met → late':>11} {'late → met':>11}"
    for line in found.lines:
        row = line.compared
        yield (
            f"{line.kind:<16} {line.priority:<4} {row.then.windows:>8} {percent(row.then.rate):>8} "
            f"{percent(row.now.rate):>8} {row.met_to_breached:>11} {row.breached_to_met:>11}"
        )
    if missing := sum(line.compared.not_promised for line in found.lines if line.priority == "all"):
        yield f"{missing} of these windows are not promised by {found.policy}: they count in 'then' alone"


def times(row: Times) -> str:
    if not row.n:
        return "none"
    return f"median {span(row.median_seconds)} · p90 {span(row.p90_seconds)} · n = {row.n}"


def share(row: Share) -> str:
    return f"{row.part} = {percent(row.rate)}"


def percent(rate: float | None) -> str:
    return "–" if rate is None else f"{number_format(100 * rate, decimal_pos=1)} %"


def span(seconds: float | None) -> str:
    """`2 d 3 h`, `1 h 5 min`, `40 s`: the two largest units."""
    left = int(seconds or 0)
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        amount, left = divmod(left, size)
        if amount or (unit == "s" and not parts):
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2])
