"""`manage.py` by hand works on the running desk: same database, same broker, same secret."""

import os
from collections.abc import MutableMapping

from django.db import OperationalError

from config.stack.data import ADDRESSES, data_folder

NO_DESK = "no desk runs on {data}: start one with make run, or name a database in DATABASE_URL"


def attach(environment: MutableMapping[str, str]) -> bool:
    """Fill in what the running desk on DESK_DATA has written down; False when a database is named or no desk runs."""
    if environment.get("DATABASE_URL") or environment.get("DESK_ENV", "development") != "development":
        return False
    try:
        lines = (data_folder() / ADDRESSES).read_text().splitlines()
    except OSError:
        return False
    for name, _equals, value in (line.partition("=") for line in lines):
        environment.setdefault(name, value)
    return True


def explained(failure: Exception) -> str:
    """One line for whoever typed the command; nobody named a database and it did not answer: no desk runs."""
    line = (str(failure).strip() or type(failure).__name__).splitlines()[0]
    if isinstance(failure, OperationalError) and not os.environ.get("DATABASE_URL"):
        return f"{NO_DESK.format(data=data_folder())} ({line})"
    return line
