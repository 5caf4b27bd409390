"""A series of readings as a small drawing, said in words as well: what a person sees, a screen reader hears."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import groupby, pairwise
from math import ceil, floor, log10
from statistics import median
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config.spans import span_words
from tenants.domain.console import Indicator, Span
from tenants.domain.series import Stretch
from tenants.enums import SnapshotKind, SnapshotStatus
from tenants.models import HealthSnapshot

WIDTH, HEIGHT = 360, 128
LEFT, RIGHT, TOP, BOTTOM = 40, 352, 12, 100  # of the field that values are drawn in
AIR = 0.08  # of the values' range, above and below
TONES = {SnapshotStatus.GREEN: "ok", SnapshotStatus.AMBER: "warn", SnapshotStatus.RED: "bad"}
BAD = (SnapshotStatus.AMBER, SnapshotStatus.RED)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """An alert or a deployment at its moment."""

    x: float
    kind: str
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the time axis: a gap, or a time that was bad."""

    x: float
    width: float
    title: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """Of the table behind the drawing."""

    at: datetime
    low: str
    high: str
    last: str
    worst: SnapshotStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """`bands` reach from the lowest to the highest of each stretch, `lines` go through the last values."""

    bands: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)
    threshold: float | None = None
    warning: float | None = None
    across: list[Tick] = field(default_factory=list)
    up: list[Tick] = field(default_factory=list)
    gaps: list[Piece] = field(default_factory=list)
    bad_times: list[Piece] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    said: str = ""


def number(value: Any) -> str:
    """As much of it as a person compares: 99.95, 812.5, 1,234,567."""
    if value is None:
        return "–"
    value = float(value)
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.5g}"


def plot(indicator: Indicator, *, span: Span, marks: Sequence[HealthSnapshot], at: datetime, zone: tzinfo) -> Plot:
    """Without readings in the span a field with its axis, and words that say so."""
    shown = indicator.stretches
    since = at - span.length
    across = _across(since, at)
    marked = _marks([one for one in marks if since <= one.taken_at <= at], across=across, zone=zone)
    ticks = [Tick(across(moment), words) for moment, words in _moments(since, at, zone=zone)]
    if not shown:
        return Plot(
            across=ticks, marks=marked, said=_said(indicator, span=span, gaps=[], marks=marked, zone=zone, at=at)
        )
    snapshot = indicator.now.snapshot
    threshold = None if snapshot.threshold is None else float(snapshot.threshold)
    warning = _warning(snapshot)
    levels = [level for level in (threshold, warning) if level is not None]
    low = min([float(one.low) for one in shown] + levels)
    high = max([float(one.high) for one in shown] + levels)
    up, scale = _upright(low, high)
    runs, gaps = in_runs(shown, step=span.step, since=since, until=at)
    return Plot(
        bands=[_band(run, across=across, up=up) for run in runs if len(run) > 1],
        lines=[_path([(across(one.last_at), up(one.last)) for one in run]) for run in runs if len(run) > 1],
        dots=[(across(run[0].last_at), up(run[0].last)) for run in runs if len(run) == 1],
        threshold=None if threshold is None else up(threshold),
        warning=None if warning is None else up(warning),
        across=ticks,
        up=scale,
        gaps=[
            Piece(across(begin), round(across(end) - across(begin), 1), _without(begin, end, zone=zone))
            for begin, end in gaps
        ],
        bad_times=_bad_times(shown, step=span.step, across=across, until=at, zone=zone),
        marks=marked,
        rows=_rows(shown, span=span, zone=zone),
        said=_said(indicator, span=span, gaps=gaps, marks=marked, zone=zone, at=at),
    )


def in_runs(
    shown: Sequence[Stretch], *, step: timedelta, since: datetime, until: datetime
) -> tuple[list[list[Stretch]], list[tuple[datetime, datetime]]]:
    """Readings that follow one another, and the times without any: more than three times as long as is usual here."""
    distances = [(after.starts_at - before.starts_at).total_seconds() for before, after in pairwise(shown)]
    usual = timedelta(seconds=median(distances)) if distances else step
    longest = max(2 * step, 3 * usual)
    runs: list[list[Stretch]] = [[shown[0]]]
    gaps = [(since, shown[0].starts_at)] if shown[0].starts_at - since > longest else []
    for before, after in pairwise(shown):
        if after.starts_at - before.starts_at > longest:
            gaps.append((before.last_at, after.starts_at))
            runs.append([after])
        else:
            runs[-1].append(after)
    if until - shown[-1].last_at > longest:
        gaps.append((shown[-1].last_at, until))
    return runs, gaps


def sparkline(shown: Sequence[Stretch], *, since: datetime, until: datetime, width: int, height: int) -> str:
    """The path through the mean of each stretch; empty for fewer than two."""
    if len(shown) < 2:
        return ""
    means = [float(one.total) / one.count for one in shown]
    low, high = min(means), max(means)
    length = (until - since).total_seconds()
    return _path(
        [
            (
                round(width * (one.starts_at - since).total_seconds() / length, 1),
                round(height - 2 - (height - 4) * ((mean - low) / (high - low) if high > low else 0.5), 1),
            )
            for one, mean in zip(shown, means, strict=True)
        ]
    )


# --- Scales ---------------------------------------------------------------------------------------------------------
def _across(since: datetime, until: datetime) -> Callable[[datetime], float]:
    length = (until - since).total_seconds()

    def across(moment: datetime) -> float:
        part = (moment - since).total_seconds() / length
        return round(LEFT + (RIGHT - LEFT) * max(0.0, min(1.0, part)), 1)

    return across


def _upright(low: float, high: float) -> tuple[Callable[[Any], float], list[Tick]]:
    air = (high - low) * AIR or abs(high) * AIR or 1
    bottom, top = low - air, high + air
    if low >= 0:
        bottom = max(bottom, 0)

    def up(value: Any) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (float(value) - bottom) / (top - bottom), 1)

    return up, [Tick(up(value), number(value)) for value in _round_values(bottom, top)]


def _round_values(bottom: float, top: float) -> list[float]:
    """Two to five of them: multiples of 1, 2 or 5 of the fitting power of ten."""
    rough = (top - bottom) / 3
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (5, 2, 1) if factor * power <= rough)
    first = ceil(bottom / step)
    values = [round(place * step, 10) for place in range(first, first + 12)]
    return [value for value in values if bottom <= value <= top]


def _moments(since: datetime, until: datetime, *, zone: tzinfo) -> Iterable[tuple[datetime, str]]:
    """Round ones of the reader's own clock: every six hours, every day, every five days."""
    length = until - since
    first = since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    if length <= DAY:
        for hour in range(1, 26):
            moment = (since + hour * HOUR).astimezone(zone).replace(minute=0, second=0, microsecond=0)
            if moment.hour % 6 == 0 and since < moment < until:
                yield moment, f"{moment:%H:%M}"
        return
    every = 1 if length <= 7 * DAY else 5
    for days in range(1, length.days + 2, every):
        moment = first.replace(hour=0) + days * DAY
        if since < moment < until:
            yield moment, date_format(moment, _("D j") if every == 1 else _("j M"))


# --- Shapes ---------------------------------------------------------------------------------------------------------
def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _band(run: Sequence[Stretch], *, across: Callable[[datetime], float], up: Callable[[Any], float]) -> str:
    above = [(across(one.last_at), up(one.high)) for one in run]
    below = [(across(one.last_at), up(one.low)) for one in reversed(run)]
    return _path(above + below) + "Z"


def _warning(snapshot: HealthSnapshot) -> float | None:
    """Snapshots from before the contract may say anything here."""
    told = snapshot.data.get("warning")
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _bad_times(
    shown: Sequence[Stretch], *, step: timedelta, across: Callable[[datetime], float], until: datetime, zone: tzinfo
) -> list[Piece]:
    """Neighbours of one status are one piece."""
    pieces: list[tuple[datetime, datetime, SnapshotStatus]] = []
    for one in shown:
        if one.worst not in BAD:
            continue
        end = min(one.starts_at + step, until)
        if pieces and pieces[-1][2] == one.worst and pieces[-1][1] >= one.starts_at:
            pieces[-1] = (pieces[-1][0], end, one.worst)
        else:
            pieces.append((one.starts_at, end, one.worst))
    return [
        Piece(
            across(begin),
            max(2.0, round(across(end) - across(begin), 1)),
            _("{status} from {begin} to {end}").format(
                status=status.label, begin=_clock(begin, zone=zone), end=_clock(end, zone=zone)
            ),
            TONES[status],
        )
        for begin, end, status in pieces
    ]


def _marks(told: Iterable[HealthSnapshot], *, across: Callable[[datetime], float], zone: tzinfo) -> list[Mark]:
    return [
        Mark(
            across(one.taken_at),
            one.kind,
            TONES[SnapshotStatus(one.status)] if one.kind == SnapshotKind.ALERT else "accent",
            f"{one.get_kind_display()}: {what_it_says(one)}, {_clock(one.taken_at, zone=zone)}",
        )
        for one in told
    ]


def what_it_says(snapshot: HealthSnapshot) -> str:
    """A change or an alert in a line."""
    data = snapshot.data
    if snapshot.kind == SnapshotKind.ALERT:
        return str(data.get("summary", snapshot.name))
    if snapshot.kind == SnapshotKind.DEPLOYMENT:
        return f"{snapshot.name} {data.get('version', '')}".strip()
    if snapshot.kind == SnapshotKind.FLAG:
        return (
            _("{name} on").format(name=snapshot.name)
            if data.get("enabled")
            else _("{name} off").format(name=snapshot.name)
        )
    if "before" in data:
        return _("{name}: {before} → {after}").format(
            name=snapshot.name, before=data["before"], after=data.get("after")
        )
    return f"{snapshot.name}: {data.get('after', '')}"


# --- Words ----------------------------------------------------------------------------------------------------------
def _clock(moment: datetime, *, zone: tzinfo) -> str:
    return date_format(moment.astimezone(zone), _("j M H:i"))


def _without(begin: datetime, end: datetime, *, zone: tzinfo) -> str:
    return _("no reading from {begin} to {end}").format(begin=_clock(begin, zone=zone), end=_clock(end, zone=zone))


def _said(
    indicator: Indicator,
    *,
    span: Span,
    gaps: Sequence[tuple[datetime, datetime]],
    marks: Sequence[Mark],
    zone: tzinfo,
    at: datetime,
) -> str:
    snapshot, shown = indicator.now.snapshot, indicator.stretches
    ago = span_words((at - snapshot.taken_at).total_seconds())
    parts = [
        _("{name}, last {span}: {value}, {status}, {ago} ago").format(
            name=snapshot.name,
            span=span.name,
            value=number(snapshot.value),
            status=snapshot.get_status_display(),
            ago=ago,
        )
    ]
    if snapshot.threshold is not None:
        parts.append(_("threshold {threshold}").format(threshold=number(snapshot.threshold)))
    if shown:
        lowest, highest = min(one.low for one in shown), max(one.high for one in shown)
        parts.append(_("between {low} and {high}").format(low=number(lowest), high=number(highest)))
    else:
        parts.append(_("no reading in this time"))
    parts += [_without(begin, end, zone=zone) for begin, end in gaps]
    for kind in (SnapshotKind.ALERT, SnapshotKind.DEPLOYMENT):
        if count := sum(mark.kind == kind for mark in marks):
            parts.append(f"{count} × {kind.label}")
    return "; ".join(parts)


def _rows(shown: Sequence[Stretch], *, span: Span, zone: tzinfo) -> list[Row]:
    """The same numbers by the hour, the half day or the day; the newest first."""

    def begins(one: Stretch) -> datetime:
        local = one.starts_at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        if span.length <= DAY:
            return local
        return local.replace(hour=0 if span.length > 7 * DAY else local.hour // 12 * 12)

    rows = []
    for moment, group in groupby(shown, key=begins):
        one = list(group)
        rows.append(
            Row(
                at=moment,
                low=number(min(stretch.low for stretch in one)),
                high=number(max(stretch.high for stretch in one)),
                last=number(one[-1].last),
                worst=max((stretch.worst for stretch in one), key=list(TONES).index),
            )
        )
    return rows[::-1]
