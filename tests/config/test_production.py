"""What a production start refuses, and that it says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.checks import no_demo_users_in_production, refuse_demo_users
from tenants.models import User

ROOT = Path(__file__).resolve().parents[2]
WHOLE = {
    "DESK_ENV": "production",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "desk.example",
    "DATABASE_URL": "postgres://desk@127.0.0.1:1/desk",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def manage_check(environment):
    env = {"PATH": os.environ["PATH"]} | environment
    return subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_names_the_variable_that_is_missing(missing):
    refused = manage_check({name: value for name, value in WHOLE.items() if name != missing})
    assert refused.returncode != 0
    assert f"DESK_ENV=production needs {missing}" in refused.stderr


@pytest.mark.django_db
def test_production_refuses_demo_users(settings):
    User.objects.create(username="l1", is_demo=True)
    User.objects.create(username="kim")
    settings.PRODUCTION = True
    [error] = no_demo_users_in_production(databases=["default"])
    assert (error.id, error.msg) == ("desk.E002", "Demo users in production: l1")
    with pytest.raises(ImproperlyConfigured, match=r"refuses demo users: l1$"):
        refuse_demo_users()


@pytest.mark.django_db
def test_elsewhere_demo_users_are_welcome():
    User.objects.create(username="l1", is_demo=True)
    assert no_demo_users_in_production(databases=["default"]) == []
    refuse_demo_users()
