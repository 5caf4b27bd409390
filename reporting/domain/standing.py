"""How promises to one client were kept lately: the figures of the last ninety days, by kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reporting.domain.metrics import Promise, metrics
from reporting.domain.period import Period
from tenants.domain.actors import Actor
from tenants.models import Tenant

DAYS = 90
MISSED_BADLY = 0.9  # a rate below it


@dataclass(frozen=True, slots=True)
class Kept:
    """`promises` of every priority together, a line a kind."""

    period: Period
    promises: list[Promise]

    @property
    def worst(self) -> Promise | None:
        """None where nothing was decided."""
        decided = [one for one in self.promises if one.figures.rate is not None]
        return min(decided, key=lambda one: one.figures.rate or 0, default=None)

    @property
    def missed_badly(self) -> bool:
        return self.worst is not None and (self.worst.figures.rate or 0) < MISSED_BADLY


def kept_lately(tenant: Tenant, *, actor: Actor, at: datetime) -> Kept:
    """Whole days in the client's own zone, today with them."""
    today = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    period = Period(today - timedelta(days=DAYS - 1), today, tenant.time_zone)
    figures = metrics(period=period, tenant=tenant, actor=actor)
    return Kept(period, [one for one in figures.promises if one.priority == "all"])
