"""Keeps the desk's processes alive and ends them all together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from config.stack.errors import StackError
from config.stack.processes import kill_group, spawn

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a restart; doubled each time
SETTLED = 30.0  # seconds alive after which a part counts as healthy again
PATIENCE = 60.0  # seconds a part may take to be ready at the start
GRACE, GRACE_IN_ALL = 3.3, 4.7  # seconds to end by themselves: for the parts, for the servers that they use, too
NAME_WIDTH = 8  # of the longest name
OUTPUT = threading.Lock()


def say(name: str, line: str) -> None:
    with OUTPUT:
        try:
            print(f"{name:<{NAME_WIDTH}} | {line}", flush=True)
        except OSError:
            # Whoever read our output has gone. The parts must go on, and their pipes be emptied.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for the rest of this process


@dataclass
class Part:
    """One process to keep alive. `start` gets the pipe's end for its output."""

    name: str
    start: Callable[[int], subprocess.Popen[bytes]]
    stop: signal.Signals = signal.SIGTERM
    force: signal.Signals = signal.SIGKILL
    ready: Callable[[], bool] | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    not_before: float = 0.0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def launch(self) -> None:
        read_end, write_end = os.pipe()
        try:
            self.process = self.start(write_end)
        finally:
            os.close(write_end)
        self.started_at = time.monotonic()
        threading.Thread(target=pump, args=(self.name, os.fdopen(read_end, "rb")), daemon=True).start()

    def signal(self) -> None:
        if self.process is not None and self.alive:
            self.process.send_signal(self.stop)

    def bury(self) -> int:
        """Note a death; nothing of the part's session stays behind. Returns the seconds until its next start."""
        if self.process is None:
            raise ValueError(f"{self.name} has not been started")
        kill_group(self.process)
        lived = time.monotonic() - self.started_at
        self.deaths = 1 if lived > SETTLED else self.deaths + 1
        pause = min(FIRST_PAUSE * 2 ** (self.deaths - 1), LONGEST_PAUSE)
        self.not_before = time.monotonic() + pause
        say("desk", f"{self.name} ended ({ending(self.process.returncode)}); starting it again in {pause:g} s")
        self.process = None
        return self.deaths


def ending(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


def pump(name: str, pipe: IO[bytes]) -> None:
    with pipe:
        for line in pipe:
            say(name, line.decode(errors="replace").rstrip())


class Supervisor:
    def __init__(self) -> None:
        self.groups: list[tuple[Part, ...]] = []
        self.asked_to_stop = threading.Event()

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.asked_to_stop.set())

    def start(self, *parts: Part) -> None:
        """Start these together and wait until each is ready; StackError when one cannot be."""
        self.groups.append(parts)
        for part in parts:
            part.launch()
        deadline = time.monotonic() + PATIENCE
        for part in parts:
            while not self.asked_to_stop.is_set() and part.ready is not None and not part.ready():
                if time.monotonic() > deadline:
                    raise StackError(f"{part.name} was not ready after {PATIENCE:g} s; its lines above say why")
                self.look_after(tries=3)
                self.asked_to_stop.wait(0.05)

    def step(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Run a command to its end; StackError when it fails. Stops early when asked to."""
        if self.asked_to_stop.is_set():
            return
        step = Part(name, lambda out: spawn(argv, env=env, output=out))
        step.launch()
        while step.alive:
            self.asked_to_stop.wait(0.05)
            if self.asked_to_stop.is_set():
                step.signal()
            self.look_after()
        if step.process is not None and step.process.returncode != 0 and not self.asked_to_stop.is_set():
            raise StackError(f"{name} failed ({ending(step.process.returncode)}); its lines above say why")

    def look_after(self, tries: int | None = None) -> None:
        """Start again what has died, after its pause; with `tries`, give up at so many deaths."""
        for part in [part for group in self.groups for part in group]:
            if self.asked_to_stop.is_set():
                return
            if part.process is not None and not part.alive and part.bury() == tries:
                raise StackError(f"{part.name} ended {tries} times at its start; its lines above say why")
            if part.process is None and time.monotonic() >= part.not_before:
                part.launch()
                say("desk", f"{part.name} started again")

    def run(self) -> None:
        while not self.asked_to_stop.wait(0.2):
            self.look_after()

    def stop(self) -> None:
        """End all, the group started last first: what uses the servers before the servers."""
        asked = time.monotonic()
        for group in reversed(self.groups):
            for part in group:
                part.signal()
            deadline = asked + (GRACE_IN_ALL if group is self.groups[0] else GRACE)
            for part in group:
                if part.process is None:
                    continue
                try:
                    part.process.wait(max(0.01, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    say("desk", f"{part.name} did not end in time and was killed")
                    part.process.send_signal(part.force)
                    with suppress(subprocess.TimeoutExpired):
                        part.process.wait(0.5)
                kill_group(part.process)
                part.process.wait()
