"""The folder that holds all a desk keeps, and the lock that lets one desk at a time use it."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.stack.errors import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
ADDRESSES = "desk.env"  # in the data folder while a desk runs: where its servers are
MARK = "DESK_RUNS_IN"  # in the environment of every process of a desk: its data folder
LAST_BREATH = 6.0  # seconds for what a killed desk left behind to end by itself


def data_folder() -> Path:
    return Path(os.environ.get("DESK_DATA") or ROOT / ".data").resolve()


@contextmanager
def held(data: Path) -> Iterator[None]:
    """The lock on `data`; StackError when another desk holds it. The kernel gives it back, however we end."""
    data.mkdir(mode=0o711, parents=True, exist_ok=True)  # PostgreSQL's own user walks through
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StackError(f"a desk already runs on {data} (process {lock.read().strip()})") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        end_left_behind(data)
        try:
            yield
        finally:
            lock.truncate(0)


def end_left_behind(data: Path) -> None:
    """After `kill -9` of a desk its parts end by themselves; wait for them, and end those that were cut off from it."""
    deadline = time.monotonic() + LAST_BREATH
    while left := marked_processes(data):
        if time.monotonic() > deadline:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def marked_processes(data: Path) -> list[int]:
    mark = f"{MARK}={data}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
        except OSError:  # gone, or another user's
            continue
    return [pid for pid in found if pid != os.getpid()]


def port_holder(port: int) -> str:
    """Who listens on a TCP port of this machine: `python (process 4711)`, as far as we may look."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        except OSError:
            continue
        inodes |= {row[9] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in inodes:
            process = link.parent.parent
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            return f"process {process.name}: {command[:120]}"
    return "a process of another user"
