"""Statements that are put together once and sent with other values each time.

Django writes the SQL of a query anew whenever it is asked. Where that fills pages, writing it takes longer than the
database takes to answer, and all that changes from one time to the next are a few values:

    HEADER = Kept(lambda given, reader: Case.objects.visible_to(reader).filter(pk=given("case", BigIntegerField())))
    HEADER.rows(actor.sight, case=7)

What `make` builds may depend on nothing but its arguments: the shape, of which each other one is another statement.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from copy import copy
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

SHAPES = 100  # kept of a statement; of more, it begins anew

Made = TypeVar("Made")

Given = Callable[[str, "Field[Any, Any]"], Expression]
"""Stands in a query for the value of that name."""


class _Given(Expression):
    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return "%s", [self]


def filled(params: Iterable[Any], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """A statement's parameters with what was given for this time. Raises KeyError for a value that is missing."""
    return tuple(values[one.name] if isinstance(one, _Given) else one for one in params)


class ByShape(Generic[Made]):
    """What was made once for each shape."""

    def __init__(self, make: Callable[..., Made]) -> None:
        self._make = make
        self._made: dict[Hashable, Made] = {}

    def of(self, *shape: Hashable) -> Made:
        found = self._made.get(shape)
        if found is None:
            if len(self._made) >= SHAPES:
                self._made.clear()
            found = self._made[shape] = self._make(_Given, *shape)
        return found


class Kept:
    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        """`make(given, *shape)`. What is fetched beside the rows (`prefetch_related`) is not kept: ask for it after."""
        self._statements = ByShape(lambda given, *shape: _Statement(make(given, *shape)))

    def rows(self, *shape: Hashable, **values: Any) -> list[Any]:
        """One statement; none where there can be no row. Raises KeyError for a value that is missing."""
        return self._statements.of(*shape).rows(values)


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
        params = filled(self._params, values)
        compiler = copy(self._compiler)
        compiler.connection = connections[self._queryset.db]  # this thread's
        compiler.as_sql = lambda *_, **__: (self._sql, params)  # type: ignore[method-assign]
        asked = self._queryset.all()
        asked.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(asked)
