"""Statements that are put together once and sent with other values each time.

Django writes the SQL of a query anew whenever it is asked. Where that fills pages, writing it takes longer than the
database takes to answer, and all that changes from one time to the next are a few values:

    HEADER = Kept(lambda given, reader: Case.objects.visible_to(reader).filter(pk=given("case", BigIntegerField())))
    HEADER.rows(actor.sight, case=7)

What `make` builds may depend on nothing but its arguments: the shape, of which each other one is another statement.
"""

from collections.abc import Callable, Hashable
from copy import copy
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

SHAPES = 100  # kept of a statement; of more, it begins anew

Given = Callable[[str, "Field[Any, Any]"], Expression]
"""Stands in a query for the value of that name."""


class _Given(Expression):
    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return "%s", [self]


class Kept:
    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        """`make(given, *shape)`. What is fetched beside the rows (`prefetch_related`) is not kept: ask for it after."""
        self._make = make
        self._statements: dict[Hashable, _Statement] = {}

    def rows(self, *shape: Hashable, **values: Any) -> list[Any]:
        """One statement; none where there can be no row. Raises KeyError for a value that is missing."""
        statement = self._statements.get(shape)
        if statement is None:
            if len(self._statements) >= SHAPES:
                self._statements.clear()
            statement = self._statements[shape] = _Statement(self._make(_Given, *shape))
        return statement.rows(values)


class _Statement:
    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self._queryset = queryset
        self._compiler = queryset.query.get_compiler(using=queryset.db)
        try:
            self._sql, self._params = self._compiler.as_sql()
        except EmptyResultSet:
            self._sql, self._params = "", ()

    def rows(self, values: dict[str, Any]) -> list[Any]:
        if not self._sql:
            return []
        params = tuple(values[one.name] if isinstance(one, _Given) else one for one in self._params)
        filled = copy(self._compiler)
        filled.connection = connections[self._queryset.db]  # this thread's
        filled.as_sql = lambda *_, **__: (self._sql, params)  # type: ignore[method-assign]
        asked = self._queryset.all()
        asked.query.get_compiler = lambda *_, **__: filled  # type: ignore[method-assign]
        return list(asked)
