"""Spans of work as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.domain.durations import MOST, in_words, minutes_of
from config.errors import Invalid


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(("1h 20", 80), ("1h20m", 80), ("1 h 20 min", 80), ("1:20", 80), ("01:05", 65), ("2h", 120), ("2 hours", 120)),
        *(("20m", 20), (" 20 min ", 20), ("90", 90), ("1.5h", 90), ("1,25 h", 75), ("3 Std. 10", 190), ("24h", MOST)),
    ],
)
def test_what_people_type(text, minutes):
    assert minutes_of(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "h", "soon", "0", "0h 0m", "-5", "25h", "1441", "1h 20 s", "1.5", "٣h", "1e3", "9" * 40]
)
def test_what_is_no_span_of_work(text):
    with pytest.raises(Invalid) as refused:
        minutes_of(text)
    assert refused.value.extra["errors"][0]["field"] == "duration"


@given(some.integers(1, MOST))
def test_words_read_back_as_the_same(minutes):
    assert minutes_of(in_words(minutes)) == minutes


@given(
    some.integers(0, 23),
    some.integers(1, 59),
    some.sampled_from(["{h}h {m}", "{h}h{m}m", "{h}:{m:02d}", "{h} H {m} Min"]),
)
def test_hours_and_minutes_in_any_spelling(hours, minutes, written):
    assert minutes_of(written.format(h=hours, m=minutes)) == hours * 60 + minutes


@given(some.text(max_size=20))
def test_any_text_is_a_span_or_refused(text):
    try:
        assert 0 < minutes_of(text) <= MOST
    except Invalid:
        return
