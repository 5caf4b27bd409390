"""Steps the clock of a Python process: by as many seconds as the file SOAK_CLOCK says at the moment.

The soak puts this folder on PYTHONPATH of a desk's processes; the product knows nothing of it. What is stepped is what
a wrong clock steps: `time.time()`, `datetime.now()`; waiting and timeouts (`time.monotonic()`) go on as they were.
PostgreSQL and Valkey keep the true time.
"""

import os
import threading
import time
from pathlib import Path

LOOKS_EVERY = 0.1  # seconds


def follow(file: Path) -> None:
    traveller, shifted = None, 0.0
    while True:
        try:
            wanted = float(file.read_text())
        except (OSError, ValueError):  # not there, or just being written
            wanted = shifted
        if wanted != shifted:
            if traveller is not None:
                traveller.stop()
                traveller = None
            if wanted:
                traveller = time_machine.travel(time.time() + wanted, tick=True)
                traveller.start()
            shifted = wanted
        time.sleep(LOOKS_EVERY)


def start() -> None:
    threading.Thread(target=follow, args=(Path(os.environ["SOAK_CLOCK"]),), daemon=True).start()


if os.environ.get("SOAK_CLOCK"):
    import time_machine  # before any thread or fork: half an import would be inherited

    start()
    os.register_at_fork(after_in_child=start)
