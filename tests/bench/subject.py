"""One measurement by hand, on the database that DATABASE_URL names: `python -m tests.bench.subject NAME`.

`make bench` runs each so, in a process and on a database of its own.
"""

import os
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    import_module(f"tests.bench.bench_{sys.argv[1]}").main()
