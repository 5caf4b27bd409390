"""Static files are gathered again only when one of them, or a package that brings some, has changed."""

import hashlib
from pathlib import Path


def need_gathering(root: Path, data: Path) -> bool:
    stamp = data / "static.stamp"
    return not ((data / "static").exists() and stamp.exists() and stamp.read_text() == fingerprint(root))


def note_gathered(root: Path, data: Path) -> None:
    (data / "static.stamp").write_text(fingerprint(root))


def fingerprint(root: Path) -> str:
    digest = hashlib.sha256((root / "requirements" / "base.txt").read_bytes())
    for folder in sorted(root.glob("*/static")):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{file.relative_to(root)}\0{file.stat().st_size}\0{file.stat().st_mtime_ns}\0".encode())
    return digest.hexdigest()
