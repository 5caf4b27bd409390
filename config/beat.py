"""Celery's scheduler where the clock may be set back: it goes on at once, not when the old time has come again."""

import time
from typing import Any

from celery.beat import PersistentScheduler

STEP = 0.5  # seconds that wall-clock time may fall behind the steady clock before it counts as set back


class SteadyScheduler(PersistentScheduler):
    _seen: tuple[float, float] | None = None  # wall-clock and steady time of the last tick

    def tick(self, *args: Any, **kwargs: Any) -> float:
        wall, steady = time.time(), time.monotonic()
        if self._seen is None or wall - self._seen[0] < steady - self._seen[1] - STEP:
            self._forget_the_future()
        self._seen = wall, steady
        interval: float = super().tick(*args, **kwargs)
        return interval

    def _forget_the_future(self) -> None:
        """What seems to have run later than now ran just now; when each is next due is worked out anew."""
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at is not None and entry.last_run_at > now:
                entry.last_run_at = now
        self._heap = None
