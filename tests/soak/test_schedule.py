from collections import Counter

import pytest

from tests.soak.faults import kinds, schedule
from tests.soak.watch import Readiness, grown, growth

HOUR = 3600


@pytest.mark.parametrize(("seconds", "count", "longest"), [(48, 24, 3), (600, 35, 15), (HOUR, 210, 15)])
def test_a_schedule_fits_and_has_every_kind_as_often_as_the_others(seconds, count, longest):
    faults = schedule(seconds=seconds, count=count, kinds=kinds(longest), seed=7)
    times = Counter(fault.kind.name for fault in faults)
    assert len(faults) == count
    assert set(times) == {kind.name for kind in kinds(longest)}
    assert max(times.values()) - min(times.values()) <= 1
    assert all(0 < fault.at < seconds for fault in faults)
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)


def test_the_same_seed_makes_the_same_faults():
    def told(seed):
        faults = schedule(seconds=60, count=30, kinds=kinds(3), seed=seed)
        return [(fault.kind.name, fault.at, fault.seconds) for fault in faults]

    assert told(7) == told(7)
    assert told(7) != told(8)


@pytest.mark.parametrize(
    ("history", "after"),
    [
        ([(90, {"database"})], 0.0),  # another fault had broken it before
        ([(90, set()), (104, {"database", "tick"})], 4.0),
        ([(90, set()), (104, {"broker"})], None),
        ([(90, set()), (130, {"database"})], None),  # too late: it was over
    ],
)
def test_when_readiness_named_a_fault(history, after):
    readiness = Readiness(None, None)
    readiness.history = [(at, frozenset(broken)) for at, broken in history]
    assert readiness.named(begun=100, ended=115, words=("database",)) == after


def test_growth_compares_the_last_two_quarters():
    rising = [{"at": n, "web MiB": 100 + n, "connections": 12} for n in range(200)]
    assert growth(rising) == [
        {"figure": "connections", "third quarter": 12, "last quarter": 12, "worst": 12},
        {"figure": "web MiB", "third quarter": 224.5, "last quarter": 274.5, "worst": 299},
    ]
    assert [grown(row) for row in growth(rising)] == [False, True]
