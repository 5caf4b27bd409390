"""What the application's role may not do, whatever its code says."""

import pytest
from django.db import ProgrammingError, connection, transaction

from config.append_only import append_only
from config.roles import ROLES, grant_tables

FORBIDDEN = [
    "update config_ledger set word = 'b'",
    "delete from config_ledger",
    "truncate config_ledger",
    "alter table config_ledger add column more text",
    "alter table config_ledger disable trigger user",
    "drop table config_ledger",
]


@pytest.fixture
def ledger(db):
    """A table made append-only in the way migrations do it, gone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("reset role")
        cursor.execute("create table config_ledger (word text)")
        grant_tables(connection)
        for statement in append_only("config_ledger").sql:
            cursor.execute(statement)
        cursor.execute("insert into config_ledger values ('a')")
        yield cursor
        cursor.execute("reset role")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_an_append_only_table_refuses_the_application(ledger, role, statement):
    ledger.execute(f"set role {role}")
    with pytest.raises(ProgrammingError), transaction.atomic():
        ledger.execute(statement)
    ledger.execute("select word from config_ledger")
    assert ledger.fetchall() == [("a",)]


@pytest.mark.parametrize("statement", FORBIDDEN[:3])
def test_an_append_only_table_refuses_its_owner_too(ledger, statement):
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        ledger.execute(statement)
    ledger.execute("select word from config_ledger")
    assert ledger.fetchall() == [("a",)]


def test_granting_again_keeps_it_append_only(ledger):
    grant_tables(connection)
    ledger.execute("select has_table_privilege('desk_app', 'config_ledger', 'update')")
    assert ledger.fetchone() == (False,)


@pytest.mark.parametrize("role", ROLES)
def test_the_application_may_add_and_read(ledger, role):
    ledger.execute(f"set role {role}")
    ledger.execute("insert into config_ledger values ('b')")
    ledger.execute("select word from config_ledger order by 1")
    assert ledger.fetchall() == [("a",), ("b",)]
