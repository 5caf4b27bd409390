from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from outbox.domain.retrying import CONSUMING, DELIVERING, RetryPolicy, error_text

policies = st.builds(
    RetryPolicy,
    first=st.timedeltas(timedelta(seconds=1), timedelta(minutes=5)),
    longest=st.timedeltas(timedelta(minutes=5), timedelta(days=1)),
    attempts=st.integers(1, 100),
)
luck = st.floats(0, 1)
counts = st.integers(1, 10_000)


@given(policies, counts, luck)
def test_a_delay_is_at_least_half_its_step_and_never_above_the_longest(policy, attempts, luck):
    delay = policy.delay(attempts=attempts, luck=luck)
    assert policy.first / 2 <= delay <= policy.longest


@given(policies, counts, luck)
def test_the_same_luck_never_waits_shorter_after_one_more_attempt(policy, attempts, luck):
    assert policy.delay(attempts=attempts, luck=luck) <= policy.delay(attempts=attempts + 1, luck=luck)


def test_the_steps_people_read_in_the_docs():
    assert [CONSUMING.delay(attempts=n, luck=1).total_seconds() for n in (1, 2, 3, 9)] == [2, 4, 8, 512]
    assert [DELIVERING.delay(attempts=n, luck=0).total_seconds() for n in (1, 2, 9, 15)] == [5, 10, 1280, 1800]
    assert [CONSUMING.exhausted(attempts=n) for n in (9, 10)] == [False, True]


def test_an_error_is_one_bounded_piece_of_storable_text():
    assert error_text(ValueError("a\x00b\ud800" + "c" * 5000)) == "ValueError: ab?" + "c" * (2000 - 15)
