"""When to try again: ever later, never all at once, not for ever."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    first: timedelta
    longest: timedelta
    attempts: int

    def delay(self, *, attempts: int, luck: float) -> timedelta:
        """How long to wait after that many attempts (from 1); `luck` from 0 to 1 spreads it over the upper half."""
        full = min(self.first * 2 ** min(attempts - 1, 20), self.longest)  # 20: beyond any cap, within a timedelta
        return full * (0.5 + luck / 2)

    def drawn_delay(self, *, attempts: int) -> timedelta:
        return self.delay(attempts=attempts, luck=random.random())  # noqa: S311  spreads load, guards nothing

    def exhausted(self, *, attempts: int) -> bool:
        return attempts >= self.attempts


CONSUMING = RetryPolicy(first=timedelta(seconds=2), longest=timedelta(hours=1), attempts=10)  # 17 minutes in all
DELIVERING = RetryPolicy(first=timedelta(seconds=10), longest=timedelta(hours=1), attempts=16)  # 8 hours in all


def error_text(error: BaseException) -> str:
    """What people read beside a row that failed: one bounded piece that PostgreSQL can store."""
    said = f"{type(error).__name__}: {error}".replace("\x00", "")
    return said.encode("utf-8", "replace").decode()[:2000]
