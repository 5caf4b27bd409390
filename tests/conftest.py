"""The ground every test stands on: private servers for this run, and the application's own database role.

Django is set up here, not by an option of pytest-django: the servers' addresses must be known before settings load.
"""

import atexit
import os
from contextlib import ExitStack

import django
import pytest
from django.conf import settings

from config.stack.scratch import scratch_servers

pytest_plugins = ["tests.database"]

if settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: tests choose their own servers before settings load")

servers = ExitStack()
atexit.register(servers.close)
os.environ |= servers.enter_context(scratch_servers())
os.environ |= {"DESK_ENV": "test", "DESK_DB_ROLE": "", "DEMO": "0", "DJANGO_SETTINGS_MODULE": "config.settings"}
django.setup()
