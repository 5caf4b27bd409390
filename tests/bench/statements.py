"""The bare-SQL limit: the statements of a call, caught once, sent again without Django and their rows fetched."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from tests.bench.figures import timed

Statement = tuple[str, Any]


@contextmanager
def caught() -> Iterator[list[Statement]]:
    """Fills the list with what is executed inside, in its order."""
    statements: list[Statement] = []

    def catch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(catch):
        yield statements


@contextmanager
def in_statements() -> Iterator[list[float]]:
    """Seconds that each statement inside took, the way through the cursor included."""
    spans: list[float] = []

    def clock(execute: Callable[..., Any], *arguments: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            spans.append(time.perf_counter() - begun)

    with connection.execute_wrapper(clock):
        yield spans


def bare(statements: list[Statement], *, repeats: int = 20) -> float:
    """Median seconds for all of them, on a connection of its own with the same role. What they change is undone."""
    with connect() as plain:
        return timed([lambda: _run(plain, statements)] * (repeats + 1)).figures("s")["median"]


def connect() -> psycopg.Connection[Any]:
    """As Django connects, and with its way of sending values; tuples for rows."""
    given = {name: value for name, value in connection.get_connection_params().items() if name != "cursor_factory"}
    given.pop("context", None)
    context = connection.get_connection_params()["context"]
    return psycopg.connect(**given, context=context, autocommit=True, cursor_factory=psycopg.ClientCursor)


def _run(plain: psycopg.Connection[Any], statements: list[Statement]) -> None:
    with plain.transaction(force_rollback=True), plain.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
