"""The two database roles that own nothing: `desk_app` for requests, `desk_system` for work across tenants.

One DATABASE_URL owns and migrates; DESK_DB_ROLE makes a process take on one of these after it has connected.
"""

from collections.abc import Callable
from functools import partial

from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

ROLES = ("desk_app", "desk_system")


def create_roles(connection: BaseDatabaseWrapper) -> None:
    """Make sure that both exist and that the owner may take them on. Roles belong to the server, not the database."""
    for role in ROLES:
        if not _exists(connection, role):
            _run(connection, f"CREATE ROLE {role} NOLOGIN")
        _run(connection, f"GRANT {role} TO CURRENT_USER", unless=partial(_may_take_on, connection, role))


def grant_tables(connection: BaseDatabaseWrapper) -> None:
    """Let the roles do everything with the owner's rows, but only read and add where a table is append-only."""
    names = ", ".join(ROLES)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {names}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {names}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {names}")
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = to_regproc('public.append_only')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {names}")


def roles_exist(connection: BaseDatabaseWrapper) -> bool:
    return all(_exists(connection, role) for role in ROLES)


def works_as_application(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0] in ROLES


def _exists(connection: BaseDatabaseWrapper, role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        return bool(cursor.fetchone()[0])


def _may_take_on(connection: BaseDatabaseWrapper, role: str) -> bool:
    # Tried rather than asked: what membership means differs between PostgreSQL 15 and 16.
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute("RESET ROLE")
    except ProgrammingError:
        return False
    return True


def _run(connection: BaseDatabaseWrapper, statement: str, *, unless: Callable[[], bool] | None = None) -> None:
    """Run it; a refusal is explained, `unless` it was not needed anyway."""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(statement)
    except ProgrammingError as refusal:
        if unless is not None and unless():
            return
        owner = connection.settings_dict["USER"]
        statements = [f"CREATE ROLE {role} NOLOGIN;" for role in ROLES] + [f'GRANT {", ".join(ROLES)} TO "{owner}";']
        raise ImproperlyConfigured(
            f"The owner of DATABASE_URL may not do: {statement} ({str(refusal).strip()}). "
            f"Let an administrator run, once a server: {' '.join(statements)}"
        ) from refusal
