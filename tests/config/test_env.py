import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.env import database_from_url, env_bool, env_int, env_list, env_str, take_on_role

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://desk@db/desk", ("desk", "", "db", "", "desk", {})),
        ("postgresql://me:p%40ss@db:5433/other", ("me", "p@ss", "db", "5433", "other", {})),
        ("postgres://desk:s@/desk?host=/run/pg&a=b", ("desk", "s", "/run/pg", "", "desk", {"a": "b"})),
        ("postgres://desk@%2Frun%2Fpg/desk", ("desk", "", "/run/pg", "", "desk", {})),
    ],
)  # fmt: skip
def test_a_database_url_is_read_whole(url, expected):
    read = database_from_url(url)
    assert tuple(read[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME", "OPTIONS")) == expected


def test_another_database_is_refused():
    with pytest.raises(ImproperlyConfigured, match="must start with postgres://, not mysql://"):
        database_from_url("mysql://db/desk")


def test_a_role_joins_the_options_that_are_there():
    options = {"options": "-c statement_timeout=5s"}
    take_on_role(options, "desk_app")
    assert options == {"options": "-c statement_timeout=5s -c role=desk_app"}


@pytest.mark.parametrize(
    ("read", "value"), [(env_bool, "yes"), (env_bool, ""), (env_int, "ten")], ids=["bool", "empty", "int"]
)
def test_a_value_that_cannot_be_read_is_refused(monkeypatch, read, value):
    monkeypatch.setenv("DESK_TEST", value)
    with pytest.raises(ImproperlyConfigured, match="DESK_TEST must be"):
        read("DESK_TEST", 1)


def test_values_and_their_absence(monkeypatch):
    monkeypatch.setenv("DESK_TEST", "a, b,,c ")
    assert env_list("DESK_TEST") == ["a", "b", "c"]
    monkeypatch.delenv("DESK_TEST")
    assert (env_list("DESK_TEST"), env_int("DESK_TEST", 4), env_bool("DESK_TEST", True)) == ([], 4, True)
    with pytest.raises(ImproperlyConfigured, match="DESK_TEST must be set"):
        env_str("DESK_TEST")


@pytest.mark.django_db
@pytest.mark.parametrize("pool", ["0", "2"])
def test_a_process_works_as_its_role_also_after_reset(pool):
    """The way web and worker run: a role, with a pool and without."""
    ask = (
        "from django.db import connection as c; u = c.cursor(); u.execute('reset role'); "
        "u.execute('select current_user'); print(u.fetchone()[0])"
    )
    env = os.environ | {"DESK_DB_ROLE": "desk_system", "DESK_DB_POOL": pool}
    name = connection.settings_dict["NAME"]
    env["DATABASE_URL"] = env["DATABASE_URL"].replace("@/desk?", f"@/{name}?")
    argv = [sys.executable, "manage.py", "shell", "-v", "0", "-c", ask]
    asked = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (asked.stdout, asked.returncode) == ("desk_system\n", 0), asked.stderr
