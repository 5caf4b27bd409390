"""Processes: one that serves for long, and several that share much work of the same kind."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from django.db import connections

from config.errors import Refused

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(work: Callable[[Item], Result], items: Iterable[Item], *, processes: int) -> Iterator[Result]:
    """`work` of each item, in the order in which they are done. With one process it is this one.

    Children are forked: `work` may hold what it likes, items and results are pickled. Each child opens a connection of
    its own, so nothing may be open in a transaction here; a few items are ahead, so memory is bounded. Raises what
    `work` raises, and Refused when a child was killed. Whoever stops early waits for what is in hand.
    """
    if processes == 1:
        yield from map(work, items)
        return
    connections.close_all()  # a connection must not be shared with a child
    pool = ProcessPoolExecutor(processes, mp_context=get_context("fork"), initializer=_begin, initargs=(work,))
    try:
        yield from _gathered(pool, items, ahead=4 * processes)
    except BrokenProcessPool:
        raise Refused("A process at work was ended from outside; run it again.", code="interrupted") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _gathered(pool: ProcessPoolExecutor, items: Iterable[Any], *, ahead: int) -> Iterator[Any]:
    running: set[Future[Any]] = set()
    for item in items:
        running.add(pool.submit(_work, item))
        if len(running) >= ahead:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        yield from (one.result() for one in done)


def settle() -> None:
    """What a server has loaded stays as it is: said once it is up, before its first request.

    Python's search for cycles went through all of it again and again, a long case page waited a tenth of a second
    for it; now it looks at what requests leave, and less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


_child: list[Callable[[Any], Any]] = []


def _begin(work: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C reaches all; the parent decides
    gc.freeze()  # the parent's pages stay shared
    gc.set_threshold(500_000)  # a batch is many objects and no cycles: looking for some took a fifth of the time
    _child.append(work)


def _work(item: Any) -> Any:
    return _child[0](item)
