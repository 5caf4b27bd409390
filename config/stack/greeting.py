"""What is printed when the desk is ready."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from config.stack.supervisor import Supervisor, say

DEMO_USERS = ("admin", "l1", "l1b", "lead", "l2", "l3", "po", "auditor", "client")
FIRST_TICK = 30.0  # seconds for the worker's first signs of life


def greet(
    supervisor: Supervisor, env: Mapping[str, str], manage: Sequence[str], *, origin: str, demo: bool, tour: bool
) -> None:
    failing = wait_for_green(supervisor, f"{origin}/healthz/ready")
    if supervisor.asked_to_stop.is_set():
        return
    if failing:
        say("desk", f"up, but not everything is well: {failing}")
    say("desk", f"ready: {env['DESK_URL']}/")
    if demo:
        say("desk", f"logins: {', '.join(DEMO_USERS)}; the password of each is demo-desk; client signs in at /sign-in/")
    else:
        say("desk", f"the first admin is made with: {manage[0]} manage.py createsuperuser")
    if tour:
        shown = subprocess.run([*manage, "demo_tour"], env=env, capture_output=True, text=True)
        for line in (shown.stdout or shown.stderr).splitlines():
            say("tour", line)
    say("desk", "Ctrl-C stops it all")


def wait_for_green(supervisor: Supervisor, url: str) -> str:
    """Empty when every part is well; otherwise what the health page says is not, after waiting a while."""
    deadline = time.monotonic() + FIRST_TICK
    failing = "the health page does not answer"
    while not supervisor.asked_to_stop.is_set() and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  http, our own address
                return ""
        except urllib.error.HTTPError as answer:
            failing = explained(answer.read())
        except OSError:
            failing = "the health page does not answer"
        supervisor.look_after(tries=3)
        supervisor.asked_to_stop.wait(0.25)
    return failing


def explained(body: bytes) -> str:
    try:
        checks = json.loads(body)["checks"]
        return "; ".join(f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"])
    except (ValueError, KeyError, TypeError):
        return "the health page cannot be read"
