"""Throw-away servers for one run of the tests or of a check: nothing is kept, nothing else is disturbed.

`python -m config.stack.scratch COMMAND …` runs a command with DATABASE_URL and REDIS_URL pointing at such a pair.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.stack.errors import StackError
from config.stack.servers import THROWN_AWAY, Postgres, Valkey, short_temporary

PREFIX = "desk-scratch-"
START_TIMEOUT = 20.0  # seconds


@contextmanager
def scratch_servers(*, like: Path | None = None, keep: Path | None = None) -> Iterator[dict[str, str]]:
    """Environment variables for a fresh pair; those that are set already are left as they are, with no server.

    The cluster is a copy of `like`, if given, and is copied to `keep` once it has stopped: each a folder of one
    stopped cluster with its secrets.
    """
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        yield {}
        return
    with scratch_folder() as folder:
        if like:
            shutil.copytree(like, folder, dirs_exist_ok=True)
        postgres = Postgres(folder, settings=THROWN_AWAY, sockets=folder / "s")
        valkey = Valkey(folder)
        with running(postgres, valkey, log=folder / "log"):
            postgres.create_database()
            yield {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url} | {
                name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ
            }
        if keep:
            keep.mkdir()
            for secret in folder.glob("*.secret"):
                shutil.copy2(secret, keep)
            shutil.copytree(postgres.folder, keep / postgres.folder.name)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Gone when the block ends or, should this process be killed, when the next one is asked for."""
    sweep_left_behind()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=short_temporary()))
    folder.chmod(0o711)
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(*servers: Postgres | Valkey, log: Path) -> Iterator[None]:
    """Inside, they answer."""
    children: list[tuple[Postgres | Valkey, subprocess.Popen[bytes]]] = []
    try:
        with log.open("ab") as output:
            for server in servers:
                server.prepare()
                children.append((server, server.start(output=output.fileno())))
        for server, child in children:
            wait_until_ready(server, child, log=log)
        yield
    finally:
        for server, child in children:
            child.send_signal(server.stop)
        for _server, child in children:
            child.wait()


def wait_until_ready(server: Postgres | Valkey, child: "subprocess.Popen[bytes]", *, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not server.ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise StackError(f"{server.name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def sweep_left_behind() -> None:
    """Remove the folders of runs that were killed; a running one holds its lock."""
    for lock in short_temporary().glob(f"{PREFIX}*/lock"):
        with suppress(OSError), lock.open() as file:  # another user's, or just being removed
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def main(argv: list[str]) -> int:
    with scratch_servers() as environment:
        return subprocess.run(argv, env=os.environ | environment).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as refusal:
        sys.exit(f"desk: {refusal}")
