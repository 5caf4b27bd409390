"""The real processes of a desk (web, worker, beat) on the database of this measurement."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.stack.run import start_desk
from config.stack.servers import free_port
from config.stack.supervisor import Supervisor


@contextmanager
def desk() -> Iterator[int]:
    """Inside, it answers on this port of 127.0.0.1."""
    supervisor, port = Supervisor(), free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ("DESK_DB_ROLE", "DESK_DB_POOL")}
    try:
        start_desk(supervisor, environment, Path(os.environ["DESK_DATA"]), "127.0.0.1", port)
        yield port
    finally:
        supervisor.stop()
