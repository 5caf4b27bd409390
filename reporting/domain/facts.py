"""What the figures are made of, from the rows of cases: counted facts, and facts with a number of their own.

The only place that says what counts and at which moment. Read for a period or summed for a day, it is this.
A new one, or a new column that one depends on, wants a trigger of its own in a new migration (as in
`migrations/0004_days_marked.py`), and all days summed again (`keep_days --again`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Extract, TruncDate

from cases.enums import NEVER_WORKED, Move
from cases.models import Case, CaseClock, Escalation, Survey, Transition
from sla.domain.attainment import attainment


class Figure(StrEnum):
    CAME = "came"
    WENT = "went"
    OPENED = "opened"  # detail: the category's id, empty for none
    MOVED = "moved"  # detail: the move
    PROMISED = "promised"  # detail: `resolution met`, a kind and one of Attainment's
    CSAT = "csat"  # detail: the score
    NPS = "nps"
    ANSWERED = "answered"  # values: microseconds round the clock
    ACCEPTED = "accepted"
    FIXED = "fixed"
    ESCALATED = "escalated"  # values: the case


#: Those that a figure is made of.
MOVES = (Move.RESOLVE, Move.CLOSE, Move.CONFIRM, Move.REOPEN, Move.REJECT)
#: Counted from the first day on, to know what is open at the end.
STOCK = (Figure.CAME, Figure.WENT)


@dataclass(frozen=True)
class Span:
    """From `start` (None: the beginning) to before `end`."""

    start: datetime | None
    end: datetime

    def of(self, column: str) -> Q:
        before = Q(**{f"{column}__lt": self.end})
        return before if self.start is None else before & Q(**{f"{column}__gte": self.start})


@dataclass(frozen=True)
class Source:
    """Rows that are facts `at` a moment, by priority and detail where given. `value`: a number of each one."""

    figure: Figure
    rows: QuerySet[Any]
    at: str
    tenant: str = "tenant"
    priority: Any = None
    detail: Any = None
    value: Any = None

    def within(self, spans: Sequence[Span], tenant_ids: frozenset[int] | None) -> QuerySet[Any]:
        rows = self.rows if tenant_ids is None else self.rows.filter(**{f"{self.tenant}__in": tenant_ids})
        when = Q()
        for span in spans:
            when |= span.of(self.at)
        return rows.filter(when).order_by() if spans else rows.none()


Group = tuple[int, date | None, str]  # tenant (0: all), UTC day (None: all), priority


@dataclass
class Facts:
    """`counts`: {figure: {(…, detail): n}}; `values`: {figure: {…: numbers, unordered}}."""

    counts: dict[str, Counter[tuple[Group, str]]] = field(default_factory=dict)
    values: dict[str, dict[Group, list[int]]] = field(default_factory=dict)

    def count(self, figure: str, group: Group, detail: str, n: int) -> None:
        self.counts.setdefault(figure, Counter())[group, detail] += n

    def add_values(self, figure: str, group: Group, numbers: list[int]) -> None:
        self.values.setdefault(figure, {}).setdefault(group, []).extend(numbers)


def facts(*, spans: Sequence[Span], stock: Sequence[Span], tenant_ids: frozenset[int] | None, by_day: bool) -> Facts:
    """Of these spans, none overlapping; what came and went by spans of its own. `by_day`: each tenant and day apart."""
    found = Facts()
    parts = [
        _grouped(source, stock if source.figure in STOCK else spans, tenant_ids, by_day=by_day) for source in sources()
    ]
    wanted = [part for part in parts if not part.query.is_empty()]
    if wanted:
        for figure, tenant, day, priority, detail, n, values in wanted[0].union(*wanted[1:], all=True):
            group = (tenant, day, priority)
            if values is None:
                found.count(figure, group, detail, n)
            else:
                found.add_values(figure, group, values)
    if spans:
        for group, detail, n in _promised(spans, tenant_ids, by_day=by_day):
            found.count(Figure.PROMISED, group, detail, n)
    return found


def sources() -> list[Source]:
    """Cases closed as spam, duplicate, merged or withdrawn count nowhere."""
    cases = Case.objects.exclude(closed_as__in=NEVER_WORKED)
    taken_back = Transition.objects.filter(undoes__isnull=False).order_by().values("undoes")
    moved = _worked(Transition).filter(move__in=MOVES).exclude(pk__in=taken_back)
    surveys = _worked(Survey)
    fixed = _promises().filter(kind="resolution", clock__ended_as__in=["met", "late"])
    return [
        Source(Figure.CAME, cases, "opened_at"),
        Source(Figure.WENT, cases, "closed_at"),
        Source(Figure.OPENED, cases, "opened_at", priority=F("priority"), detail=F("category_id")),
        Source(Figure.MOVED, moved, "at", detail=F("move")),
        Source(Figure.CSAT, surveys, "answered_at", detail=F("csat")),
        Source(Figure.NPS, surveys.filter(nps__isnull=False), "answered_at", detail=F("nps")),
        Source(
            Figure.ANSWERED,
            cases,
            "first_response_at",
            priority=F("priority"),
            value=_microseconds(F("first_response_at") - F("opened_at")),
        ),
        Source(Figure.ACCEPTED, cases, "accepted_at", value=_microseconds(F("accepted_at") - F("opened_at"))),
        # By the clock's own tenant: an index of the clocks begins with it.
        Source(
            Figure.FIXED,
            fixed,
            "clock__stopped_at",
            tenant="clock__tenant",
            priority=F("case__priority"),
            value=_microseconds(F("clock__stopped_at") - F("clock__started_at")),
        ),
        Source(Figure.ESCALATED, _worked(Escalation), "at", value=F("case_id")),
    ]


def _worked(model: type[Any]) -> QuerySet[Any]:
    """Rows of cases that count, by the short list of those that don't: those that do are nearly all there are, and to
    name them would read them all.
    """
    never = Case.objects.filter(closed_as__in=NEVER_WORKED).order_by().values("pk")
    return model.objects.exclude(case__in=never)


def _promises() -> QuerySet[Any]:
    """Of cases that count. Each is read with its case anyhow; beside the short list, which the planner takes to be read
    again for every clock, it would rather read all promises there are than look up some thousands.
    """
    return CaseClock.objects.exclude(case__closed_as__in=NEVER_WORKED)


def _microseconds(duration: Any) -> Any:
    seconds: Any = Extract(ExpressionWrapper(duration, output_field=DurationField()), "epoch")
    return Cast(seconds * 1_000_000, BigIntegerField())


def _text(expression: Any) -> Any:
    return Coalesce(Cast(expression, CharField()), Value("")) if expression else Cast(Value(""), CharField())


def _grouped(
    source: Source, spans: Sequence[Span], tenant_ids: frozenset[int] | None, *, by_day: bool
) -> QuerySet[Any]:
    """(figure, tenant, day, priority, detail, n, values), typed alike for all sources: they are read as one."""
    numbers = ArrayField(BigIntegerField())
    values: Any = Cast(Value(None), numbers) if source.value is None else ArrayAgg(source.value)
    rows = source.within(spans, tenant_ids).annotate(
        of_figure=Cast(Value(str(source.figure)), CharField()),
        of_tenant=F(f"{source.tenant}_id") if by_day else Cast(Value(0), BigIntegerField()),
        of_day=_utc_day(source.at) if by_day else Cast(Value(None), DateField()),
        of_priority=_text(source.priority),
        of_detail=_text(source.detail),
    )
    keys = ("of_figure", "of_tenant", "of_day", "of_priority", "of_detail")
    return rows.values(*keys).annotate(n=Count("pk"), numbers=values).values_list(*keys, "n", "numbers")


def _promised(
    spans: Sequence[Span], tenant_ids: frozenset[int] | None, *, by_day: bool
) -> Iterator[tuple[Group, str, int]]:
    windows = Source(Figure.PROMISED, _promises(), "clock__stopped_at", tenant="clock__tenant")
    rows = windows.within(spans, tenant_ids).annotate(of_day=_utc_day("clock__stopped_at"))
    apart = ("clock__tenant_id", "of_day") if by_day else ()
    for (kind, priority, *day), figures in attainment(
        rows, prefix="clock__", by=("kind", "case__priority", *apart)
    ).items():
        group = (day[0], day[1], priority) if by_day else (0, None, priority)
        for outcome, n in vars(figures).items():
            if n:
                yield group, f"{kind} {outcome}", n


def _utc_day(column: str) -> Any:
    return TruncDate(column, tzinfo=UTC)
