"""A cluster whose database `desk` is migrated, kept between runs: migrating an empty database takes longer than most
files of tests do. It is made anew as soon as anything that shapes it has changed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from config.stack.scratch import scratch_servers

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".data" / "migrated"
SHAPING = ("*/migrations/*.py", "*/models/*.py", "*/models.py", "*/enums.py", "config/*.py", "requirements/*.txt")


def migrated_cluster() -> Path | None:
    """A stopped one, to be copied; none where the tests are given servers."""
    if "DATABASE_URL" in os.environ:
        return None
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = KEPT / digest()
        if not found.exists():
            for old in KEPT.glob("*/"):
                shutil.rmtree(old)
            draft = KEPT / "new"
            migrate(draft)
            draft.rename(found)
        return found


def digest() -> str:
    shape = hashlib.sha256()
    for file in sorted(shaping()):
        shape.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return shape.hexdigest()[:16]


def shaping() -> Iterator[Path]:
    for pattern in SHAPING:
        yield from ROOT.glob(pattern)


def migrate(folder: Path) -> None:
    with scratch_servers(keep=folder) as servers:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v", "0"],
            cwd=ROOT,
            env=os.environ | servers | {"DESK_ENV": "test", "DESK_DB_ROLE": "", "DEMO": "0"},
            check=True,
        )
