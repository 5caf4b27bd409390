from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.domain.uptime import Span, history
from incidents.enums import ComponentStatus as S

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
UTC_ZONE = ZoneInfo("UTC")


def test_overlaps_count_once_and_degraded_is_up():
    spans = [
        Span(S.MAJOR, AT - 9 * HOUR, AT - 6 * HOUR),
        Span(S.PARTIAL, AT - 7 * HOUR, AT - 5 * HOUR),
        Span(S.DEGRADED, AT - 4 * HOUR, None),
    ]
    past = history(spans=spans, at=AT, zone=UTC_ZONE, since=AT - 100 * HOUR)
    assert past.percent == 96.0
    assert (past.days[-1].day, past.days[-1].worst) == (date(2026, 11, 20), S.MAJOR)
    assert {day.worst for day in past.days[:-1]} == {S.OPERATIONAL}
    assert len(past.days) == 90


def test_a_day_is_the_readers_day():
    late = Span(S.MAJOR, datetime(2026, 11, 19, 23, 10, tzinfo=UTC), datetime(2026, 11, 19, 23, 20, tzinfo=UTC))
    in_berlin = history(spans=[late], at=AT, zone=ZoneInfo("Europe/Berlin"))
    assert [day.day for day in in_berlin.days if day.worst == S.MAJOR] == [date(2026, 11, 20)]


def test_no_incidents_is_all_up():
    assert history(spans=[], at=AT, zone=UTC_ZONE).percent == 100.0
