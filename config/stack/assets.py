"""Static files are gathered again only when one of them, or a package that brings some, has changed."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.stack.supervisor import Supervisor


def collect_when_changed(
    supervisor: Supervisor, command: Sequence[str], env: Mapping[str, str], root: Path, data: Path
) -> None:
    stamp = data / "static.stamp"
    now = fingerprint(root)
    if (data / "static").exists() and stamp.exists() and stamp.read_text() == now:
        return
    supervisor.step("static", command, env)
    if not supervisor.asked_to_stop.is_set():
        stamp.write_text(now)


def fingerprint(root: Path) -> str:
    digest = hashlib.sha256((root / "requirements" / "base.txt").read_bytes())
    for folder in sorted(root.glob("*/static")):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{file.relative_to(root)}\0{file.stat().st_size}\0{file.stat().st_mtime_ns}\0".encode())
    return digest.hexdigest()
