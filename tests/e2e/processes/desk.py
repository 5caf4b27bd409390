"""A real desk for tests: `make run`'s supervisor on data, a port and servers of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil

from config.stack.data import marked_processes
from config.stack.servers import free_port

ROOT = Path(__file__).resolve().parents[3]
PARTS = {
    "web": "config.wsgi:application",
    "worker": "celery -q -A config.celery worker",
    "beat": "celery -q -A config.celery beat",
    "postgres": "bin/postgres -D",
    "valkey": "valkey-server",
}
NOT_THE_TESTS_OWN = ("DATABASE_URL", "REDIS_URL", "DESK_ENV", "DESK_DB_ROLE", "DJANGO_SETTINGS_MODULE", "HOST")


class Desk:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.log = data.with_name(f"{data.name}.log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_THE_TESTS_OWN}
        return inherited | {"DESK_DATA": str(self.data), "PORT": str(self.port), "DEMO": "0"}

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = self.spawn(stdout=log, stderr=subprocess.STDOUT)

    def spawn(self, **streams) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "config.stack.run"], cwd=ROOT, env=self.env, start_new_session=True, **streams
        )

    def health(self) -> dict[str, object]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz/ready", timeout=8) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as answer:
            return json.load(answer)
        except (OSError, ValueError) as failure:
            return {"status": "silent", "checks": str(failure)}

    def wait(self, condition, *, seconds: float, words: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{words}\n{self.health()}\n{self.log.read_text()[-4000:]}"
            time.sleep(0.1)

    def wait_until_green(self, seconds: float = 90) -> None:
        self.wait(lambda: self.health()["status"] == "ready", seconds=seconds, words="the desk is not ready")

    def parts(self) -> dict[str, psutil.Process]:
        """The supervisor's own children, by name."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # ended in between
                line = " ".join(child.cmdline())
                found |= {name: child for name, mark in PARTS.items() if mark in line}
        return found

    def said(self, words: str) -> bool:
        return words in self.log.read_text()

    def left_behind(self) -> list[int]:
        return marked_processes(self.data) + [
            one.pid for one in psutil.process_iter(["cmdline"]) if str(self.data) in " ".join(one.info["cmdline"] or [])
        ]

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> float:
        """Ask it to stop; the seconds it took."""
        asked = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        return time.monotonic() - asked
