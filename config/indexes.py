"""Indexes that tables do without while they are filled: built when all is written, they cost a third of the work.

Which are missing is read from the models and the catalogue, nowhere written down: a process that was killed while they
were away leaves nothing but that behind, and whoever calls `build_missing` next builds them.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import OperationalError, connection, models, transaction
from psycopg.errors import LockNotAvailable

Model = type[models.Model]


def missing(kinds: Iterable[Model]) -> list[tuple[Model, models.Index]]:
    """Those that these models declare and their tables lack."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
        standing = {name for (name,) in cursor.fetchall()}
    return [(model, index) for model in kinds for index in model._meta.indexes if index.name not in standing]


def drop_declared(kinds: Iterable[Model]) -> bool:
    """All that these models declare; what keeps rows unique stays. Only the tables' owner may.

    It takes a moment in which nobody reads the tables. Where somebody works on them for longer than a second nothing is
    dropped, and the answer is False.
    """
    names = [connection.ops.quote_name(index.name) for model in kinds for index in model._meta.indexes]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            cursor.execute(f"DROP INDEX IF EXISTS {', '.join(names)}")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True


def build_missing(kinds: Iterable[Model]) -> None:
    """Nobody writes to a table meanwhile. Only the tables' owner may, unless nothing is missing."""
    wanted = list(kinds)
    tables = sorted({model._meta.db_table for model, _index in missing(wanted)})
    if not tables:
        return
    with connection.schema_editor() as editor:
        editor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        names = ", ".join(map(editor.quote_name, tables))
        editor.execute(
            f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"
        )  # a second builder waits, and finds them built
        for model, index in missing(wanted):
            editor.add_index(model, index)
