"""Medians of many numbers equal those of all of them in order."""

import math
import random
from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.domain import numbers
from reporting.domain.numbers import Runs, pack, unpack

LONG = st.integers(-(2**63), 2**63 - 1)


def runs_of(*parts):
    runs = Runs()
    for part in parts:
        runs.append(array("q", sorted(part)), [len(part)])
    return runs


def continuous(values, share):
    values, rank = sorted(values), share * (len(values) - 1)
    low, high = values[math.floor(rank)], values[math.ceil(rank)]
    return low + (high - low) * (rank - math.floor(rank))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 10**12), max_size=5), min_size=1, max_size=5), st.floats(0, 1))
def test_of_few(parts, share):
    runs = runs_of(*parts)
    if runs:
        assert runs.quantiles(share, 1.0) == [continuous(runs.numbers, share), max(runs.numbers)]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.sampled_from([1, 40, 10**6]), st.floats(0, 1))
def test_of_many(seed, spread, share):
    dice = random.Random(seed)
    runs = runs_of(*([dice.randrange(spread) ** 2 for _ in range(dice.randrange(90))] for _ in range(200)))
    assert len(runs) > numbers.SAMPLE
    assert runs.quantiles(share, 0.0, 0.5, 1.0) == [continuous(runs.numbers, one) for one in (share, 0.0, 0.5, 1.0)]


def test_a_sample_that_misleads_costs_time_alone(monkeypatch):
    monkeypatch.setattr(numbers, "MARGIN", 0.000_1)
    runs = runs_of(*(range(n, 400_000, 97) for n in range(97)))
    assert runs.quantiles(0.3, 0.5) == [continuous(runs.numbers, 0.3), continuous(runs.numbers, 0.5)]


@given(st.lists(LONG))
def test_packed_and_unpacked(values):
    assert list(unpack(pack(values))) == sorted(values)


def test_together():
    both = runs_of([3, 1], [2]) + runs_of([5])
    assert (list(both.numbers), both.bounds) == ([1, 3, 2, 5], [(0, 2), (2, 3), (3, 4)])
