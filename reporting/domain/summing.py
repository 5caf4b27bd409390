"""The facts of a time summed: kept days and the rows of what they leave, as one."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Aggregate, BinaryField, Q, QuerySet, Sum
from django.db.models.functions import Length

from reporting.domain.coverage import Coverage, Kept
from reporting.domain.facts import STOCK, Facts, facts
from reporting.domain.numbers import Runs, unpack
from reporting.models import DayCount, DayValues


@dataclass
class Sums:
    _counts: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    _values: dict[str, dict[str, Runs]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Runs)))

    def counts(self, figure: str) -> Counter[tuple[str, str]]:
        """{(priority, detail): n}"""
        return self._counts[figure]

    def number(self, figure: str) -> int:
        return self._counts[figure].total()

    def values(self, figure: str) -> dict[str, Runs]:
        """{priority: numbers}"""
        return self._values[figure]

    def add(self, found: Facts) -> None:
        for figure, counts in found.counts.items():
            for ((_, _, priority), detail), n in counts.items():
                self._counts[figure][priority, detail] += n
        for figure, groups in found.values.items():
            for (_, _, priority), numbers in groups.items():
                self._values[figure][priority].append(array("q", sorted(numbers)), [len(numbers)])

    def add_counts(self, rows: QuerySet[DayCount]) -> None:
        keys = ("figure", "priority", "detail")
        for figure, priority, detail, n in rows.values_list(*keys).annotate(sum=Sum("n")):
            self._counts[figure][priority, detail] += n

    def add_values(self, rows: QuerySet[DayValues]) -> None:
        """A few large rows: thousands of small ones take longer to fetch than to look through."""
        runs = {"joined": Joined("packed"), "sizes": ArrayAgg(Length("packed"))}
        grouped = rows.values_list("figure", "priority").annotate(**runs)
        for figure, priority, packed, sizes in grouped:
            self._values[figure][priority].append(unpack(packed), [size // 8 for size in sizes])


class Joined(Aggregate):
    """Bytes one after the other, in the order in which other aggregates of the same rows meet them."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ''::bytea)"
    output_field = BinaryField()


def figures_of(start: datetime, end: datetime, *, tenant_ids: frozenset[int] | None) -> Sums:
    """What happened from `start` to before `end`; what came and went, from the first day on."""
    kept = Kept.now()
    while True:
        sums = _summed(start, end, kept, tenant_ids=tenant_ids)
        # Had it moved on meanwhile, its last day would hold hours that were read from the rows, too.
        before, kept = kept, Kept.now()
        if kept.until == before.until:
            return sums


def _summed(start: datetime, end: datetime, kept: Kept, *, tenant_ids: frozenset[int] | None) -> Sums:
    period, past = kept.covering(start, end), kept.covering(None, end)
    sums = Sums()
    sums.add(facts(spans=period.rest, stock=past.rest, tenant_ids=tenant_ids, by_day=False))
    counts = DayCount.objects.in_tenants(tenant_ids)
    sums.add_counts(counts.filter(_days(period) & ~Q(figure__in=STOCK) | _days(past) & Q(figure__in=STOCK)))
    sums.add_values(DayValues.objects.in_tenants(tenant_ids).filter(_days(period)))
    return sums


def _days(covered: Coverage) -> Q:
    days = Q(day__lt=covered.until) & ~Q(day__in=covered.marked)
    return days if covered.first is None else days & Q(day__gte=covered.first)
