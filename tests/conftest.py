"""The ground every test stands on: private servers for this run, and the application's own database role.

Django is set up here, not by an option of pytest-django: the servers' addresses must be known before settings load.
"""

import atexit
import gc
import os
from contextlib import ExitStack

import django
import pytest
from django.conf import settings
from django.db import connections
from django.utils import translation

from config.stack.scratch import scratch_servers
from tests.migrated import migrated_cluster

pytest_plugins = ["tests.database"]

if settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: tests choose their own servers before settings load")

servers = ExitStack()
atexit.register(servers.close)
migrated = migrated_cluster()
os.environ |= servers.enter_context(scratch_servers(like=migrated))
os.environ |= {"DESK_ENV": "test", "DESK_DB_ROLE": "", "DEMO": "0", "DJANGO_SETTINGS_MODULE": "config.settings"}
django.setup()
if migrated:
    connections.settings["default"]["TEST"]["TEMPLATE"] = "desk"

# What is loaded by now stays to the end: nobody needs to look for garbage in it, nor after each seven hundred objects.
gc.freeze()
gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def english():
    """A request in another language leaves it to the thread."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
