from datetime import UTC, date, datetime

import pytest

from config.errors import Invalid
from reporting.domain.period import Period
from reporting.domain.telling import span


def test_days_are_cut_in_the_zone_across_the_clock_change():
    period = Period(date(2026, 10, 25), date(2026, 10, 25), "Europe/Berlin")
    assert (period.start, period.end) == (
        datetime(2026, 10, 24, 22, tzinfo=UTC),
        datetime(2026, 10, 25, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 1, 2), date(2026, 1, 1)), (date(1990, 1, 1), date(2026, 1, 1)), (date(1, 1, 1), date(2, 1, 1))],
)
def test_a_senseless_period_is_refused(first, last):
    with pytest.raises(Invalid):
        Period(first, last, "UTC")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (40, "40 s"), (3900, "1 h 5 min"), (183600, "2 d 3 h"), (86400, "1 d"), (None, "0 s")],
)
def test_spans_in_words(seconds, words):
    assert span(seconds) == words
