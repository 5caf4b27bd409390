"""`make test`: the whole suite, in several pytest calls, two at a time beside one that mostly waits, and one closing
line for all.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
INSTALL_CHROMIUM = "apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation"
# Without the settings' name, which importing this project has set: tests choose their servers before settings load.
# And compiled once: the suite starts Python some fifty times.
NOT_PASSED_ON = ("DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON} | {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"
}
CLOSING = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)\b")


@dataclass(frozen=True)
class Call:
    """One run of pytest; plugins are named because none loads by itself (that costs a second a start)."""

    name: str
    arguments: tuple[str, ...]
    plugins: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


SOAK = "tests/soak/test_soak_short.py"
PROCESSES = "tests/e2e/processes"
GROUND = ("tests/config", "tests/outbox", "tests/tenants")
ELSEWHERE = (*GROUND, "tests/cases", "tests/plans", "tests/e2e", "tests/schema", SOAK)
# The longest first, so that both cores end together.
WORKING = (
    Call("cases", ("tests/cases",)),
    Call(
        "e2e",
        ("tests/e2e", f"--ignore={PROCESSES}"),
        plugins=("pytest_playwright.pytest_playwright",),
        environment={"DJANGO_ALLOW_ASYNC_UNSAFE": "true"},  # Playwright's loop runs in the thread of the tests
    ),
    Call("rooms", ("tests", *(f"--ignore={one}" for one in ELSEWHERE))),
    Call("ground", GROUND),
    Call("plans", ("tests/plans",)),
    # It deletes what it finds: a database of its own.
    Call("schema", ("tests/schema",), plugins=("schemathesis.pytest.plugin",)),
)
# Desks of their own, for whose parts the tests wait.
WAITING = (Call("soak", (SOAK,)), Call("desks", (PROCESSES,)))
LANES = 2  # calls at work at once, each with servers of its own: one a core of the smallest machine this is for


@dataclass
class Ended:
    status: int
    closing: str  # pytest's last line
    failures: list[str]  # its short lines, one a test


def run(call: Call) -> Ended:
    """The output is passed on as it comes, each line under the call's name."""
    plugins = [part for plugin in call.plugins for part in ("-p", plugin)]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *plugins, *call.arguments],
        cwd=ROOT,
        env=ENVIRONMENT | call.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    closing, failures = "", []
    for line in process.stdout or ():
        print(f"{call.name:<6} | {line}", end="", flush=True)
        if line.startswith(("FAILED ", "ERROR ")):
            failures.append(line.strip())
        if CLOSING.search(line) and re.search(r" in \d+\.\d+s", line):
            closing = line
    return Ended(process.wait(), closing, failures)


def provide_chromium() -> bool:
    """Whether browser tests can run: root gets the browser installed, others are told how."""
    if shutil.which("chromium"):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("desk: installing chromium", flush=True)
        subprocess.run(["/bin/sh", "-c", INSTALL_CHROMIUM], stdout=subprocess.DEVNULL)
    if shutil.which("chromium"):
        return True
    print(f"desk: browser tests are skipped. As root: {INSTALL_CHROMIUM}", flush=True)
    return False


def main() -> int:
    started = time.monotonic()
    totals: Counter[str] = Counter()
    broken = []
    if not provide_chromium() and os.environ.get("CI") == "true":
        broken.append("browser tests were skipped, which CI=true forbids")
    with ThreadPoolExecutor(LANES) as lanes, ThreadPoolExecutor(1) as aside:
        running = [(call, lanes.submit(run, call)) for call in WORKING]
        running += [(call, aside.submit(run, call)) for call in WAITING]
    for call, end in ((call, done.result()) for call, done in running):
        for number, word in CLOSING.findall(end.closing):
            totals[word.removesuffix("s") if word.startswith(("error", "warning")) else word] += int(number)
        if end.status != 0:
            broken += [*end.failures, f"{call.name}: pytest exit {end.status}"]
    for reason in broken:
        print(f"desk: {reason}", flush=True)
    words = ("failed", "error", "passed", "skipped", "xfailed", "xpassed")
    counted = ", ".join(f"{totals[word]} {word}" for word in words if totals[word]) or "no tests ran"
    print(f" {counted} in {time.monotonic() - started:.2f}s ".center(100, "="), flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
