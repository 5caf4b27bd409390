"""How many rows lists hold where 'many' is answer enough: counted to a cap, so that no count grows with a table."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def counted_to(cap: int, lists: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """By name, `cap` at the most, in one statement. Whoever wants to know of more than n asks for n + 1.

    A list keeps its order: the index that it is shown by finds its first rows, however few of all they are.
    """
    parts: list[str] = []
    params: list[Any] = []
    for rows in lists.values():
        counted, values = _compiled(rows.values("pk")[:cap])
        parts.append(f"(select count(*) from ({counted}) as q{len(parts)})")  # noqa: S608  Django compiled it
        params += values
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join(parts), params)
        return dict(zip(lists, cursor.fetchone(), strict=True))


def _compiled(queryset: QuerySet[Any]) -> tuple[str, list[Any]]:
    """The query's own SQL; one that can hold nothing (no tenant is visible) counts as no rows."""
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:
        return "select 1 where false", []
    return sql, list(params)
