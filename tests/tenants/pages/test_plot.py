"""What a plot says: it holds what was read, shows gaps as gaps, and tells the same in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tenants.domain.console import SPANS, Indicator
from tenants.domain.newest import Latest
from tenants.domain.series import Stretch
from tenants.enums import SnapshotStatus
from tenants.models import HealthSnapshot
from tenants.pages.plot import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    in_runs,
    number,
    plot,
    sparkline,
    what_it_says,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
DAY = SPANS["24h"]


def stretch(hours_ago, value=10, *, low=None, high=None, worst="green"):
    starts_at = NOON - timedelta(hours=hours_ago)
    low, high = value if low is None else low, value if high is None else high
    last_at = starts_at + timedelta(minutes=5)
    return Stretch(
        starts_at, Decimal(low), Decimal(high), Decimal(value), last_at, Decimal(value), 1, SnapshotStatus(worst)
    )


def steadily(first, last, *, every=0.25, **fields):
    steps = int((first - last) / every)
    return [stretch(first - step * every, **fields) for step in range(steps + 1)]


def drawn(shown, *, marks=(), span=DAY, threshold=None, taken_at=NOON, **data):
    snapshot = HealthSnapshot(
        kind="sli",
        name="latency",
        value=Decimal("12.5"),
        status="green",
        threshold=threshold,
        taken_at=taken_at,
        data=data,
    )
    indicator = Indicator(Latest(snapshot, stale=False), shown)
    return plot(indicator, span=span, marks=list(marks), at=NOON, zone=BERLIN)


def test_a_steady_series_is_one_line_without_a_gap():
    found = drawn(steadily(23.75, 0.25))
    assert (len(found.lines), len(found.bands), found.dots, found.gaps) == (1, 1, [], [])
    assert found.said == "latency, last 24h: 12.5, Green, < 1 min ago; between 10 and 10"


def test_a_time_without_readings_is_a_gap_in_line_and_words():
    found = drawn([*steadily(23.75, 16), *steadily(11, 0.25)])
    assert (len(found.lines), len(found.gaps)) == (2, 1)
    assert found.gaps[0].title == "no reading from 1 Mar 21:05 to 2 Mar 02:00"
    assert "no reading from 1 Mar 21:05 to 2 Mar 02:00" in found.said


@pytest.mark.parametrize(
    ("shown", "gaps"),
    [
        (steadily(23, 1, every=1), []),  # hourly, as it always is
        (steadily(20, 1, every=1), [(24, 20)]),  # began late
        (steadily(23, 6, every=1), [(6 - 5 / 60, 0)]),  # ended early
        ([*steadily(23, 12, every=1), *steadily(9, 1, every=1)], []),  # two missing of an hourly one
        ([*steadily(23, 12, every=1), *steadily(8, 1, every=1)], [(12 - 5 / 60, 8)]),
        ([stretch(12)], [(24, 12), (12 - 5 / 60, 0)]),  # one reading alone
    ],
)
def test_what_is_a_gap(shown, gaps):
    runs, found = in_runs(shown, step=QUARTER, since=NOON - 24 * HOUR, until=NOON)
    assert [one for run in runs for one in run] == shown
    assert [(NOON - begin, NOON - end) for begin, end in found] == [
        (timedelta(hours=begin), timedelta(hours=end)) for begin, end in gaps
    ]


def test_a_spike_reaches_as_high_as_the_field_lets_it():
    found = drawn([*steadily(23.75, 12), stretch(11.75, 10, high=900), *steadily(11.5, 0.25)])
    [band] = found.bands
    heights = [float(point.split()[1]) for point in band.strip("MZ").split("L")]
    assert TOP <= min(heights) < TOP + 10
    assert max(heights) <= BOTTOM


def test_levels_stand_in_the_field_even_when_no_reading_reaches_them():
    found = drawn(steadily(23.75, 0.25), threshold=Decimal(500), warning=400)
    assert TOP <= found.threshold < found.warning < BOTTOM
    assert "threshold 500" in found.said
    assert drawn(steadily(23.75, 0.25), warning="soon").warning is None


def test_bad_times_are_told_apart_and_neighbours_together():
    shown = [stretch(3), stretch(2, worst="red"), stretch(1.75, worst="red"), stretch(1.5, worst="amber"), stretch(1)]
    assert [(piece.tone, piece.title) for piece in drawn(shown).bad_times] == [
        ("bad", "Red from 2 Mar 11:00 to 2 Mar 11:30"),
        ("warn", "Amber from 2 Mar 11:30 to 2 Mar 11:45"),
    ]


def test_marks_of_the_span_stand_at_their_moment():
    def change(kind, hours_ago, status="green", **data):
        return HealthSnapshot(
            kind=kind, name="ingest", status=status, taken_at=NOON - timedelta(hours=hours_ago), data=data
        )

    marks = [change("alert", 6, "red", summary="Slow"), change("deployment", 12, version="4"), change("alert", 25)]
    found = drawn(steadily(23.75, 0.25), marks=marks)
    assert [(mark.x, mark.kind, mark.tone, mark.title) for mark in found.marks] == [
        (LEFT + (RIGHT - LEFT) * 0.75, "alert", "bad", "Alert: Slow, 2 Mar 07:00"),
        (LEFT + (RIGHT - LEFT) * 0.5, "deployment", "accent", "Deployment: ingest 4, 2 Mar 01:00"),
    ]
    assert found.said.endswith("1 × Alert; 1 × Deployment")


def test_nothing_in_the_span_is_said():
    found = drawn([], taken_at=NOON - timedelta(days=3))
    assert (found.lines, found.rows, found.gaps) == ([], [], [])
    assert found.said == "latency, last 24h: 12.5, Green, 3 d 0 h ago; no reading in this time"


@pytest.mark.parametrize(
    ("span", "words", "rows"),
    [
        ("24h", ["18:00", "00:00", "06:00", "12:00"], 24),
        ("7d", ["Tue 24", "Wed 25", "Thu 26", "Fri 27", "Sat 28", "Sun 1", "Mon 2"], 15),
        ("30d", ["1 Feb", "6 Feb", "11 Feb", "16 Feb", "21 Feb", "26 Feb"], 31),
    ],
)
def test_the_axis_is_in_the_readers_zone_and_the_table_short(span, words, rows):
    wanted = SPANS[span]
    every = wanted.step / HOUR
    found = drawn(steadily(wanted.length / HOUR - every, 0, every=every), span=wanted)
    assert [tick.words for tick in found.across] == words
    assert len(found.rows) in (rows, rows + 1)
    assert [row.at for row in found.rows] == sorted((row.at for row in found.rows), reverse=True)


def test_the_table_holds_the_extremes():
    found = drawn([stretch(1.75, 10, low=1, worst="red"), stretch(1.5, 20, high=70), stretch(0.75, 30)])
    assert [(f"{row.at:%H:%M}", row.low, row.high, row.last, row.worst) for row in found.rows] == [
        ("12:00", "30", "30", "30", "green"),
        ("11:00", "1", "70", "20", "red"),
    ]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (99.95, 99.95), (-5, 5), (0, 1e12), (0.001, 0.0011), (499, 501), (-3e9, -2e9)]
)
def test_every_range_has_an_axis(low, high):
    found = drawn([stretch(1, low), stretch(0.75, high)])
    assert 1 <= len(found.up) <= 8
    assert all(TOP <= tick.at <= BOTTOM for tick in found.up)


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (Decimal("99.950000"), "99.95"), (812.5, "812.5"), (1234567, "1,234,567"), (0, "0"), (-3.5, "-3.5")],
)
def test_numbers(value, words):
    assert number(value) == words


def test_changes_in_a_line():
    def said(kind, **data):
        return what_it_says(HealthSnapshot(kind=kind, name="x", data=data))

    assert said("deployment", version="4") == "x 4"
    assert (said("flag", enabled=True), said("flag", enabled=False)) == ("x on", "x off")
    assert said("config", before=1, after=2) == "x: 1 → 2"
    assert said("config", after=[1]) == "x: [1]"
    assert said("alert", summary="Slow") == "Slow"


def test_a_sparkline_needs_two_points():
    def path(shown):
        return sparkline(shown, since=NOON - 24 * HOUR, until=NOON, width=100, height=20)

    assert path([stretch(3)]) == ""
    assert path([stretch(24, 1), stretch(12, 3), stretch(0, 2)]) == "M0 18L50 2L100 10"
    assert path([stretch(24, 1), stretch(0, 1)]) == "M0 10L100 10"
