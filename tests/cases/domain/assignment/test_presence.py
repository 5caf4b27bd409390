"""Who is there when: shifts in one's own zone, without absences."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.domain.assignment.presence import UNKNOWN, There, presence, shifts
from cases.enums import Presence
from sla.domain.business_time import Hours, is_open

WEEK = {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
BERLIN = Hours.from_spec({"timezone": "Europe/Berlin", "weekly_hours": WEEK})


def utc(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_on_shift_until_the_shift_ends():
    assert presence(BERLIN, [], at=utc(16, 8)) == There(Presence.ON, utc(16, 11))  # 09:00 in Berlin, a Monday
    assert presence(BERLIN, [], at=utc(16, 11)) == There(Presence.OFF, utc(16, 12))  # noon: not any more
    assert presence(BERLIN, [], at=utc(20, 17)) == There(Presence.OFF, utc(23, 8))  # Friday evening


def test_public_holidays_are_free():
    hours = Hours.from_spec({"timezone": "Europe/Berlin", "weekly_hours": WEEK, "holiday_regions": ["DE-BE"]})
    christmas = datetime(2026, 12, 25, 10, tzinfo=UTC)  # a Friday
    assert presence(hours, [], at=christmas) == There(Presence.OFF, datetime(2026, 12, 28, 8, tzinfo=UTC))


def test_an_absence_outdoes_a_shift():
    gone = [(utc(16, 9), utc(17, 12))]
    assert presence(BERLIN, gone, at=utc(16, 8)) == There(Presence.ON, utc(16, 9))
    assert presence(BERLIN, gone, at=utc(16, 9)) == There(Presence.AWAY, utc(17, 12))
    assert presence(BERLIN, gone, at=utc(17, 12)) == There(Presence.ON, utc(17, 16))
    assert presence(BERLIN, [(utc(16, 9), None)], at=utc(30, 9)) == There(Presence.AWAY, None)


def test_who_comes_back_after_a_holiday():
    gone = [(utc(17, 0), utc(24, 0))]
    assert presence(BERLIN, gone, at=utc(16, 18)) == There(Presence.OFF, utc(24, 8))


def test_without_a_week_nothing_is_known_but_absences():
    assert presence(None, [], at=utc(16, 9)) == UNKNOWN
    assert presence(None, [(utc(16, 9), None)], at=utc(16, 9)) == There(Presence.AWAY, None)


moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10), timezones=st.just(UTC))

absences = st.lists(st.tuples(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=4))), max_size=4)


@given(at=moments, gone=absences)
def test_nobody_is_there_outside_a_shift_or_in_an_absence(at, gone):
    spans = [(since, since + lasts) for since, lasts in gone]
    away = any(since <= at < until for since, until in spans)
    assert presence(BERLIN, spans, at=at).now == (is_open(BERLIN, at) and not away)


@given(
    at=moments, gone=st.lists(st.tuples(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=4))), max_size=4)
)
def test_shifts_are_in_order_and_hold_no_absence(at, gone):
    spans = [(since, since + lasts) for since, lasts in gone]
    found = shifts(BERLIN, spans, start=at, end=at + timedelta(days=10), most=30)
    edges = [edge for shift in found for edge in shift]
    assert edges == sorted(edges)
    assert not any(since < closes and opens < until for opens, closes in found for since, until in spans)
