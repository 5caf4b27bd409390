"""Starting children that never outlive whoever started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork


def dies_with(parent: int, stop: signal.Signals) -> Callable[[], None]:
    """To run in the child before its program starts: the kernel sends it `stop` when its parent is gone."""

    def ask_the_kernel() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, stop)
            if os.getppid() != parent:  # the parent died between fork and prctl
                os._exit(1)

    return ask_the_kernel


def spawn(
    argv: Sequence[str],
    *,
    stop: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    output: int | IO[Any] | None = None,
    user: int | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own (Ctrl-C reaches only us). Call from the main thread: the kernel's
    promise is bound to the thread that forks."""
    identity: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    return subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=dies_with(os.getpid(), stop),
        **identity,
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what a dead or dying leader may have left in its session (granian's workers keep the port)."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
