"""How many rows lists hold where 'many' is answer enough: counted to a cap, so that no count grows with a table."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import IntegerField, QuerySet, Subquery

from config.kept_statements import ByShape, filled


class CountTo(Subquery):
    """The same as a column: how many rows a query that is cut at its cap has; it may name the row by OuterRef."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


Lists = Mapping[str, QuerySet[Any]]


def counted_to(cap: int, lists: Lists, *, beside: Lists | None = None) -> dict[str, Any]:
    """By name, `cap` at the most, in one statement. Whoever wants to know of more than n asks for n + 1.

    A list keeps its order: the index that it is shown by finds its first rows, however few of all they are.
    `beside` are facts that travel along: queries for one column, of which the first row's value is told, else None.
    """
    return _Counts(cap, lists, beside or {}).told({})


class KeptCounts:
    """`counted_to` by a statement that is put together once a shape (`config/kept_statements.py`)."""

    def __init__(self, make: Callable[..., tuple[Lists, Lists]]) -> None:
        """`make(given, *shape)`: the lists, and what is told beside."""
        self._counts = ByShape(lambda given, cap, *shape: _Counts(cap, *make(given, *shape)))

    def counted_to(self, cap: int, *shape: Hashable, **values: Any) -> dict[str, Any]:
        return self._counts.of(cap, *shape).told(values)


class _Counts:
    def __init__(self, cap: int, lists: Lists, beside: Lists) -> None:
        self.names = [*lists, *beside]
        parts: list[str] = []
        self.params: list[Any] = []
        for rows in lists.values():
            counted, values = compiled(rows.values("pk")[:cap])
            parts.append(f"(select count(*) from ({counted}) as q{len(parts)})")  # noqa: S608  Django compiled it
            self.params += values
        for fact in beside.values():
            told, values = compiled(fact[:1])
            parts.append(f"({told})")
            self.params += values
        self.sql = "select " + ", ".join(parts)

    def told(self, values: Mapping[str, Any]) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, filled(self.params, values))
            return dict(zip(self.names, cursor.fetchone(), strict=True))


def up_to(number: int, most: int) -> str:
    """For what was counted no further than one more than `most`: 1000+."""
    return f"{most}+" if number > most else str(number)


def compiled(queryset: QuerySet[Any]) -> tuple[str, list[Any]]:
    """The query's own SQL; one that can hold nothing (no tenant is visible) is no rows of one column."""
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:
        return "select null::bigint where false", []
    return sql, list(params)
