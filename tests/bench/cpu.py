"""Processor time of processes: what the kernel has counted for them, in seconds."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def parent(pid: int) -> int:
    return int(_fields(pid)[1])


def descendants(pid: int) -> set[int]:
    """With itself."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _fields(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def seconds(pids: set[int]) -> float:
    """Those that have ended count nothing any more."""
    return sum((int(fields[11]) + int(fields[12])) / TICKS for pid in pids if (fields := _fields(pid)))


def _fields(pid: int) -> list[str]:
    """Of /proc/<pid>/stat, behind the name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
