#!/usr/bin/env python
"""Django's command line for the desk; works on the running one unless DATABASE_URL names another database."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.stack.attach import attach, explained

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    attach(os.environ)
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as failure:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"desk: {explained(failure)}")
