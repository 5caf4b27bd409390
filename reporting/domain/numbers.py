"""Many numbers as bytes, and exact medians of them without putting them all in order."""

from __future__ import annotations

import random
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

SAMPLE = 4_000  # numbers; fewer are sooner sorted than narrowed
MARGIN = 0.04  # of the ranks, either side: five standard errors of such a sample


def pack(numbers: Iterable[int]) -> bytes:
    """Ascending, 8 bytes each, little end first."""
    return _little_end_first(array("q", sorted(numbers))).tobytes()


def unpack(packed: bytes) -> array[int]:
    numbers = array("q")
    numbers.frombytes(packed)
    return _little_end_first(numbers)


def _little_end_first(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


@dataclass
class Runs:
    """Numbers in runs, each ascending. `bounds`: where each begins and ends."""

    numbers: array[int] = field(default_factory=lambda: array("q"))
    bounds: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.numbers)

    def append(self, numbers: array[int], lengths: Iterable[int]) -> None:
        self.bounds += pairwise(accumulate(lengths, initial=len(self.numbers)))
        self.numbers += numbers

    def __add__(self, other: Runs) -> Runs:
        both = Runs(self.numbers[:], self.bounds[:])
        both.append(other.numbers, (end - start for start, end in other.bounds))
        return both

    def quantiles(self, *shares: float) -> list[float]:
        """For each share (0 to 1) the value below which it lies, between two ranks by proportion (as SQL's
        `percentile_cont`). Of at least one number.
        """
        last = len(self) - 1
        # Any sample gives the same answer; the same one lets a measurement be repeated.
        dice = random.Random(last)  # noqa: S311  nothing is kept secret by it
        near = dice.choices(self.numbers, k=SAMPLE) if last >= SAMPLE else self.numbers
        sample, found = sorted(near), []
        for share in shares:
            rank, part = divmod(share * last, 1)
            place = int(rank)
            low, high = self._pair(place, sample) if last >= SAMPLE else (sample[place], sample[min(place + 1, last)])
            found.append(low + (high - low) * part)
        return found

    def _pair(self, rank: int, sample: list[int]) -> tuple[int, int]:
        """The numbers of this rank and the next, sought near the sample's, and further off if they are not there."""
        share, margin = rank / len(self), MARGIN
        while True:
            first, last = int((share - margin) * SAMPLE), int((share + margin) * SAMPLE)
            below, near = self._between(sample[first] if first > 0 else None, sample[last] if last < SAMPLE else None)
            if below <= rank < below + len(near) - (rank + 1 < len(self)):
                near.sort()
                return near[rank - below], near[min(rank + 1 - below, len(near) - 1)]
            margin *= 2

    def _between(self, low: int | None, high: int | None) -> tuple[int, list[int]]:
        """How many are less than `low`, and those from it to `high`, both counted; None: no end."""
        below, near, numbers = 0, array("q"), self.numbers
        for start, end in self.bounds:
            first = start if low is None else bisect_left(numbers, low, start, end)
            last = end if high is None else bisect_right(numbers, high, first, end)
            below += first - start
            near += numbers[first:last]
        return below, list(near)
