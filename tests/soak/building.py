"""The desk under test, with a second worker and a second beat beside it, and the hands that hurt it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

from config.stack.processes import kill_group, spawn
from config.stack.servers import socket_folder
from tests.e2e.processes.desk import ROOT, Desk
from tests.migrated import migrated_cluster

CLOCK = Path(__file__).parent / "clock"
ROOM = "24m"  # for blobs, so that it can be filled
AGAIN_AFTER = 1.0  # seconds until a second one that was killed is started again
SECONDS = ("worker", "beat")


class SoakDesk(Desk):
    """`make run` with mail that leaves, short leases and a clock that can be stepped."""

    def __init__(self, data: Path, mail_port: int) -> None:
        super().__init__(data)
        self.mail_port = mail_port
        self.clock = data.with_name("clock")
        self.clock.write_text("0")

    @property
    def env(self) -> dict[str, str]:
        return super().env | {
            "PYTHONPATH": os.pathsep.join([str(CLOCK), str(ROOT)]),
            "SOAK_CLOCK": str(self.clock),
            "MAIL_TRANSPORT": "smtp",
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.mail_port),
            "EMAIL_TIMEOUT": "4",
            "OUTBOX_LEASE_SECONDS": "20",
            "AUTOMATIC_MAILS_PER_HOUR": "1000000",  # the sink counts every mail: none may be left out
            "API_REQUESTS_PER_MINUTE": "100000",
        }

    def start(self) -> None:
        """Unlike a test's desk it ends when whoever forked it is killed."""
        with self.log.open("ab") as log:
            self.process = spawn([sys.executable, "-m", "config.stack.run"], env=self.env, output=log, cwd=ROOT)

    def addresses(self) -> dict[str, str]:
        lines = (self.data / "desk.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


class Building:
    """Everything is started from the main thread: the kernel ends the second ones with whoever forked them."""

    def __init__(self, folder: Path, mail_port: int) -> None:
        self.folder = folder
        self.desk = SoakDesk(folder / "desk", mail_port)
        self.seconds: dict[str, subprocess.Popen[bytes]] = {}
        self.commands: dict[str, tuple[list[str], dict[str, str]]] = {}
        self.started_at: dict[str, float] = {}
        self.log = (folder / "seconds.log").open("wb")
        self.closing = ExitStack()
        self.blobs = self.desk.data / "blobs"

    def start(self) -> None:
        self.desk.data.mkdir()
        self.desk.data.chmod(0o711)  # PostgreSQL's own user walks through
        if migrated := migrated_cluster():
            shutil.copytree(migrated, self.desk.data, dirs_exist_ok=True)
        self.blobs.mkdir()
        self.can_fill = self._mount()
        self.desk.start()
        self.desk.wait_until_green()
        self.addresses = self.desk.addresses()
        parts = self.desk.parts()
        for name in SECONDS:
            words = [word.replace(str(self.desk.data / "beat"), str(self.desk.data / "beat2")) for word in
                     parts[name].cmdline()]  # fmt: skip
            self.commands[name] = (words, parts[name].environ())
            self._start_second(name)

    def _mount(self) -> bool:
        """A small disk of their own for blobs, where the system lets us mount one."""
        if shutil.which("mount") is None:
            return False
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=755", "tmpfs", str(self.blobs)], capture_output=True
        )
        if done.returncode == 0:
            self.closing.callback(subprocess.run, ["umount", "-l", str(self.blobs)], check=True)
        return done.returncode == 0

    def _start_second(self, name: str) -> None:
        words, env = self.commands[name]
        self.seconds[name] = spawn(words, env=env, output=self.log, cwd=ROOT)
        self.started_at[name] = time.monotonic()

    def look_after(self) -> None:
        for name, process in self.seconds.items():
            if process.poll() is not None and time.monotonic() - self.started_at[name] > AGAIN_AFTER:
                kill_group(process)
                self._start_second(name)

    # --- what can be hurt ---------------------------------------------------------------------------------------

    def main(self, part: str) -> list[psutil.Process]:
        """The first process of a part of the supervised desk; none while it is being started again."""
        return [process for name, process in self.desk.parts().items() if name == part]

    def children(self, part: str) -> list[psutil.Process]:
        found = []
        for process in self.main(part):
            with suppress(psutil.Error):
                found += process.children(recursive=True)
        return found

    def second(self, name: str) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return [psutil.Process(self.seconds[name].pid)]
        return []

    def whole(self, part: str) -> list[psutil.Process]:
        return [*self.main(part), *self.children(part)]

    def backends(self) -> list[psutil.Process]:
        """Of clients: PostgreSQL's own helpers stay out of it."""
        found = []
        for child in self.children("postgres"):
            with suppress(psutil.Error):
                if any(" desk " in f" {word} " for word in child.cmdline()):
                    found.append(child)
        return found

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.addresses["DATABASE_URL"], connect_timeout=2, autocommit=True)

    def valkey(self) -> Any:
        return redis.Redis.from_url(self.addresses["REDIS_URL"], socket_timeout=2, socket_connect_timeout=2)

    def step_clock(self, seconds: float) -> None:
        draft = self.desk.clock.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.rename(self.desk.clock)

    def fill_disk(self) -> None:
        """Until nothing fits any more; where no disk of their own could be mounted, the folder is gone instead."""
        if not self.can_fill:
            self.blobs.rename(self.blobs.with_name("blobs.away"))
            self.blobs.touch()
            return
        with (self.blobs / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while True:
                filler.write(b"\0" * 4096)

    def free_disk(self) -> None:
        if self.can_fill:
            (self.blobs / "filler").unlink(missing_ok=True)
        elif self.blobs.is_file():
            self.blobs.unlink()
            self.blobs.with_name("blobs.away").rename(self.blobs)

    # --- the end ------------------------------------------------------------------------------------------------

    def still(self) -> None:
        """No beat any more: what the checker reads stands still."""
        self.signal([*self.main("beat"), *self.second("beat")], signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal([*self.main("beat"), *self.second("beat")], signal.SIGCONT)

    def signal(self, processes: list[psutil.Process], number: signal.Signals) -> None:
        for process in processes:
            with suppress(psutil.Error):
                process.send_signal(number)

    def stop(self) -> dict[str, Any]:
        """Ends the desk as Ctrl-C does; the seconds it took and what it left behind."""
        for process in self.seconds.values():
            process.terminate()
        for process in self.seconds.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            kill_group(process)
            process.wait()
        took = self.desk.interrupt(signal.SIGINT)
        return {"seconds": round(took, 1), "left": self.desk.left_behind()}

    def close(self, *, keep: bool) -> None:
        if self.desk.process is not None and self.desk.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.desk.interrupt(signal.SIGTERM)
        for process in self.seconds.values():
            kill_group(process)
        self.log.close()
        self.closing.close()
        shutil.rmtree(socket_folder(self.desk.data), ignore_errors=True)
        if not keep:
            shutil.rmtree(self.desk.data, ignore_errors=True)
