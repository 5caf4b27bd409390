"""The figures of a quarter, with as many cases as the size says."""

from datetime import timedelta

from django.db.models import Max

from cases.models import Case
from reporting.domain.metrics import metrics
from reporting.domain.period import Period
from tenants.domain.actors import SYSTEM
from tests.bench.figures import Figure, memory, report, size, timed
from tests.bench.statements import bare, caught

REPEATS = 10


def main() -> None:
    last = Case.objects.aggregate(last=Max("opened_at"))["last"].date()
    quarter = Period(last - timedelta(days=91), last, "Europe/Berlin")

    def ask() -> None:
        metrics(period=quarter, actor=SYSTEM)

    spans = timed([ask] * (REPEATS + 1))
    with caught() as statements:
        ask()
    report(
        Figure(
            line="metrics of a quarter",
            size=size(),
            bar=500,
            bar_on="p95",
            statements=len(statements),
            bare=bare(statements, repeats=3) * 1e3,
            memory=memory(),
            note=f"{Case.objects.filter(opened_at__gte=quarter.start).count():,} cases opened in it",
            **spans.figures("ms"),
        )
    )
