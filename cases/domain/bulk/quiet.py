"""How long ago an open case may have begun, so that nothing of it comes due in the next hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sla.domain import business_time, policies
from sla.domain.business_time import Target
from sla.domain.conversation import Promises
from sla.models import Policy

QUIET = timedelta(hours=1)  # after the moment of writing no deadline, warning or timer of a fresh case falls due
USED = 0.7  # of a target by then: its first warning, at three quarters by default, is still ahead
LONGEST = timedelta(days=60)


class Quiet:
    """Each answer is worked out once a policy, priority and kind."""

    def __init__(self, *, at: datetime) -> None:
        self._at = at
        self._promises: dict[tuple[int, str], Promises] = {}
        self._since: dict[tuple[int, str, str], datetime] = {}
        self._waiting: dict[tuple[int, int], datetime] = {}

    def promises(self, policy: Policy, priority: str) -> Promises:
        key = policy.pk, priority
        if key not in self._promises:
            self._promises[key] = policies.promises(policy, priority)
        return self._promises[key]

    def since(self, policy: Policy, priority: str, kind: str) -> datetime:
        """A clock of this kind that began after this moment is quiet; it may lie ahead, then none can be."""
        key = policy.pk, priority, kind
        if key not in self._since:
            promised = self.promises(policy, priority)
            target: Target | None = getattr(promised, kind)
            self._since[key] = self._at - LONGEST if target is None else self._before(promised, target, USED)
        return self._since[key]

    def waiting_since(self, policy: Policy, days: list[int]) -> datetime:
        """We may have waited from here on without a reminder's being due; `days` are the tenant's, in business days."""
        first = min(days, default=1)
        key = policy.pk, first
        if key not in self._waiting:
            self._waiting[key] = self._before(self.promises(policy, "P2"), Target(first, "business_days"), 1.0)
        return self._waiting[key]

    def _before(self, promised: Promises, target: Target, part: float) -> datetime:
        end = self._at + QUIET
        if promised.hours is None:
            return end - part * timedelta(days=target.amount)
        unit = "wall_seconds" if target.by_the_wall_clock else "seconds"
        seconds = int(target.open_seconds(promised.hours) * part)
        return business_time.before(promised.hours, end, Target(seconds, unit))
