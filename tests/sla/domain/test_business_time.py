from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.business_time import Hours, Target, before, counted, due, elapsed, is_open, windows
from sla.domain.refusals import BadPause, BadQuestion, CalendarError, NeverOpens, TooFar

HOUR = 3600
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
BERLIN = {
    "timezone": "Europe/Berlin",
    "weekly_hours": {
        "mon": [["08:00", "12:00"], ["13:00", "18:00"]],
        "fri": [["08:00", "18:00"]],
        "sat": [["22:00", "06:00"]],
    },
    "date_hours": {"2026-12-24": [["08:00", "12:00"]]},
    "holidays": ["2026-12-25"],
    "holiday_regions": ["DE-BE"],
}


def hours(weekly=OFFICE, timezone="UTC", **rest):
    return Hours.from_spec({"timezone": timezone, "weekly_hours": weekly, **rest})


def at(text):
    return datetime.fromisoformat(text)


def seconds(n):
    return Target(n, "seconds")


def shown(found):
    return [(opens.isoformat()[:16], closes.isoformat()[:16]) for opens, closes in found]


# --- due ------------------------------------------------------------------------------------------------------------


def test_example_of_the_simulators_page():
    assert due(Hours.from_spec(BERLIN), at("2026-11-20T17:30:00+01:00"), seconds(5400)) == at("2026-11-21T22:00:00Z")


def test_two_business_days_from_friday_three_are_due_tuesday_three():
    target = Target(2, "business_days")
    assert due(hours(), at("2026-11-20T15:00Z"), target) == at("2026-11-24T15:00Z")


@pytest.mark.parametrize(
    ("start", "target", "expected"),
    [
        ("2026-11-20T16:00Z", 1 * HOUR, "2026-11-20T17:00Z"),  # exactly at closing it stays there
        ("2026-11-20T16:00Z", 1 * HOUR + 1, "2026-11-23T09:00:01Z"),
        ("2026-11-20T20:00Z", 8 * HOUR, "2026-11-23T17:00Z"),
        ("2026-11-21T10:00Z", 1, "2026-11-23T09:00:01Z"),
        ("2026-11-20T12:00Z", 0, "2026-11-20T12:00Z"),  # open
        ("2026-11-20T09:00Z", 0, "2026-11-20T09:00Z"),  # an opening
        ("2026-11-20T17:00Z", 0, "2026-11-20T17:00Z"),  # a closing
        ("2026-11-20T17:00:01Z", 0, "2026-11-23T09:00Z"),  # else the next opening
        ("2026-11-20T08:59:59.5Z", 1, "2026-11-20T09:00:01Z"),
    ],
)
def test_due(start, target, expected):
    assert due(hours(), at(start), seconds(target)) == at(expected)


@pytest.mark.parametrize(
    ("start", "target", "pauses", "expected"),
    [
        ("10:00", 2 * HOUR, [("11:00", "12:00")], "13:00"),
        ("10:00", 1 * HOUR, [("11:00", "12:00")], "11:00"),  # used up just as the pause begins
        ("10:00", 1 * HOUR, [("11:00", None)], "11:00"),
        ("10:00", 1 * HOUR + 1, [("11:00", None)], None),
        ("10:00", 2 * HOUR, [("09:00", "10:30"), ("11:00", "11:15"), ("11:10", "11:30")], "13:00"),
        ("10:00", 2 * HOUR, [("11:10", "11:30"), ("09:00", "10:30"), ("11:00", "11:15")], "13:00"),
        ("10:00", 2 * HOUR, [("08:00", "09:30")], "12:00"),
        ("10:00", 2 * HOUR, [("11:00", "11:00")], "12:00"),
        ("10:00", 0, [("09:30", "11:00")], "11:00"),  # a pause is closed
        ("10:00", 0, [("10:00", "11:00")], "10:00"),  # its beginning is a closing
        ("10:00", 0, [("09:30", None)], None),
        ("18:00", 0, [("20:00", None)], None),
        ("09:00", 0, [("09:00", "10:00")], "10:00"),  # an opening into a pause is neither open nor a closing
    ],
)
def test_due_with_pauses(start, target, pauses, expected):
    def moment(clock):
        return at(f"2026-11-20T{clock}Z") if clock else None

    found = due(hours(), moment(start), seconds(target), [(moment(a), moment(b)) for a, b in pauses])
    assert found == moment(expected)


def test_pausing_from_closing_to_opening_costs_nothing():
    plain = due(hours(), at("2026-11-20T16:00Z"), seconds(3 * HOUR))
    paused = due(
        hours(), at("2026-11-20T16:00Z"), seconds(3 * HOUR), [(at("2026-11-20T17:00Z"), at("2026-11-23T09:00Z"))]
    )
    assert plain == paused == at("2026-11-23T11:00Z")


def test_a_pause_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadPause):
        due(hours(), at("2026-11-20T10:00Z"), seconds(1), [(at("2026-11-20T11:00Z"), at("2026-11-20T10:59Z"))])


def test_wall_seconds_do_not_know_the_calendar():
    target = Target(24 * HOUR, "wall_seconds")
    assert due(hours(), at("2026-11-20T17:30Z"), target) == at("2026-11-21T17:30Z")
    assert due(hours({}), at("2026-11-20T17:30Z"), target) == at("2026-11-21T17:30Z")
    assert due(None, at("2026-11-20T17:30Z"), target) == at("2026-11-21T17:30Z")
    assert before(None, at("2026-11-20T17:30Z"), target) == at("2026-11-19T17:30Z")


# --- calendars ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weekly", "expected"),
    [
        ([["22:00", "06:00"]], [("2026-11-21T22:00", "2026-11-22T06:00")]),
        ([["22:00", "00:00"]], [("2026-11-21T22:00", "2026-11-22T00:00")]),
        ([["22:00", "24:00"]], [("2026-11-21T22:00", "2026-11-22T00:00")]),
        ([["08:00", "08:00"]], [("2026-11-21T08:00", "2026-11-22T08:00")]),
        ([["00:00", "00:00"]], [("2026-11-21T00:00", "2026-11-22T00:00")]),
        ([["10:00", "14:00"], ["08:00", "12:00"]], [("2026-11-21T08:00", "2026-11-21T14:00")]),
        ([["08:00", "18:00"], ["09:00", "10:00"]], [("2026-11-21T08:00", "2026-11-21T18:00")]),
    ],
)
def test_intervals_of_a_day(weekly, expected):
    assert shown(windows(hours({"sat": weekly}), at("2026-11-20T00:00Z"), 1)) == expected


def test_an_overnight_shift_keeps_its_tail_into_a_holiday_and_own_dates():
    calendar = hours(
        {"fri": [["22:00", "06:00"]], "sat": [["05:00", "10:00"]], "mon": [["22:00", "06:00"]]},
        holidays=["2026-11-21"],
        date_hours={"2026-11-24": [["04:00", "08:00"]]},
    )
    assert shown(windows(calendar, at("2026-11-20T12:00Z"), 2)) == [
        ("2026-11-20T22:00", "2026-11-21T06:00"),
        ("2026-11-23T22:00", "2026-11-24T08:00"),  # overlapping counts once
    ]
    assert elapsed(calendar, at("2026-11-23T00:00Z"), at("2026-11-25T00:00Z")) == timedelta(hours=10)


def test_own_dates_replace_the_week_and_a_holiday_wins_over_them():
    calendar = hours(
        date_hours={"2026-12-24": [["09:00", "12:00"]], "2026-12-25": [["09:00", "12:00"]], "2026-12-26": []},
        holidays=["2026-12-25"],
    )
    assert shown(windows(calendar, at("2026-12-24T00:00Z"), 2)) == [
        ("2026-12-24T09:00", "2026-12-24T12:00"),
        ("2026-12-28T09:00", "2026-12-28T17:00"),
    ]


def test_holidays_of_a_region():
    berlin, germany = hours(OFFICE, holiday_regions=["DE-BE"]), hours(OFFICE, holiday_regions=["DE"])
    women_s_day = at("2027-03-08T10:00Z")  # a holiday in Berlin only
    assert (is_open(berlin, women_s_day), is_open(germany, women_s_day)) == (False, True)
    both = hours(OFFICE, holiday_regions=["DE", "US"])
    assert [is_open(both, at(f"{day}T10:00Z")) for day in ("2026-12-25", "2026-10-02", "2026-11-26")] == [
        False,
        True,
        False,
    ]


def test_touching_days_may_be_listed_apart_and_a_chain_of_overlaps_ends():
    assert len(windows(hours(ALWAYS), at("2026-11-20T12:00Z"), 1000)) == 1000
    chain = hours({day: [["00:00", "24:00"], ["20:00", "02:00"]] for day in ALWAYS})
    found = windows(chain, at("2026-11-20T12:00Z"), 3)
    assert found[0][0] == at("2026-11-20T12:00Z")
    assert found[0][1] == found[1][0]
    assert elapsed(chain, at("2026-11-20T12:00Z"), at("2026-12-20T12:00Z")) == timedelta(days=30)


@pytest.mark.parametrize(
    ("weekly", "length"),
    [
        (OFFICE, timedelta(hours=8)),
        (BERLIN["weekly_hours"], timedelta(hours=10)),  # 9, 10 and 8 once each: the longest
        ({**OFFICE, "sat": [["09:00", "21:00"]]}, timedelta(hours=8)),
        ({"mon": [["08:00", "12:00"], ["11:00", "13:00"]], "tue": [["09:00", "14:00"]]}, timedelta(hours=5)),
        ({"sat": [["22:00", "06:00"]], "sun": []}, timedelta(hours=8)),
        ({}, None),
    ],
)
def test_business_day_is_the_most_common_open_length(weekly, length):
    assert hours(weekly).business_day == length


def test_business_days_are_refused_where_the_week_has_no_hours():
    calendar = hours({}, date_hours={"2026-12-24": [["09:00", "12:00"]]})
    with pytest.raises(NeverOpens):
        due(calendar, at("2026-11-20T10:00Z"), Target(1, "business_days"))


# --- both nights of the year ----------------------------------------------------------------------------------------


def test_a_time_that_does_not_exist_is_the_jump():
    calendar = hours({"sun": [["02:30", "04:00"]]}, "Europe/Berlin")
    assert shown(windows(calendar, at("2026-03-28T00:00Z"), 1)) == [("2026-03-29T01:00", "2026-03-29T02:00")]


def test_hours_inside_the_jump_are_no_hours():
    calendar = hours({"sun": [["02:10", "02:50"]]}, "Europe/Berlin")
    assert shown(windows(calendar, at("2026-03-28T00:00Z"), 1)) == [("2026-04-05T00:10", "2026-04-05T00:50")]


def test_a_time_that_exists_twice_is_the_first():
    calendar = hours({"sun": [["02:30", "04:00"]]}, "Europe/Berlin")
    assert shown(windows(calendar, at("2026-10-24T00:00Z"), 1)) == [("2026-10-25T00:30", "2026-10-25T03:00")]
    ends = hours({"sun": [["01:00", "02:30"]]}, "Europe/Berlin")
    assert shown(windows(ends, at("2026-10-24T00:00Z"), 1)) == [("2026-10-24T23:00", "2026-10-25T00:30")]


@pytest.mark.parametrize(("day", "length"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-10-17", 8)])
def test_a_night_shift_is_as_long_as_its_night(day, length):
    calendar = hours({"sat": [["22:00", "06:00"]]}, "Europe/Berlin")
    start = at(f"{day}T12:00Z")
    assert elapsed(calendar, start, start + timedelta(days=1)) == timedelta(hours=length)
    assert calendar.business_day == timedelta(hours=8)


def test_zones_of_half_hours_and_of_a_day_that_was_left_out():
    lord_howe = hours({"sun": [["01:00", "03:00"]]}, "Australia/Lord_Howe")  # it jumps by half an hour at 02:00
    start = at("2026-10-03T00:00Z")
    assert elapsed(lord_howe, start, start + timedelta(days=2)) == timedelta(hours=1, minutes=30)
    samoa = hours(ALWAYS, "Pacific/Apia")  # had no 30 December 2011
    assert elapsed(samoa, at("2011-12-28T00:00Z"), at("2012-01-02T00:00Z")) == timedelta(days=5)
    assert not is_open(hours({"fri": [["00:00", "24:00"]]}, "Pacific/Apia"), at("2011-12-30T12:00Z"))


# --- the other asks -------------------------------------------------------------------------------------------------


def test_elapsed_leaves_pauses_out_and_is_nothing_backwards():
    friday, monday = at("2026-11-20T16:00Z"), at("2026-11-23T10:00Z")
    assert elapsed(hours(), friday, monday) == timedelta(hours=2)
    assert elapsed(hours(), monday, friday) == timedelta(0)
    assert elapsed(hours(), friday, monday, [(at("2026-11-20T16:30Z"), None)]) == timedelta(minutes=30)
    assert elapsed(
        hours(),
        friday,
        monday,
        [(at("2026-11-23T09:10Z"), at("2026-11-23T09:40Z")), (at("2026-11-20T12:00Z"), at("2026-11-23T09:20Z"))],
    ) == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("end", "target", "expected"),
    [
        ("2026-11-23T10:00Z", 2 * HOUR, "2026-11-20T16:00Z"),
        ("2026-11-23T10:00Z", 1 * HOUR, "2026-11-23T09:00Z"),  # at an opening it stays there
        ("2026-11-22T10:00Z", 8 * HOUR, "2026-11-20T09:00Z"),
        ("2026-11-23T10:00Z", 0, "2026-11-23T10:00Z"),
        ("2026-11-22T10:00Z", 0, "2026-11-20T17:00Z"),
    ],
)
def test_before(end, target, expected):
    assert before(hours(), at(end), seconds(target)) == at(expected)


def test_the_start_of_an_interval_is_open_its_end_is_not():
    assert [is_open(hours(), at(f"2026-11-20T{time}Z")) for time in ("08:59:59", "09:00", "16:59:59", "17:00")] == [
        False,
        True,
        True,
        False,
    ]


def test_windows_cut_the_first_and_end_where_the_calendar_does():
    assert shown(windows(hours(), at("2026-11-20T10:00Z"), 2)) == [
        ("2026-11-20T10:00", "2026-11-20T17:00"),
        ("2026-11-23T09:00", "2026-11-23T17:00"),
    ]
    assert shown(windows(hours(), at("2026-11-20T17:00Z"), 1)) == [("2026-11-23T09:00", "2026-11-23T17:00")]
    assert windows(hours({}), at("2026-11-20T17:00Z"), 5) == []
    few = hours({}, date_hours={"2027-12-24": [["09:00", "12:00"]]})
    assert shown(windows(few, at("2026-11-20T17:00Z"), 5)) == [("2027-12-24T09:00", "2027-12-24T12:00")]


def test_counted_shows_the_sum():
    pauses = [(at("2026-11-20T16:30Z"), at("2026-11-20T16:40Z"))]
    assert shown(counted(hours(), at("2026-11-20T16:00Z"), at("2026-11-23T10:00Z"), pauses)) == [
        ("2026-11-20T16:00", "2026-11-20T16:30"),
        ("2026-11-20T16:40", "2026-11-20T17:00"),
        ("2026-11-23T09:00", "2026-11-23T10:00"),
    ]


# --- refusals -------------------------------------------------------------------------------------------------------


def test_never_opens():
    past = hours({}, date_hours={"2020-01-01": [["09:00", "12:00"]]})
    for calendar in (hours({}), past):
        for target in (0, 1, 10**15):
            with pytest.raises(NeverOpens):
                due(calendar, at("2026-11-20T10:00Z"), seconds(target))
    with pytest.raises(NeverOpens):
        before(hours({}), at("2026-11-20T10:00Z"), seconds(1))
    assert before(past, at("2026-11-20T10:00Z"), seconds(HOUR)) == at("2020-01-01T11:00Z")
    assert (
        is_open(past, at("2026-11-20T10:00Z")),
        elapsed(past, at("2026-11-20T10:00Z"), at("2027-11-20T10:00Z")),
    ) == (
        False,
        timedelta(0),
    )


@pytest.mark.parametrize("target", [60 * 2100 * HOUR, 10**12, 10**30])
def test_too_far(target):
    start = at("2026-11-20T10:00Z")
    for refused in (
        lambda: due(hours(), start, seconds(target)),
        lambda: before(hours(), start, seconds(target)),
        lambda: due(None, start, Target(target * 10, "wall_seconds")),
    ):
        with pytest.raises(TooFar):
            refused()


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_too_far(moment):
    for refused in (lambda: due(hours(), moment, seconds(1)), lambda: is_open(hours(), moment)):
        with pytest.raises(TooFar):
            refused()


def test_sixty_years_are_not_too_far():
    start = at("2026-11-20T10:00Z")
    assert due(hours(ALWAYS), start, seconds(59 * 365 * 24 * HOUR)) == start + timedelta(days=59 * 365)
    assert due(hours(ALWAYS), at("5000-01-01T00:00Z"), seconds(HOUR)) == at("5000-01-01T01:00Z")


@pytest.mark.parametrize(
    "spec",
    [
        None,
        [],
        {},
        {"timezone": 5},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "Europe"},
        {"timezone": "\ud800"},
        {"timezone": ""},
        {"timezone": "UTC", "weekly_hours": []},
        {"timezone": "UTC", "weekly_hours": {"monday": []}},
        {"timezone": "UTC", "weekly_hours": {"mon": None}},
        {"timezone": "UTC", "weekly_hours": {"mon": [["09:00"]]}},
        {"timezone": "UTC", "weekly_hours": {"mon": ["09:00", "17:00"]}},
        {"timezone": "UTC", "weekly_hours": {"mon": [["9:00", "17:00"]]}},
        {"timezone": "UTC", "weekly_hours": {"mon": [["24:00", "17:00"]]}},
        {"timezone": "UTC", "weekly_hours": {"mon": [["09:00", "25:00"]]}},
        {"timezone": "UTC", "weekly_hours": {"mon": [["09:00", "17:60"]]}},
        {"timezone": "UTC", "weekly_hours": {"mon": [["٠٩:00", "17:00"]]}},
        {"timezone": "UTC", "date_hours": {"2026-02-30": []}},
        {"timezone": "UTC", "date_hours": {"20261224": []}},
        {"timezone": "UTC", "holidays": "2026-12-24"},
        {"timezone": "UTC", "holidays": [20261224]},
        {"timezone": "UTC", "holiday_regions": ["ZZ"]},
        {"timezone": "UTC", "holiday_regions": ["DE-XX"]},
        {"timezone": "UTC", "holiday_regions": ["MON"]},
        {"timezone": "UTC", "holiday_regions": [["DE"]]},
    ],
)
def test_bad_calendars(spec):
    with pytest.raises(CalendarError) as refusal:
        Hours.from_spec(spec)
    assert (refusal.value.code, refusal.value.status) == ("bad-calendar", 422)


@pytest.mark.parametrize(
    "spec",
    [
        None,
        5,
        {},
        {"seconds": 1, "wall_seconds": 1},
        {"hours": 1},
        {"seconds": -1},
        {"seconds": 1.0},
        {"seconds": True},
        {"seconds": "1"},
        {"seconds": float("inf")},
        {"seconds": None},
    ],
)
def test_bad_targets(spec):
    with pytest.raises(BadQuestion):
        Target.from_spec(spec)


def test_the_same_hours_are_the_same_object():
    one, other = hours({"mon": [["08:00", "12:00"], ["12:00", "18:00"]]}), hours({"mon": [["08:00", "18:00"]]})
    assert one is other
    assert one != hours({"mon": [["08:00", "18:00"]]}, "Europe/Berlin")


# --- laws -----------------------------------------------------------------------------------------------------------

CLOCK_TIMES = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
DAYS = st.lists(st.tuples(CLOCK_TIMES, CLOCK_TIMES | st.just("24:00")).map(list), max_size=3)
NEAR = st.integers(0, 20).map(lambda days: (date(2026, 3, 20) + timedelta(days=days)).isoformat())
CALENDARS = st.fixed_dictionaries(
    {
        "timezone": st.sampled_from(
            ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
        ),
        "weekly_hours": st.dictionaries(st.sampled_from(list(ALWAYS)), DAYS).map(
            lambda week: {**week, "wed": [["10:00", "11:00"]]}
        ),
        "date_hours": st.dictionaries(NEAR, DAYS, max_size=3),
        "holidays": st.lists(NEAR, max_size=2),
    }
)
MOMENTS = st.integers(0, 20 * 24 * 4).map(lambda quarter: at("2026-03-20T00:00Z") + timedelta(minutes=15 * quarter))
TARGETS = st.integers(1, 200_000).map(seconds)
PAUSES = st.lists(
    st.tuples(MOMENTS, st.integers(0, 400)).map(lambda pause: (pause[0], pause[0] + timedelta(minutes=15 * pause[1]))),
    max_size=3,
)


@given(CALENDARS, MOMENTS, TARGETS, st.integers(0, 100_000), PAUSES)
def test_more_target_is_never_earlier(spec, start, target, more, pauses):
    calendar = Hours.from_spec(spec)
    assert due(calendar, start, target, pauses) <= due(calendar, start, seconds(target.amount + more), pauses)


@given(CALENDARS, MOMENTS, TARGETS, PAUSES)
def test_what_has_elapsed_at_the_due_moment_is_the_target(spec, start, target, pauses):
    calendar = Hours.from_spec(spec)
    due_at = due(calendar, start, target, pauses)
    assert elapsed(calendar, start, due_at, pauses) == timedelta(seconds=target.amount)
    just_before = due_at - timedelta(microseconds=1)
    assert elapsed(calendar, start, just_before, pauses) < timedelta(seconds=target.amount)


@given(CALENDARS, MOMENTS, TARGETS, PAUSES, MOMENTS, st.integers(0, 400), st.integers(0, 400))
def test_ending_a_pause_earlier_is_never_later(spec, start, target, pauses, since, length, less):
    calendar = Hours.from_spec(spec)
    long, short = (since + timedelta(minutes=15 * minutes) for minutes in (length, max(length - less, 0)))
    assert due(calendar, start, target, [*pauses, (since, short)]) <= due(
        calendar, start, target, [*pauses, (since, long)]
    )


@given(CALENDARS, MOMENTS, TARGETS)
def test_before_turns_due_round(spec, end, target):
    calendar = Hours.from_spec(spec)
    start = before(calendar, end, target)
    assert due(calendar, start, target) <= end
    assert elapsed(calendar, start, end) == timedelta(seconds=target.amount)
    assert elapsed(calendar, start + timedelta(microseconds=1), end) < timedelta(seconds=target.amount)


@given(CALENDARS, MOMENTS, MOMENTS, PAUSES)
def test_the_shown_sum_is_the_sum(spec, start, end, pauses):
    calendar = Hours.from_spec(spec)
    pieces = counted(calendar, start, end, pauses)
    assert sum((closes - opens for opens, closes in pieces), timedelta(0)) == elapsed(calendar, start, end, pauses)
    assert pieces == sorted(pieces)


def open_minutes(spec, begin, end):
    """Minute by minute, told by each minute's own local time: slow, and nothing like the engine."""
    zone = ZoneInfo(spec["timezone"])

    def minute(clock):
        return int(clock[:2]) * 60 + int(clock[3:])

    def shifts(day):
        if day.isoformat() in spec["holidays"]:
            return []
        return spec["date_hours"].get(day.isoformat(), spec["weekly_hours"].get(f"{day:%a}".lower(), []))

    def instant(day, minutes):
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
        first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if first.astimezone(zone).replace(tzinfo=None) == wall:
            return first
        step = first - timedelta(hours=3)  # the wall time does not exist: walk to the jump
        while step.astimezone(zone).replace(tzinfo=None) < wall:
            step += timedelta(minutes=1)
        return step

    spans = []
    day = (begin - timedelta(days=3)).date()
    while day <= (end + timedelta(days=2)).date():
        for opens, closes in shifts(day):
            first, last = minute(opens), minute(closes)
            spans.append((instant(day, first), instant(day, last if last > first else last + 1440)))
        day += timedelta(days=1)
    count = Counter()
    for opens, closes in spans:
        moment = max(opens, begin)
        while moment < min(closes, end):
            count[moment] = 1
            moment += timedelta(minutes=1)
    return sum(count.values())


@settings(max_examples=60, deadline=None)
@given(CALENDARS, MOMENTS, st.integers(0, 8 * 24 * 4))
def test_elapsed_is_what_counting_minutes_gives(spec, start, quarters):
    end = start + timedelta(minutes=15 * quarters)
    assert elapsed(Hours.from_spec(spec), start, end) == timedelta(minutes=open_minutes(spec, start, end))
