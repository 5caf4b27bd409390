"""Indexes go and come back as they were, and nobody is kept waiting for it."""

import threading

import pytest
from django.db import connection, transaction

from cases.models import Interaction, Transition
from config.indexes import build_missing, drop_declared, missing

KINDS = [Interaction, Transition]
TABLES = [model._meta.db_table for model in KINDS]
DECLARED = [(model, index) for model in KINDS for index in model._meta.indexes]


def standing():
    with connection.cursor() as cursor:
        cursor.execute("select indexname, indexdef from pg_indexes where tablename = any(%s)", [TABLES])
        return dict(cursor.fetchall())


@pytest.fixture
def as_owner():
    """Who may drop and build indexes; the application's role may not."""
    with connection.cursor() as cursor:
        cursor.execute("reset role")
        yield
        cursor.execute("set role desk_app")


@pytest.mark.django_db
@pytest.mark.usefixtures("as_owner")
def test_they_come_back_as_they_were():
    before = standing()
    assert drop_declared(KINDS)
    assert missing(KINDS) == DECLARED
    assert before.keys() - standing().keys() == {index.name for _model, index in DECLARED}
    build_missing(KINDS)
    assert (standing(), missing(KINDS)) == (before, [])


@pytest.mark.django_db
@pytest.mark.usefixtures("as_owner")
def test_the_one_that_a_killed_run_left_away_is_built():
    before = standing()
    with connection.cursor() as cursor:
        cursor.execute("drop index cases_interaction_text")
    build_missing(KINDS)
    assert standing() == before


@pytest.mark.django_db
def test_nothing_missing_is_nothing_to_do_for_anybody(django_assert_num_queries):
    with django_assert_num_queries(1):
        build_missing(KINDS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("as_owner")
def test_tables_that_somebody_works_on_keep_theirs():
    before = standing()
    reading, done = threading.Event(), threading.Event()

    def read():
        with transaction.atomic():
            Transition.objects.exists()
            reading.set()
            done.wait(20)
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(20)
    dropped = drop_declared(KINDS)
    done.set()
    reader.join()
    assert (dropped, standing()) == (False, before)
