"""The hours that are left of a day, as clocks show them where the reader is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cases.domain.desk.due import end_of_day, hours_left, next_hour

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def told(at):
    return [hour.name for hour in hours_left(at)]


@pytest.mark.parametrize(
    ("local", "names"),
    [
        ("2026-11-23T14:59", ["late", "14:00", "15:00", "16:00", "17:00"]),
        ("2026-11-23T17:59", ["late", "17:00"]),
        ("2026-11-23T23:10", ["late", "23:00", *(f"{hour:02}:00" for hour in range(18))]),
        ("2026-11-23T00:00", ["late", *(f"{hour:02}:00" for hour in range(18))]),
        ("2026-11-23T18:00", ["late", *(f"{hour % 24:02}:00" for hour in range(18, 42))]),
    ],
)
def test_a_day_ends_at_six(local, names):
    assert told(datetime.fromisoformat(local).replace(tzinfo=BERLIN)) == names


@pytest.mark.parametrize("local", ["2026-03-29T00:30", "2026-10-25T00:30", "2026-10-24T20:00", "2026-11-23T09:00"])
@pytest.mark.parametrize("zone", [BERLIN, KOLKATA, UTC])
def test_hours_follow_one_another_without_a_gap(local, zone):
    at = datetime.fromisoformat(local).replace(tzinfo=zone)
    hours = hours_left(at)[1:]
    assert [hour.ends_at for hour in hours[:-1]] == [hour.starts_at for hour in hours[1:]]
    assert hours[0].starts_at <= at < hours[0].ends_at
    assert hours[-1].ends_at == end_of_day(at)
    assert [next_hour(int(hour.name[:2]), at) for hour in hours[:24]] == hours[:24]


def test_what_passed_today_is_meant_for_tomorrow():
    at = datetime(2026, 11, 23, 10, 20, tzinfo=BERLIN)
    assert next_hour(9, at).starts_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert end_of_day(at, 10) == datetime(2026, 11, 24, 9, tzinfo=UTC)
