"""What a measurement says, and how time is taken. Nothing here asserts: a bar that is missed is shown, not raised."""

import json
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OUT = "BENCH_OUT"  # file that this process adds its figures to, a JSON line each
SIZE = "BENCH_SIZE"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. Times are in `unit`; `memory` is the peak of the measuring process, in MiB.

    `bar` is what `bar_on` (median, p95 or worst) may be at most or, where `at_least`, has to be. `bare` is what the
    same statements take when sent without Django, in the same unit and the same run. `processor`: median time that the
    measuring process itself was at work, which other work on the machine changes little.
    """

    line: str
    unit: str
    median: float
    size: int | None = None
    bar: float | None = None
    bar_on: str = "median"
    at_least: bool = False
    cold: float | None = None
    p95: float | None = None
    worst: float | None = None
    repeats: int = 1
    statements: int | None = None
    statements_bar: int | None = None
    bare: float | None = None
    processor: float | None = None
    memory: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None without a bar."""
        if self.statements_bar is not None and (self.statements or 0) > self.statements_bar:
            return False
        if self.bar is None:
            return None
        value = getattr(self, self.bar_on)
        return value >= self.bar if self.at_least else value <= self.bar


def report(figure: Figure) -> None:
    print(f"{figure.line}: {figure.median:,.4g} {figure.unit}  {figure.note}".rstrip(), flush=True)
    if out := os.environ.get(OUT):
        with Path(out).open("a") as file:
            file.write(json.dumps(asdict(figure)) + "\n")


def size() -> int:
    return int(os.environ.get(SIZE, "10000"))


@dataclass(frozen=True)
class Spans:
    """Seconds of the first call, and of those after it in their order; `at_work`: of the processor."""

    cold: float
    warm: list[float]
    at_work: list[float]

    def figures(self, unit: str) -> dict[str, Any]:
        """As `Figure` wants them."""
        scale = {"s": 1.0, "ms": 1e3, "µs": 1e6}[unit]
        return {
            "unit": unit,
            "cold": self.cold * scale,
            "median": statistics.median(self.warm) * scale,
            "p95": quantile(self.warm, 0.95) * scale,
            "worst": max(self.warm) * scale,
            "processor": statistics.median(self.at_work) * scale,
            "repeats": len(self.warm),
        }


def timed(calls: Iterable[Callable[[], object]], *, apart: float = 0.0) -> Spans:
    """`apart`: seconds of rest between two calls, not counted."""
    spans, at_work = [], []
    for call in calls:
        begun, used = time.perf_counter(), time.process_time()
        call()
        spans.append(time.perf_counter() - begun)
        at_work.append(time.process_time() - used)
        if apart:
            time.sleep(apart)
    return Spans(spans[0], spans[1:] or spans, at_work[1:] or at_work)


def quantile(values: Iterable[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def memory(*, children: bool = False) -> float:
    """Peak resident memory so far, MiB; of the children waited for, the largest one's."""
    return resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """The seconds since; after the block, those that it took."""
    begun = time.perf_counter()
    ended: list[float] = []
    yield lambda: (ended[0] if ended else time.perf_counter()) - begun
    ended.append(time.perf_counter())
