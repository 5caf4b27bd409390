"""The real processes of a desk on the database of this measurement."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.stack.run import start_desk
from config.stack.servers import free_port
from config.stack.supervisor import Supervisor

OURS = ("DESK_DB_ROLE", "DESK_DB_POOL", "PGAPPNAME")  # of the measuring process


@contextmanager
def desk(*, only: Collection[str] = ("web", "worker", "beat")) -> Iterator[int]:
    """Inside, it answers on this port of 127.0.0.1."""
    supervisor, port = Supervisor(), free_port()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DESK_DB_ROLE", "DESK_DB_POOL", "PGAPPNAME")
    }
    try:
        start_desk(supervisor, environment, Path(os.environ["DESK_DATA"]), "127.0.0.1", port, only=only)
        yield port
    finally:
        supervisor.stop()
