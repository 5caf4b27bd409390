"""`make check`: everything that can be said about the code without running its tests."""

import os
import subprocess
import sys
from pathlib import Path

from config.stack.errors import StackError
from config.stack.scratch import scratch_servers

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
MANAGE = (sys.executable, "manage.py")
ROOMS = ("config", "outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence")
LIKE_PRODUCTION = {
    "DESK_ENV": "production",
    "SECRET_KEY": "long-enough-and-never-used-anywhere-8f2b6c1d9e4a7053bd61c0aa",
    "ALLOWED_HOSTS": "desk.example",
}
CHECKS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("ruff", (str(BIN / "ruff"), "check", "."), {}),
    ("format", (str(BIN / "ruff"), "format", "--check", "."), {}),
    ("imports", (str(BIN / "lint-imports"),), {}),
    ("types", (str(BIN / "mypy"), *ROOMS), {}),
    ("migrations", (*MANAGE, "makemigrations", "--check", "--dry-run"), {}),
    ("deployment", (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"), LIKE_PRODUCTION),
    ("schema", (*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull), {}),
    ("openapi", (*MANAGE, "openapi", "--check"), {}),
    ("words", (sys.executable, "-m", "config.stack.words", "--check"), {}),
)


def main() -> int:
    failed = []
    with scratch_servers() as servers:
        for name, command, environment in CHECKS:
            print(f"desk: {name}", flush=True)
            done = subprocess.run(command, cwd=ROOT, env=os.environ | servers | environment)
            if done.returncode != 0:
                failed.append(name)
    print(f"desk: checks failed: {', '.join(failed)}" if failed else "desk: all checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as refusal:
        sys.exit(f"desk: {refusal}")
