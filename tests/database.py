"""Tests work as `desk_app`, the role that owns nothing; building and emptying the test database is the owner's."""

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

APPLICATION_ROLE = "desk_app"
PRISTINE = "select tablename from pg_tables where schemaname = 'pristine' order by 1"
FILLED = "select '{0}' where exists (select from public.\"{0}\")"
MIGRATIONS = "django_migrations"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After pytest-django migrated as the owner, every connection (threads' too) takes on the application's role."""
    with django_db_blocker.unblock():
        keep_what_migrations_wrote()
        connection.close()
        connection.settings_dict["OPTIONS"]["assume_role"] = APPLICATION_ROLE
    yield
    with django_db_blocker.unblock():
        connection.close()
    del connection.settings_dict["OPTIONS"]["assume_role"]


@pytest.fixture(scope="module")
def for_the_file(django_db_setup, django_db_blocker):
    """A transaction around all tests of a file: what module-scoped fixtures write in it is written once, and each test
    finds it as it was made, for its own transaction is then a savepoint. Not beside tests that commit.

    A test that changes objects of such a fixture gets copies of them (`copy.deepcopy`).
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def keep_what_migrations_wrote():
    """Copies of the rows that migrations put there: emptying the tables after a test must not lose them."""
    with connection.cursor() as cursor:
        cursor.execute("drop schema if exists pristine cascade")  # there with --reuse-db
        cursor.execute("create schema pristine")
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'select exists (select from "{table}")')
            if cursor.fetchone()[0]:
                cursor.execute(f'create table pristine."{table}" as table public."{table}"')


def first_column(cursor, query):
    cursor.execute(query)
    return [row[0] for row in cursor.fetchall()]


def deleting(tables):
    """One statement: foreign keys that can't be deferred are asked at its end."""
    parts = [f'd{number} as (delete from public."{table}")' for number, table in enumerate(tables)]
    return f"with {', '.join(parts)} select 1" if parts else "select 1"


@pytest.fixture(scope="session", autouse=True)
def flush_as_owner():
    """What `transaction=True` tests leave is deleted by the owner: neither the role nor an append-only table allows it.

    Django would empty every table there is, which costs much more than to delete the few rows of a test.
    """

    def as_owner(self, sql_list):
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("reset role")
            kept = first_column(cursor, PRISTINE)
            tables = [name for name in self.connection.introspection.table_names(cursor) if name != MIGRATIONS]
            # A browser's last request may still be at work: it is waited for, and the next finds nothing.
            cursor.execute("lock table " + ", ".join(f'public."{table}"' for table in tables))
            filled = first_column(cursor, " union all ".join(map(FILLED.format, tables)))
            touched = sorted({*kept, *filled})
            statements = [
                *[f'alter table public."{table}" disable trigger user' for table in touched],
                deleting(filled),
                *[f'insert into public."{table}" select * from pristine."{table}"' for table in kept],
                "set constraints all immediate",  # ALTER TABLE waits for nothing that is pending
                *[f'alter table public."{table}" enable trigger user' for table in touched],
            ]
            cursor.execute(";".join(statements))
            cursor.execute(f"set role {APPLICATION_ROLE}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", as_owner)
        yield
