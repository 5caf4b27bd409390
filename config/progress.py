"""How far a long command is, for whoever watches it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def telling() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; silence elsewhere. Without a thread of its own: one that is forked may hold a lock."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    columns = (TextColumn("Cases"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total, refresh=True)
