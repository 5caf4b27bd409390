from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from config.models import Heartbeat


def who_am_i():
    with connection.cursor() as cursor:
        cursor.execute("select current_user, session_user")
        return cursor.fetchone()


@pytest.mark.django_db
def test_tests_work_as_the_application():
    assert who_am_i() == ("desk_app", "desk")


@pytest.mark.django_db(transaction=True)
def test_threads_work_as_the_application_too():
    seen = []

    def ask():
        seen.append(who_am_i())
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert seen == [("desk_app", "desk")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", [1, 2])
def test_each_test_starts_from_what_migrations_wrote(_round):
    assert Heartbeat.objects.count() == 0
    Heartbeat.objects.create(name="left behind", at=timezone.now())


@pytest.mark.django_db
def test_the_application_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname like 'desk\\_%%'"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname ~ '^desk_'"
        )
        assert cursor.fetchall() == [(False,) * 4] * 2
