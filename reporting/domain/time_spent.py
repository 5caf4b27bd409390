"""Time spent in a period: by client, by person, by category. Minutes by the day that they were worked on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import gettext as _

from cases.domain.durations import in_words
from cases.models import TimeEntry
from reporting.domain.period import Period
from tenants.domain.actors import Actor
from tenants.models import Tenant

SHOWN = 8  # lines of a table on the page; the file has all


@dataclass(frozen=True, slots=True)
class Spent:
    """One client, person and category."""

    tenant_id: int
    tenant: str
    person: str
    category: str
    minutes: int


@dataclass(frozen=True)
class TimeTable:
    rows: list[Spent]

    @property
    def total(self) -> str:
        return in_words(sum(row.minutes for row in self.rows))

    def by(self, column: str) -> list[tuple[str, str]]:
        """[(name, time)], the most first. `column`: tenant, person or category."""
        sums: Counter[str] = Counter()
        for row in self.rows:
            sums[getattr(row, column)] += row.minutes
        return [(name, in_words(minutes)) for name, minutes in sums.most_common() if minutes]

    @property
    def tables(self) -> list[tuple[str, list[tuple[str, str]], int]]:
        """[(title, the first lines, how many more there are)]"""
        titled = (("tenant", _("By client")), ("person", _("By person")), ("category", _("By category")))
        found = [(title, self.by(column)) for column, title in titled]
        return [(title, lines[:SHOWN], max(0, len(lines) - SHOWN)) for title, lines in found]


def time_spent(*, period: Period, tenant: Tenant | None, actor: Actor) -> TimeTable:
    """Of the cases that the reader may see; what was taken back is in no row. One statement."""
    entries = TimeEntry.objects.visible_to(actor).filter(worked_on__range=(period.first, period.last))
    if tenant is not None:
        entries = entries.for_tenant(tenant)
    names = ("tenant__name", "user__first_name", "user__last_name", "user__username", "case__category__name")
    sums = entries.order_by().values("tenant_id", "user_id", *names).annotate(total=Sum("minutes")).filter(total__gt=0)
    return TimeTable(
        [
            Spent(
                tenant_id=row["tenant_id"],
                tenant=row["tenant__name"],
                person=f"{row['user__first_name']} {row['user__last_name']}".strip() or row["user__username"],
                category=row["case__category__name"] or _("none"),
                minutes=row["total"],
            )
            for row in sums.order_by("tenant__name", "user__username", "case__category__name")
        ]
    )
