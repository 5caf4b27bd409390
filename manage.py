#!/usr/bin/env python
"""Django's command line for the desk; works on the running one unless DATABASE_URL names another database."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.stack.attach import attach, explanation

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    attach(os.environ)
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as failure:
        if (hint := explanation()) is None:
            raise
        sys.exit(f"desk: {hint}\n({str(failure).splitlines()[0]})")
